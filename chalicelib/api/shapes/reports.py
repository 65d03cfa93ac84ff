"""The desk's reports (B-15): a performance's figures, and what they add."""

from chalicelib.api.shapes.performance import shape_performance
from chalicelib.api.shapes.values import number
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.analysis.reports import DailyReport, Report, StrategyReport


def shape_daily_report(found: DailyReport) -> dict[str, JsonValue]:
    """Write a day's report."""
    return {"date": found.day.isoformat(), "entered": found.entered, **_report(found.report)}


def shape_strategy_report(found: StrategyReport) -> dict[str, JsonValue]:
    """Write a strategy's report."""
    row = found.strategy
    return {
        "strategy": {"id": str(row.id), "name": row.name, "type": row.type, "underlying": row.underlying},
        "days": found.days,
        **_report(found.report),
    }


def _report(report: Report) -> dict[str, JsonValue]:
    return {
        **shape_performance(report.figures),
        "credit_captured_pct": number(report.credit_captured_pct),
        "credit_trades": report.credit_trades,
    }

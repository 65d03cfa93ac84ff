"""The figures of ended trades (A-15)."""

from collections.abc import Sequence
from dataclasses import fields

from chalicelib.api.shapes.values import number, plain
from chalicelib.domain.analysis.metrics.curve import Day, Drawdown
from chalicelib.domain.analysis.metrics.groups import Group
from chalicelib.domain.analysis.metrics.multiples import Multiples
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.summary import Summary
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.money import ZERO
from chalicelib.services.analysis.performance import Performance
from chalicelib.store.analysis.attribution import SplitSum


def shape_performance(figures: Performance) -> dict[str, JsonValue]:
    """Write all figures; what is undefined is null."""
    verdicts = figures.verdicts
    return {
        "from": None if figures.first is None else figures.first.isoformat(),
        "to": None if figures.last is None else figures.last.isoformat(),
        **shape_summary(figures.summary),
        "r": _multiples(figures.r),
        **_fall(figures.drawdown),
        "sharpe": figures.ratios.sharpe,
        "sortino": figures.ratios.sortino,
        "calmar": figures.ratios.calmar,
        "daily": [_day(day) for day in figures.days],
        "weekly": [
            {"from": monday.isoformat(), "pnl": number(pnl)} for monday, pnl in figures.weekly.items()
        ],
        "monthly": [{"month": month, "pnl": number(pnl)} for month, pnl in figures.monthly.items()],
        "best_strategy": _strategy(figures.best_strategy),
        "worst_strategy": _strategy(figures.worst_strategy),
        "by": {name: _groups(groups) for name, groups in figures.by.items()},
        "ai": {"agree": verdicts.agree, "right": verdicts.right, "right_pct": number(verdicts.right_pct)},
        "excursions": [_excursion(outcome) for outcome in figures.excursions],
        "pnl_attribution": [_split(one) for one in figures.splits],
    }


def shape_summary(summary: Summary) -> dict[str, JsonValue]:
    """Write the figures of trades as every answer names them."""
    return {field.name: plain(getattr(summary, field.name)) for field in fields(summary)}


def _multiples(r: Multiples) -> dict[str, JsonValue]:
    return {
        **{field.name: plain(getattr(r, field.name)) for field in fields(r) if field.name != "distribution"},
        "distribution": [
            {"from": number(one.low), "to": number(one.high), "trades": one.trades} for one in r.distribution
        ],
    }


def _fall(fall: Drawdown | None) -> dict[str, JsonValue]:
    return {
        "max_drawdown": None if fall is None else number(fall.amount),
        "max_drawdown_pct": None if fall is None else number(fall.percent),
        "max_drawdown_days": None if fall is None else fall.days,
    }


def _day(day: Day) -> dict[str, JsonValue]:
    return {"date": day.date.isoformat(), "pnl": number(day.pnl), "equity": number(day.equity)}


def _groups(groups: Sequence[Group]) -> list[JsonValue]:
    return [_group(group) for group in groups]


def _group(group: Group) -> dict[str, JsonValue]:
    return {
        "key": group.key,
        "trades": group.trades,
        "win_rate": number(group.win_rate),
        "total_pnl": number(group.total_pnl),
        "expectancy": number(group.expectancy),
        "expectancy_r": number(group.expectancy_r),
    }


def _split(one: SplitSum) -> dict[str, JsonValue]:
    parts: dict[str, JsonValue] = {name: number(value) for name, value in one.parts.items()}
    return {"key": one.key, "trades": one.trades, **parts, "total_pnl": number(sum(one.parts.values(), ZERO))}


def _strategy(group: Group | None) -> JsonValue:
    return None if group is None else {**_group(group), "too_few": group.too_few}


def _excursion(outcome: Outcome) -> dict[str, JsonValue]:
    """Write a point of the scatter; ten thousand of them, so numbers are not made whole first."""
    mfe_pct, mae_pct, pnl_pct, r = outcome.mfe_pct, outcome.mae_pct, outcome.pnl_pct, outcome.r
    return {
        "trade_id": str(outcome.trade_id),
        "mfe_pct": None if mfe_pct is None else float(mfe_pct),
        "mae_pct": None if mae_pct is None else float(mae_pct),
        "pnl_pct": None if pnl_pct is None else float(pnl_pct),
        "r": None if r is None else float(r),
    }

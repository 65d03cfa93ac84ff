"""/api/reports: what a day, what a strategy came to, and paper beside live."""

from chalicelib.api.answers import Reply
from chalicelib.api.report_queries import DailyReportQuery, StrategyReportQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.reports import shape_daily_report, shape_strategy_report
from chalicelib.api.shapes.shadows import shape_shadow_report
from chalicelib.services.analysis.reports import read_daily_report, read_strategy_report
from chalicelib.services.analysis.shadow_report import read_shadow_report


def daily(call: Call) -> Reply:
    """Show a day's report."""
    asked = call.query_as(DailyReportQuery).date
    return Reply(body=shape_daily_report(read_daily_report(call.env, call.username, asked)))


def of_strategy(call: Call) -> Reply:
    """Show a strategy's report."""
    days = call.query_as(StrategyReportQuery).days
    return Reply(body=shape_strategy_report(read_strategy_report(call.env, call.username, call.id, days)))


def of_shadows(call: Call) -> Reply:
    """Show live trades beside their shadows."""
    days = call.query_as(StrategyReportQuery).days
    return Reply(body=shape_shadow_report(read_shadow_report(call.env, call.username, days)))

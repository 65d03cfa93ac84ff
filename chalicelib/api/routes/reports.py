"""The desk's reports (B-15), and the bracket explorer over everybody's trades."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route
from chalicelib.services.requests.ownership import find_strategy

report_queries: Final = LateModels("report_queries")

REPORTS: Final = (
    Route(
        method="GET",
        path="/api/performance/brackets",
        name="explore_brackets",
        summary="Show what other stops and targets would have made of the same entries",
        handler=Late("brackets", "explore"),
        access=Access.READ,
        query=report_queries.BracketsQuery,
        answers={200: "Brackets"},
    ),
    Route(
        method="GET",
        path="/api/reports/daily",
        name="read_daily_report",
        summary="Report on what ended on a day, with the week, the month and the year up to it",
        handler=Late("reports", "daily"),
        access=Access.READ,
        query=report_queries.DailyReportQuery,
        answers={200: "DailyReport"},
    ),
    Route(
        method="GET",
        path="/api/reports/strategy/{id}",
        name="read_strategy_report",
        summary="Report on what one strategy's trades came to over the last days",
        handler=Late("reports", "of_strategy"),
        access=Access.READ,
        find=find_strategy,
        query=report_queries.StrategyReportQuery,
        answers={200: "StrategyReport"},
    ),
    Route(
        method="GET",
        path="/api/reports/shadow",
        name="read_shadow_report",
        summary="Hold live trades against their shadows on paper over the last days",
        handler=Late("reports", "of_shadows"),
        access=Access.READ,
        query=report_queries.StrategyReportQuery,
        answers={200: "ShadowReport"},
    ),
)

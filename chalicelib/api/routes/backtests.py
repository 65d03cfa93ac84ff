"""Calls on backtests (B-15)."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route
from chalicelib.services.requests.ownership import find_backtest

desk_bodies: Final = LateModels("desk_bodies")
queries: Final = LateModels("queries")

BACKTESTS: Final = (
    Route(
        method="GET",
        path="/api/backtests",
        name="list_backtests",
        summary="List backtests without their results, newest first",
        handler=Late("backtests", "list_all"),
        access=Access.READ,
        query=queries.PageQuery,
        answers={200: "BacktestPage"},
    ),
    Route(
        method="POST",
        path="/api/backtests",
        name="ask_backtest",
        summary="Have a strategy tested over a history, with a sweep of its parameters; three at a time",
        handler=Late("backtests", "create"),
        access=Access.TRADE,
        body=desk_bodies.BacktestBody,
        answers={202: "Backtest", 200: "Backtest"},
        problems=("risk-limit",),
        mutates=True,
        headers={"Location": "Where the backtest is"},
    ),
    Route(
        method="GET",
        path="/api/backtests/sets",
        name="list_backtest_sets",
        summary="List the loaded histories that a backtest may be asked over",
        handler=Late("backtests", "sets"),
        access=Access.READ,
        answers={200: "BacktestSetPage"},
    ),
    Route(
        method="GET",
        path="/api/backtests/{id}",
        name="read_backtest",
        summary="Show how far a backtest came, and what came of it",
        handler=Late("backtests", "read"),
        access=Access.READ,
        answers={200: "Backtest"},
    ),
    Route(
        method="DELETE",
        path="/api/backtests/{id}",
        name="cancel_backtest",
        summary="End a backtest that is under way; one that is over stays what it is",
        handler=Late("backtests", "cancel"),
        access=Access.TRADE,
        answers={200: "Backtest"},
        find=find_backtest,
        mutates=True,
    ),
)

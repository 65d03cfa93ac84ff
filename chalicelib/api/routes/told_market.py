"""Calls by which operators tell of the market (B-15)."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

told_bodies: Final = LateModels("told_bodies")

TOLD_MARKET: Final = (
    Route(
        method="GET",
        path="/api/macro-windows",
        name="list_macro_windows",
        summary="List the spans in which desks enter nothing",
        handler=Late("told_market", "list_windows"),
        access=Access.OPERATOR,
        answers={200: "MacroWindows"},
    ),
    Route(
        method="PUT",
        path="/api/macro-windows",
        name="tell_macro_windows",
        summary="Put macro windows in the place of all that were told before",
        handler=Late("told_market", "tell_windows"),
        access=Access.OPERATOR,
        body=told_bodies.MacroWindowsBody,
        answers={200: "MacroWindows"},
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/iv-history",
        name="tell_iv_history",
        summary="Tell the implied volatility of past days of an underlying",
        handler=Late("told_market", "tell_ivs"),
        access=Access.OPERATOR,
        body=told_bodies.IvHistoryBody,
        answers={200: "IvHistoryKept"},
        mutates=True,
    ),
)

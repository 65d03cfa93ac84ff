"""Calls on traders' positions (C-04, C-07): changes that wait, the model's hand, everything closed."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, LeadsOut, Route
from chalicelib.services.requests.ownership import find_trade, find_trader

ai_bodies: Final = LateModels("ai_bodies")

_ON_A_CHANGE: Final = ("stale-version", "forbidden-transition", "unavailable")

AI_POSITIONS: Final = (
    Route(
        method="POST",
        path="/api/trades/{id}/changes/{change_id}/veto",
        name="veto_change",
        summary="End a change that the model proposed and that waits",
        handler=Late("positions", "veto"),
        access=Access.TRADE,
        leads_out=LeadsOut.ALWAYS,
        find=find_trade,
        body=ai_bodies.SeenBody,
        answers={200: "TradeDetail"},
        problems=_ON_A_CHANGE,
        mutates=True,
        is_ai=True,
    ),
    Route(
        method="POST",
        path="/api/trades/{id}/changes/{change_id}/apply",
        name="apply_change",
        summary="Carry a change out now, be it against a stop that was set by hand; judged anew",
        handler=Late("positions", "apply"),
        access=Access.TRADE,
        find=find_trade,
        body=ai_bodies.SeenBody,
        answers={200: "TradeDetail", 202: "TradeDetail"},
        problems=(*_ON_A_CHANGE, "broker-refused"),
        mutates=True,
        is_ai=True,
    ),
    Route(
        method="POST",
        path="/api/trades/{id}/ai",
        name="pause_ai",
        summary="Take the model's hand off a position, or put it on again; rules and levels go on",
        handler=Late("positions", "pause"),
        access=Access.TRADE,
        leads_out=LeadsOut.ALWAYS,
        find=find_trade,
        body=ai_bodies.PauseAiBody,
        answers={200: "TradeDetail"},
        problems=_ON_A_CHANGE,
        mutates=True,
        is_ai=True,
    ),
    Route(
        method="POST",
        path="/api/traders/{id}/close-all",
        name="close_trader",
        summary="Close everything of a trader; 200 only when nothing is open or resting",
        handler=Late("positions", "close_trader"),
        access=Access.TRADE,
        leads_out=LeadsOut.ALWAYS,
        find=find_trader,
        answers={200: "ClosedAll", 202: "ClosedAll"},
        problems=("unavailable",),
        mutates=True,
        is_ai=True,
    ),
    Route(
        method="POST",
        path="/api/ai/close-all",
        name="close_all_traders",
        summary="Close everything of all traders; 200 only when nothing is open or resting",
        handler=Late("positions", "close_everything"),
        access=Access.TRADE,
        leads_out=LeadsOut.ALWAYS,
        answers={200: "ClosedAll", 202: "ClosedAll"},
        problems=("unavailable",),
        mutates=True,
        is_ai=True,
    ),
    Route(
        method="POST",
        path="/api/ai/paper-reset",
        name="reset_paper",
        summary="Have the paper account of coins begin anew; kept in its record",
        handler=Late("positions", "reset"),
        access=Access.TRADE,
        body=ai_bodies.PaperResetBody,
        answers={200: "AiAccount"},
        problems=("trades-open", "unavailable"),
        mutates=True,
        is_ai=True,
    ),
)

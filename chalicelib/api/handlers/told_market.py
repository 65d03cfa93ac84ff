"""/api/macro-windows, /api/iv-history: what operators tell of the market."""

from collections.abc import Sequence

from chalicelib.api.answers import Reply
from chalicelib.api.routing import Call
from chalicelib.api.shapes.told_market import shape_window
from chalicelib.api.told_bodies import IvHistoryBody, MacroWindowsBody
from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.services.desk.market import told_market
from chalicelib.store.desk.macro_windows import ToldWindow


def list_windows(call: Call) -> Reply:
    """List every macro window."""
    return _windows(told_market.list_windows(call.env, call.username))


def tell_windows(call: Call) -> Reply:
    """Put macro windows in the place of all others."""
    windows = [
        (MacroWindow(name=one.name, starts_at=one.start, ends_at=one.end), one.source)
        for one in call.body_as(MacroWindowsBody).items
    ]
    return _windows(told_market.tell_windows(call.env, call.username, windows))


def tell_ivs(call: Call) -> Reply:
    """Keep days of an underlying's implied volatility."""
    body = call.body_as(IvHistoryBody)
    kept = told_market.tell_ivs(call.env, call.username, body.symbol, body.values(), source=body.source)
    return Reply(body={"symbol": body.symbol, "kept": kept})


def _windows(told: Sequence[ToldWindow]) -> Reply:
    return Reply(body={"items": [shape_window(one) for one in told]})

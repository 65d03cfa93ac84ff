"""/api/trades and /api/refresh: each changing call maps its body onto a command of one service."""

from collections.abc import Mapping

from chalicelib.api.answers import Reply
from chalicelib.api.entry_body import PlaceTradeBody
from chalicelib.api.requests import AdjustBody, AnnotateBody, CloseBody, VersionBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.preview import shape_preview
from chalicelib.services.commands import (
    adjust_trade,
    annotate_trade,
    cancel_trade,
    close_trade,
    place_trade,
    preview_trade,
)
from chalicelib.services.commands.carry_on import Outcome
from chalicelib.services.sync import refresh as refresh_service


def place(call: Call) -> Reply:
    """Place a trade."""
    command = call.body_as(PlaceTradeBody).command()
    placed = place_trade.place(call.env, call.username, command, call.idempotency_key)
    location = {"Location": f"/api/trades/{placed.trade['id']}"}
    return _reply(placed, location)


def preview(call: Call) -> Reply:
    """Show cost, risk and reward; place nothing."""
    command = call.body_as(PlaceTradeBody).command()
    found = preview_trade.preview(call.env, call.context.kept, call.username, command)
    return Reply(body=shape_preview(found))


def close(call: Call) -> Reply:
    """Close all of it or a part."""
    body = call.body_as(CloseBody)
    outcome = close_trade.close(
        call.env, call.username, call.id, body.version, call.idempotency_key, body.command()
    )
    return _reply(outcome)


def adjust(call: Call) -> Reply:
    """Move or remove stop and target."""
    body = call.body_as(AdjustBody)
    outcome = adjust_trade.adjust(
        call.env, call.username, call.id, body.version, body.command(), call.idempotency_key
    )
    return _reply(outcome)


def cancel(call: Call) -> Reply:
    """Cancel what waits or works."""
    version = call.body_as(VersionBody).version
    outcome = cancel_trade.cancel(call.env, call.username, call.id, version, call.idempotency_key)
    return _reply(outcome)


def annotate(call: Call) -> Reply:
    """Replace notes and tags."""
    body = call.body_as(AnnotateBody)
    outcome = annotate_trade.annotate(call.env, call.username, call.id, body.version, body.trade_context)
    return Reply(status=outcome.status, body=outcome.trade)


def refresh(call: Call) -> Reply:
    """Sync and mark the caller's open trades now."""
    refreshed = refresh_service.refresh(call.env, call.username)
    return Reply(status=refreshed.status, body=refreshed.trades)


def _reply(outcome: Outcome, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer how the trade stands; a call that a former one with its key has carried out says so."""
    replayed = {"Idempotency-Replayed": "true"} if outcome.replayed else {}
    return Reply(status=outcome.status, body=outcome.trade, headers={**(headers or {}), **replayed})

"""What a tester tells vendors without books to say, and what was asked of them. All raise BadRequest."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from infra.local.control import binance_calls
from infra.local.control.control_requests import BadRequest, Body, Query, refuse_unknown
from infra.local.emulators.openrouter.answers import BadAnswer
from infra.local.emulators.world import World

Call = Callable[[World, Query, Body], object]


def queue_answers(world: World, _query: Query, body: Body) -> object:
    """Queue what the next calls of the model get."""
    refuse_unknown(body, "answers")
    try:
        world.openrouter.queue(body.get("answers"))
    except BadAnswer as error:
        raise BadRequest(str(error)) from error
    return {"ok": True}


def clear_answers(world: World, _query: Query, body: Body) -> object:
    """Forget what is queued."""
    refuse_unknown(body)
    world.openrouter.clear()
    return {"ok": True}


def set_default(world: World, _query: Query, body: Body) -> object:
    """Say from now on what is told where nothing is queued."""
    try:
        world.openrouter.set_default(body)
    except BadAnswer as error:
        raise BadRequest(str(error)) from error
    return {"ok": True}


def model_calls(world: World, _query: Query, _body: Body) -> object:
    """Return what the model was asked, and the counts of all calls."""
    return {"items": [_written(one) for one in world.openrouter.asked()], **world.openrouter.calls()}


def _written(call: Mapping[str, object]) -> dict[str, object]:
    """Write a call's instant as the contract has it."""
    at = call["at"]
    told = at.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(at, datetime) else None
    return {**call, "at": told}


CALLS: Final[Mapping[tuple[str, str], Call]] = {
    ("POST", "/vendors/openrouter/answers"): queue_answers,
    ("DELETE", "/vendors/openrouter/answers"): clear_answers,
    ("POST", "/vendors/openrouter/default"): set_default,
    ("GET", "/vendors/openrouter/calls"): model_calls,
    **binance_calls.CALLS,
    ("GET", "/vendors/orats/calls"): lambda world, _query, _body: world.orats.calls(),
    ("GET", "/vendors/coingecko/calls"): lambda world, _query, _body: world.coingecko.calls(),
    ("GET", "/vendors/telegram/calls"): lambda world, _query, _body: world.telegram.calls(),
    ("GET", "/vendors/discord/calls"): lambda world, _query, _body: world.discord.calls(),
}

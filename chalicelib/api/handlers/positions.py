"""/api/trades/…/changes/…, /ai: its owner's hand on a trader's position (C-04, C-07)."""

from uuid import UUID

from chalicelib.api.ai_bodies import PaperResetBody, PauseAiBody, SeenBody
from chalicelib.api.answers import Reply
from chalicelib.api.reading import parse_id
from chalicelib.api.routing import Call
from chalicelib.api.shapes.ai import shape_account
from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.ai.account_figures import read_account
from chalicelib.services.ai.positions import answer_changes, close_all
from chalicelib.services.ai.positions.pause_ai import pause_ai
from chalicelib.services.ai.reset_paper import reset_paper
from chalicelib.services.commands.carry_on import Outcome
from chalicelib.services.errors import NotFound


def veto(call: Call) -> Reply:
    """End a change that waits."""
    version = call.body_as(SeenBody).version
    return _reply(answer_changes.veto_change(call.env, call.username, call.id, _change_id(call), version))


def apply(call: Call) -> Reply:
    """Carry a change out now."""
    version = call.body_as(SeenBody).version
    return _reply(answer_changes.apply_change(call.env, call.username, call.id, _change_id(call), version))


def pause(call: Call) -> Reply:
    """Take the model's hand off a position, or put it on again."""
    body = call.body_as(PauseAiBody)
    return _reply(pause_ai(call.env, call.username, call.id, paused=body.paused, version=body.version))


def close_trader(call: Call) -> Reply:
    """Close everything of a trader."""
    return _left(close_all.close_trader(call.env, call.username, call.id))


def close_everything(call: Call) -> Reply:
    """Close everything of all traders."""
    return _left(close_all.close_everything(call.env, call.username))


def reset(call: Call) -> Reply:
    """Have the paper account of coins begin anew."""
    reset_paper(call.env, call.username, call.body_as(PaperResetBody).confirm)
    return Reply(body=shape_account(read_account(call.env, call.username, BrokerMode.PAPER)))


def _left(count: int) -> Reply:
    """Answer 200 only when nothing is open or resting."""
    return Reply(status=202 if count else 200, body={"left": count})


def _change_id(call: Call) -> UUID:
    found = parse_id(call.path["change_id"])
    if found is None:
        raise NotFound("change")
    return found


def _reply(outcome: Outcome) -> Reply:
    return Reply(status=outcome.status, body=outcome.trade)

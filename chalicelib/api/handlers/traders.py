"""/api/traders: a user's bots, and their owner's hand on them; /api/ai/entries, the operator's."""

from chalicelib.api.ai_bodies import EntriesBody, NewTraderBody, ResumeBody, TraderBody, TraderLiveBody
from chalicelib.api.answers import Reply
from chalicelib.api.queries import PageQuery, VersionQuery
from chalicelib.api.reading import parse_cursor_id
from chalicelib.api.routing import Call
from chalicelib.api.shapes.ai import shape_trader
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.ai import control_traders, entries_switch, live_trader, manage_traders
from chalicelib.services.ai.trader_secrets import renew_secret


def list_all(call: Call) -> Reply:
    """List the caller's traders, newest first."""
    query = call.query_as(PageQuery)
    before = None if query.cursor is None else parse_cursor_id(query.cursor)
    page = manage_traders.list_traders(call.env, call.username, before=before, limit=query.limit)
    return Reply(body=shape_list(page, shape_trader))


def create(call: Call) -> Reply:
    """Make a trader."""
    row = manage_traders.create_trader(call.env, call.username, call.body_as(NewTraderBody).fields())
    return Reply(status=201, body=shape_trader(row), headers={"Location": f"/api/traders/{row.id}"})


def read(call: Call) -> Reply:
    """Show a trader."""
    return Reply(body=shape_trader(manage_traders.read_trader_of(call.env, call.username, call.id)))


def change(call: Call) -> Reply:
    """Put what the body describes in a trader's place."""
    body = call.body_as(TraderBody)
    row = manage_traders.change_trader(call.env, call.username, call.id, body.fields(), body.version)
    return Reply(body=shape_trader(row))


def delete(call: Call) -> Reply:
    """Take a trader away."""
    version = call.query_as(VersionQuery).version
    manage_traders.delete_trader(call.env, call.username, call.id, version)
    return Reply(status=204)


def pause(call: Call) -> Reply:
    """Have a trader decide without executing."""
    return Reply(body=shape_trader(control_traders.pause_trader(call.env, call.username, call.id)))


def resume(call: Call) -> Reply:
    """Put a trader ON, or end the silence of a symbol of it."""
    symbol = call.body_as(ResumeBody).symbol
    if symbol is None:
        row = control_traders.resume_trader(call.env, call.username, call.id)
    else:
        row = control_traders.resume_symbol(call.env, call.username, call.id, symbol)
    return Reply(body=shape_trader(row))


def renew(call: Call) -> Reply:
    """Make the secret of a trader's webhooks anew, and show it once."""
    return Reply(status=201, body={"secret": renew_secret(call.env, call.username, call.id)})


def switch_live(call: Call) -> Reply:
    """Switch a trader's live trading on, or say what it lacks; or off."""
    body = call.body_as(TraderLiveBody)
    if not body.enable:
        return Reply(body=shape_trader(control_traders.switch_live_off(call.env, call.username, call.id)))
    row = live_trader.switch_live_on(
        call.env,
        call.username,
        call.id,
        account_id=body.confirm,
        accepts_disclaimer=body.disclaimer,
        lifts_cap=body.lift_cap,
    )
    return Reply(body=shape_trader(row))


def read_entries(call: Call) -> Reply:
    """Show whether traders may enter."""
    return Reply(body={"enabled": entries_switch.are_entries_on(call.env, call.username)})


def set_entries(call: Call) -> Reply:
    """Set whether traders may enter."""
    wanted = call.body_as(EntriesBody).enabled
    return Reply(body={"enabled": entries_switch.set_entries(call.env, call.username, enabled=wanted)})

"""/api/account, /api/me and the two health checks."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import AccountQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.account import shape_account
from chalicelib.api.shapes.health import shape_health
from chalicelib.api.shapes.me import shape_me
from chalicelib.api.shapes.positions import shape_positions
from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.operations import health
from chalicelib.services.users import account, me, positions


def read_account(call: Call) -> Reply:
    """Show the account's money and what is at risk; with all that is held where it is asked for."""
    query = call.query_as(AccountQuery)
    asked = None if query.broker_mode is None else BrokerMode(query.broker_mode)
    body = shape_account(account.read_account(call.env, call.username, asked))
    if query.positions:
        body["positions"] = shape_positions(positions.read_positions(call.env, call.username))
    return Reply(body=body)


def read_me(call: Call) -> Reply:
    """Show who is signed in, the limits and the market."""
    caller = call.user
    found = me.read_me(call.env, caller.username, is_operator=caller.is_operator)
    return Reply(body=shape_me(found, call.context.coin_stream_url))


def shallow_health(_call: Call) -> Reply:
    """Say that the API answers; never touches the database."""
    return Reply(body=shape_health(health.shallow()))


def deep_health(call: Call) -> Reply:
    """Look at everything the product leans on."""
    return Reply(body=shape_health(health.deep(call.env, call.username)))

"""/api/backtests: what a strategy would have done (B-12)."""

from chalicelib.api.answers import Reply
from chalicelib.api.desk_bodies import BacktestBody
from chalicelib.api.queries import PageQuery
from chalicelib.api.reading import parse_cursor_id
from chalicelib.api.routing import Call
from chalicelib.api.shapes.backtest_sets import shape_set
from chalicelib.api.shapes.backtests import shape_backtest, shape_row
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.backtests import ask, list_sets
from chalicelib.services.backtests.told import told


def list_all(call: Call) -> Reply:
    """List the caller's backtests, newest first."""
    query = call.query_as(PageQuery)
    before = None if query.cursor is None else parse_cursor_id(query.cursor)
    page = ask.list_backtests(call.env, call.username, before=before, limit=query.limit)
    return Reply(body=shape_list(page, shape_row))


def sets(call: Call) -> Reply:
    """List the loaded histories."""
    return Reply(body=shape_list(list_sets.list_sets(call.env), shape_set))


def create(call: Call) -> Reply:
    """Have a strategy tested."""
    row = ask.ask_backtest(call.env, call.username, call.body_as(BacktestBody).fields())
    headers = {"Location": f"/api/backtests/{row.id}"}
    return Reply(status=202, body=shape_backtest(told(row)), headers=headers)


def read(call: Call) -> Reply:
    """Show a backtest."""
    return Reply(body=shape_backtest(told(ask.read_backtest(call.env, call.username, call.id))))


def cancel(call: Call) -> Reply:
    """End a backtest that is under way."""
    return Reply(body=shape_backtest(told(ask.cancel_backtest(call.env, call.username, call.id))))

"""/api/strategies: a user's strategies."""

from chalicelib.api.answers import Reply
from chalicelib.api.desk_bodies import NewStrategyBody, PreviewedStrategyBody, StrategyBody
from chalicelib.api.queries import PageQuery, VersionQuery
from chalicelib.api.reading import parse_cursor_id
from chalicelib.api.routing import Call
from chalicelib.api.shapes.desk import shape_still_trading, shape_strategy
from chalicelib.api.shapes.strategy_preview import shape_strategy_preview
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.desk.strategies import manage_strategies, preview_strategy


def list_all(call: Call) -> Reply:
    """List the caller's strategies, newest first."""
    query = call.query_as(PageQuery)
    before = None if query.cursor is None else parse_cursor_id(query.cursor)
    page = manage_strategies.list_strategies(call.env, call.username, before=before, limit=query.limit)
    return Reply(body=shape_list(page, shape_strategy))


def create(call: Call) -> Reply:
    """Make a strategy."""
    fields = call.body_as(NewStrategyBody).fields()
    row = manage_strategies.create_strategy(call.env, call.username, fields)
    return Reply(status=201, body=shape_strategy(row), headers={"Location": f"/api/strategies/{row.id}"})


def preview(call: Call) -> Reply:
    """Judge a strategy as a scan would at this moment; nothing comes of it."""
    fields = call.body_as(PreviewedStrategyBody).fields()
    found = preview_strategy.preview_strategy(call.env, call.context.kept, call.username, fields)
    return Reply(body=shape_strategy_preview(found))


def read(call: Call) -> Reply:
    """Show a strategy."""
    return Reply(body=shape_strategy(manage_strategies.read_strategy_of(call.env, call.username, call.id)))


def change(call: Call) -> Reply:
    """Put what the body describes in a strategy's place."""
    body = call.body_as(StrategyBody)
    row = manage_strategies.change_strategy(call.env, call.username, call.id, body.fields(), body.version)
    return Reply(body=shape_strategy(row))


def delete(call: Call) -> Reply:
    """Take a strategy away, or disable it while trades of it are open."""
    version = call.query_as(VersionQuery).version
    kept = manage_strategies.delete_strategy(call.env, call.username, call.id, version)
    return Reply(status=204) if kept is None else Reply(body=shape_still_trading(kept))

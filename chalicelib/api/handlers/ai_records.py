"""/api/ai/performance and /api/ai/replays: what traders came to, and would have."""

from chalicelib.api.ai_queries import AiPerformanceQuery
from chalicelib.api.answers import Reply, entity_tag, matches, not_modified, to_json
from chalicelib.api.replay_bodies import ReplayBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.ai_performance import shape_ai_performance, shape_replay
from chalicelib.api.shapes.files import shape_file
from chalicelib.services.ai.replays.ask_replay import ask_replay as ask_replay_of
from chalicelib.services.ai.replays.ask_replay import read_replay as read_replay_of
from chalicelib.services.analysis.ai_lots import export_lots
from chalicelib.services.analysis.ai_performance import read_ai_performance
from chalicelib.store.analysis.ai_outcomes import AiFilter


def read_performance(call: Call) -> Reply:
    """Show the performance of the caller's traders, or that the copy at hand is still right; or its lots."""
    query = call.query_as(AiPerformanceQuery)
    wanted = AiFilter(
        from_at=query.from_, to_at=query.to, trader_id=query.trader, mode=query.mode, tag=query.tag
    )
    if query.format == "csv":
        return shape_file(export_lots(call.env, call.username, wanted))
    body = shape_ai_performance(read_ai_performance(call.env, call.username, wanted))
    tag = entity_tag(to_json(body))
    if matches(call.headers.get("if-none-match"), tag):
        return not_modified(tag)
    return Reply(body=body, headers={"ETag": tag})


def ask_replay(call: Call) -> Reply:
    """Have a trader replayed."""
    body = call.body_as(ReplayBody)
    row = ask_replay_of(call.env, call.username, body.trader_id, body.request())
    return Reply(status=202, body=shape_replay(row), headers={"Location": f"/api/ai/replays/{row.id}"})


def read_replay(call: Call) -> Reply:
    """Show a replay."""
    return Reply(body=shape_replay(read_replay_of(call.env, call.username, call.id)))

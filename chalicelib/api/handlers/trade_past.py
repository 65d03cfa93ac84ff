"""/api/trades/{id}: what became of a trade over time."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import SnapshotsQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.trades import shape_snapshot, shape_transition
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.reading import read_trades


def snapshots(call: Call) -> Reply:
    """List a trade's snapshots, thinned to a number of points."""
    query = call.query_as(SnapshotsQuery)
    found = read_trades.snapshots(
        call.env, call.username, call.id, from_at=query.from_, to_at=query.to, points=query.points
    )
    return Reply(body=shape_list(found, shape_snapshot))


def transitions(call: Call) -> Reply:
    """List a trade's transitions."""
    return Reply(body=shape_list(read_trades.transitions(call.env, call.username, call.id), shape_transition))


def changes(call: Call) -> Reply:
    """List a trade's changes of stop and target."""
    return Reply(body=shape_list(read_trades.changes(call.env, call.username, call.id), dict))

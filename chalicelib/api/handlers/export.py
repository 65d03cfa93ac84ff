"""/api/trades/export."""

from chalicelib.api.answers import Reply
from chalicelib.api.handlers.trades import conditions_of
from chalicelib.api.queries import ExportQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.files import shape_file
from chalicelib.services.reading.export_trades import ExportFormat, export
from chalicelib.store.trades.exports import ExportFilter


def export_trades(call: Call) -> Reply:
    """Hand the file over, or say where it is."""
    query = call.query_as(ExportQuery)
    wanted = ExportFilter(
        statuses=query.statuses(),
        from_at=query.from_,
        to_at=query.to,
        shown=None if query.history is None else conditions_of(query.history),
        tag=query.tag,
    )
    return shape_file(export(call.env, call.username, ExportFormat(query.format), wanted))

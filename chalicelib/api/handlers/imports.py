"""/api/trades/import and /api/trades/imports."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import ImportQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.imports import shape_import, shape_report
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.reading import import_trades as service


def import_trades(call: Call) -> Reply:
    """Take a file over, or say what it holds: 201 when trades were made, 200 when none were."""
    dry_run = call.query_as(ImportQuery).dry_run
    report = service.import_trades(call.env, call.username, call.text, dry_run=dry_run)
    return Reply(status=201 if report.imported else 200, body=shape_report(report))


def list_imports(call: Call) -> Reply:
    """List what was imported when, newest first."""
    return Reply(body=shape_list(service.list_imports(call.env, call.username), shape_import))


def undo_import(call: Call) -> Reply:
    """Take an import back as a whole."""
    service.undo_import(call.env, call.username, call.id)
    return Reply(status=204)

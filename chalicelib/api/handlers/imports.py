"""/api/trades/import."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import ImportQuery
from chalicelib.api.routing import Call
from chalicelib.domain.ports import JsonValue
from chalicelib.services import import_trades as service


def import_trades(call: Call) -> Reply:
    """Take a file over, or say what it holds: 201 when trades were made, 200 when none were."""
    dry_run = call.query_as(ImportQuery).dry_run
    report = service.import_trades(call.env, call.username, call.text, dry_run=dry_run)
    return Reply(status=201 if report.imported else 200, body=_shape(report))


def _shape(report: service.ImportReport) -> dict[str, JsonValue]:
    return {
        "rows": report.rows,
        "imported": report.imported,
        "duplicates": report.duplicates,
        "total_pnl": float(report.total_pnl),
        "errors": [
            {"row": fault.row, "column": fault.column, "message": fault.message} for fault in report.faults
        ],
        "trade_ids": [str(trade_id) for trade_id in report.trade_ids],
    }

"""/api/trades/import and /api/trades/imports."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import ImportQuery
from chalicelib.api.routing import Call
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.analysis.performance import summary_shape
from chalicelib.services.reading import import_trades as service
from chalicelib.services.shapes import instant, number


def import_trades(call: Call) -> Reply:
    """Take a file over, or say what it holds: 201 when trades were made, 200 when none were."""
    dry_run = call.query_as(ImportQuery).dry_run
    report = service.import_trades(call.env, call.username, call.text, dry_run=dry_run)
    return Reply(status=201 if report.imported else 200, body=_shape(report))


def _shape(report: service.ImportReport) -> dict[str, JsonValue]:
    return {
        "import_id": None if report.import_id is None else str(report.import_id),
        "rows": report.rows,
        "imported": report.imported,
        "new": report.new,
        "known": report.known,
        "duplicates": report.known,
        "near_duplicates": [
            {
                "row": one.row,
                "symbol": one.symbol,
                "trade_id": None if one.trade_id is None else str(one.trade_id),
                "other_row": one.other_row,
            }
            for one in report.near_duplicates
        ],
        "left_out": [{"row": one.row, "why": one.why} for one in report.left_out],
        "total_pnl": number(report.total_pnl),
        "figures": summary_shape(report.figures),
        "errors": [
            {"row": fault.row, "column": fault.column, "message": fault.message} for fault in report.faults
        ],
        "trade_ids": [str(trade_id) for trade_id in report.trade_ids],
    }


def list_imports(call: Call) -> Reply:
    """List what was imported when, newest first."""
    items: list[JsonValue] = [
        {
            "id": str(one.id),
            "at": instant(one.at),
            "trades": one.trades,
            "total_pnl": number(one.total_pnl),
            "undone_at": instant(one.undone_at),
        }
        for one in service.list_imports(call.env, call.username)
    ]
    return Reply(body={"items": items, "next_cursor": None, "as_of": instant(call.env.clock.now())})


def undo_import(call: Call) -> Reply:
    """Take an import back as a whole."""
    service.undo_import(call.env, call.username, call.id)
    return Reply(status=204)

"""What taking past trades over did, and what was imported when."""

from chalicelib.api.shapes.performance import shape_summary
from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.importing.near import NearDuplicate
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.reading.import_trades import ImportReport
from chalicelib.store.trades.past_trades import TradeImport


def shape_report(report: ImportReport) -> dict[str, JsonValue]:
    """Write what a file holds and what became of it."""
    return {
        "import_id": None if report.import_id is None else str(report.import_id),
        "rows": report.rows,
        "imported": report.imported,
        "new": report.new,
        "known": report.known,
        "duplicates": report.known,
        "near_duplicates": [_near(one) for one in report.near_duplicates],
        "left_out": [{"row": one.row, "why": one.why} for one in report.left_out],
        "total_pnl": number(report.total_pnl),
        "figures": shape_summary(report.figures),
        "errors": [
            {"row": fault.row, "column": fault.column, "message": fault.message} for fault in report.faults
        ],
        "trade_ids": [str(trade_id) for trade_id in report.trade_ids],
    }


def _near(one: NearDuplicate) -> dict[str, JsonValue]:
    return {
        "row": one.row,
        "symbol": one.symbol,
        "trade_id": None if one.trade_id is None else str(one.trade_id),
        "other_row": one.other_row,
    }


def shape_import(one: TradeImport) -> dict[str, JsonValue]:
    """Write one import of the past."""
    return {
        "id": str(one.id),
        "at": instant(one.at),
        "trades": one.trades,
        "total_pnl": number(one.total_pnl),
        "undone_at": instant(one.undone_at),
    }

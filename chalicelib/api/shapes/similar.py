"""Earlier entries that were most alike, and what they came to (A-16)."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.analysis.similar_entries import SimilarEntries, SimilarEntry, Together


def shape_similar(found: SimilarEntries) -> dict[str, JsonValue]:
    """Write what was compared by, the whole, and each entry, nearest first."""
    return {
        "compared_by": dict(found.compared_by),
        "searched": found.searched,
        "together": _together(found.together),
        "items": [_item(one) for one in found.nearest],
    }


def _together(whole: Together) -> dict[str, JsonValue]:
    return {
        "trades": whole.trades,
        "wins": whole.wins,
        "losses": whole.losses,
        "win_rate": number(whole.win_rate),
        "total_pnl": number(whole.total_pnl),
        "expectancy": number(whole.expectancy),
    }


def _item(similar: SimilarEntry) -> dict[str, JsonValue]:
    alike, entry = similar.likeness, similar.entry
    return {
        "trade_id": str(entry.trade_id),
        "distance": round(alike.distance, 4),
        "compared": list(alike.compared),
        "entry": {name: value for name, value in entry.features.items() if value is not None},
        "entered_at": instant(entry.entered_at),
        "closed_at": instant(entry.closed_at),
        "close_reason": entry.close_reason,
        "realized_pnl": number(entry.pnl),
        "realized_pnl_pct": number(entry.pnl_pct),
        "hold_duration_h": number(entry.hold_hours),
    }

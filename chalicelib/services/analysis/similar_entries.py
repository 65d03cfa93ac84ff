"""Which earlier entries looked like this one, and how they came out (A-16)."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.analysis.similarity import Features, Likeness, likeness, spans
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.shapes import instant, number
from chalicelib.store.analysis.entries import Entry, read_ended_entries, read_entry


def find_similar(
    env: Environment, username: str, *, like: UUID | None, wanted: Features, limit: int
) -> dict[str, JsonValue]:
    """List the ended trades whose entries are nearest, and what they amount to together.

    The entry of trade `like`, if any, with `wanted` laid over it. Raises NotFound, and Invalid when there is
    nothing to compare by.
    """

    def work(connection: Connection) -> dict[str, JsonValue]:
        model = _model(connection, username, like, wanted)
        candidates = [one for one in read_ended_entries(connection, username) if one.trade_id != like]
        return _answer(model, candidates, limit)

    return env.database.run(work, username=username)


def _model(connection: Connection, username: str, like: UUID | None, wanted: Features) -> Features:
    features: dict[str, float | str | None] = {}
    if like is not None:
        entry = read_entry(connection, username, like)
        if entry is None:
            raise NotFound("trade")
        features.update(entry.features)
    features.update(wanted)
    known = {name: value for name, value in features.items() if value is not None}
    if not known:
        raise Invalid([FieldError(field="trade_id", message="name a trade, or something to compare by")])
    return known


def _answer(model: Features, candidates: Sequence[Entry], limit: int) -> dict[str, JsonValue]:
    span_of = spans(candidate.features for candidate in candidates)
    compared = [(likeness(model, candidate.features, span_of), candidate) for candidate in candidates]
    found = [(alike, candidate) for alike, candidate in compared if alike is not None]
    # More compared features make a nearness surer: they break ties, then the newer trade does.
    found.sort(key=lambda pair: (pair[0].distance, -len(pair[0].compared)))
    nearest = found[:limit]
    return {
        "compared_by": dict(model),
        "searched": len(candidates),
        "together": _together([candidate for _, candidate in nearest]),
        "items": [_item(alike, candidate) for alike, candidate in nearest],
    }


def _together(entries: Sequence[Entry]) -> dict[str, JsonValue]:
    results = [entry.pnl for entry in entries if entry.pnl is not None]
    wins = sum(1 for pnl in results if pnl > 0)
    total = sum(results, Decimal(0))
    return {
        "trades": len(results),
        "wins": wins,
        "losses": sum(1 for pnl in results if pnl < 0),
        "win_rate": number(Decimal(wins) / len(results)) if results else None,
        "total_pnl": number(total),
        "expectancy": number(total / len(results)) if results else None,
    }


def _item(alike: Likeness, entry: Entry) -> dict[str, JsonValue]:
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

"""Where an ended trade's P&L came from (A-09), out of its own fills and snapshots, as it is kept and told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.analysis.attribution import MARK_COLUMNS, PARTS, StoredLeg, keep_split, read_split_rows

if TYPE_CHECKING:
    from chalicelib.domain.analysis.attribution import Attribution, Gap, LegMarks, LegPath, Split

#: What stands in the way of an attribution of marks: their own column's name.
_OURS: Final = {"mark_price": "mark"}


def split_result(
    connection: Connection, trade_id: UUID, first: datetime, last: datetime, realized_pnl: Decimal | None
) -> None:
    """Work a trade's split out and keep it; nothing is kept of one that did not end by fills alone."""
    from chalicelib.domain.analysis.attribution import attribute

    legs = read_split_rows(connection, trade_id, first, last)
    found = None if realized_pnl is None else attribute([_path(leg) for leg in legs], realized_pnl)
    if found is not None:
        marks = sum(len(leg.marks) for leg in legs)
        keep_split(connection, trade_id, told(found, marks), marks)


def told(found: "Attribution", marks: int) -> dict[str, JsonValue]:
    """Return a split as JSON: dollars in all and by leg, and what no Greeks explain."""
    legs: list[JsonValue] = [
        {"leg_no": one.leg_no, "symbol": one.symbol, **_parts(one.split)} for one in found.legs
    ]
    items: list[JsonValue] = [_gap(one) for one in found.gaps]
    return {
        **_parts(found.whole),
        "legs": legs,
        "marks": marks,
        "unexplained": {"intervals": found.gap_count, "items": items},
    }


def _parts(split: "Split") -> Mapping[str, JsonValue]:
    return {name: float(getattr(split, name)) for name in PARTS}


def _gap(gap: "Gap") -> dict[str, JsonValue]:
    begins, ends = (datetime.fromtimestamp(at, UTC).isoformat() for at in (gap.begins, gap.ends))
    pnl = float(gap.pnl)
    return {"leg_no": gap.leg_no, "from": begins, "to": ends, "pnl": pnl, "reason": gap.why.value}


def _path(leg: StoredLeg) -> "LegPath":
    from chalicelib.domain.analysis.attribution import LegFill, LegPath

    return LegPath(
        leg_no=leg.leg_no,
        symbol=leg.symbol,
        is_option=leg.is_option,
        fills=[
            LegFill(at=one.at, shares=one.shares, price=one.price, fees=one.fees, is_trade=one.is_trade)
            for one in leg.fills
        ],
        marks=_marks(leg.marks),
    )


def _marks(rows: Sequence[Sequence[Decimal | None]]) -> "LegMarks":
    import numpy as np

    from chalicelib.domain.analysis.attribution import LegMarks

    table = np.array(
        [[np.nan if value is None else float(value) for value in row] for row in rows], dtype=np.float64
    ).reshape(-1, len(MARK_COLUMNS))
    return LegMarks(**{_OURS.get(name, name): table[:, at] for at, name in enumerate(MARK_COLUMNS)})

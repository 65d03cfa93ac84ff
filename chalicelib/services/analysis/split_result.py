"""Where an ended trade's P&L came from (A-09), out of its own fills and snapshots."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.store.analysis.attribution import MARK_COLUMNS, StoredLeg, keep_split, read_split_rows

if TYPE_CHECKING:
    from chalicelib.domain.analysis.attribution import LegMarks, LegPath

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
        keep_split(connection, trade_id, found, marks)


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

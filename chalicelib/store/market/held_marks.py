"""What the marks of one trade say of the time it was held: how it began, its best and worst, how it ended."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

_HELD: Final = """
    from price_snapshots s join paper_trades t on t.id = s.trade_id
    join trade_legs l on l.trade_id = t.id and l.leg_no = s.leg_no
    where s.trade_id = :id and s.leg_no = 1 and s."timestamp" >= t.entry_date - interval '2 minutes'
      and s."timestamp" <= coalesce(t.close_date, 'infinity') + interval '2 minutes'
"""
_SHOWN: Final = 's."timestamp" as at, s.mark_price, s.underlying, s.iv, s.delta, s.theta, s.vega'
#: How good a mark was to hold: a short gains as it falls.
_WORTH: Final = "s.mark_price * case l.side when 'SHORT' then -1 else 1 end"
_ONE: Final = {
    "first": f'{_HELD} and s.underlying is not null order by s."timestamp", s.kind limit 1',
    "last": f'{_HELD} and s.underlying is not null order by s."timestamp" desc, s.kind limit 1',
    "best": f'{_HELD} and s.mark_price is not null order by {_WORTH} desc, s."timestamp" limit 1',
    "worst": f'{_HELD} and s.mark_price is not null order by {_WORTH}, s."timestamp" limit 1',
}
_COUNTS: Final = f"""
    select count(*) as snapshots, count(*) filter (where s.mark_price is null) as without_mark,
           count(*) filter (where s.delayed) as delayed {_HELD}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMark:
    """One look at the market while the trade was held; per share, IV a fraction."""

    at: datetime
    mark_price: Decimal | None
    underlying: Decimal | None
    iv: Decimal | None
    delta: Decimal | None
    theta: Decimal | None
    vega: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMarks:
    """The marks worth telling of; None where there is none. Marks outside the market's hours count, too."""

    first: HeldMark | None
    last: HeldMark | None
    best: HeldMark | None
    worst: HeldMark | None
    snapshots: int
    without_mark: int
    delayed: int


def read_held_marks(connection: Connection, trade_id: UUID) -> HeldMarks:
    """Read the marks of the time a trade was held, two minutes around it included."""
    found = {
        name: connection.execute(text(f"select {_SHOWN} {rest}"), {"id": trade_id}).first()  # above
        for name, rest in _ONE.items()
    }
    counts = connection.execute(text(_COUNTS), {"id": trade_id}).one()
    return HeldMarks(
        **{name: None if row is None else _mark(row) for name, row in found.items()},
        snapshots=counts.snapshots,
        without_mark=counts.without_mark,
        delayed=counts.delayed,
    )


def _mark(row: Row[tuple[object, ...]]) -> HeldMark:
    return HeldMark(**row._mapping)

"""What the marks of one trade say of the time it was held: how it began, its best and worst, how it ended."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from chalicelib.store.own_rows import IS_OWN

_WHILE_HELD: Final = """
    from price_snapshots s join paper_trades t on t.id = s.trade_id
    where s.trade_id = :id and s."timestamp" >= t.entry_date - interval '2 minutes'
      and s."timestamp" <= coalesce(t.close_date, 'infinity') + interval '2 minutes'
"""
#: The trade's own rows, as long as none of its legs has ended by itself: what is held then has another price.
_HELD: Final = f"""{_WHILE_HELD} and {IS_OWN} and s."timestamp" <= coalesce((
        select min(f.filled_at) from fills f where f.trade_id = s.trade_id and f.kind = 'SETTLEMENT'
    ), 'infinity') + interval '2 minutes'
"""  # noqa: S608 - conditions of our own
_SHOWN: Final = 's."timestamp" as at, s.mark_price, s.underlying, s.iv, s.delta, s.theta, s.vega'
#: How good a mark was to hold: what is short alone gains as it falls, a structure is bought (W-02).
_WORTH: Final = """s.mark_price * (
        select case when count(*) = 1 and min(l.side) = 'SHORT' then -1 else 1 end
        from trade_legs l where l.trade_id = s.trade_id and l.origin is null
    )"""
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
_OF_LEGS: Final = f"""
    (select distinct on (s.leg_no) s.leg_no, {_SHOWN} {_WHILE_HELD} and s.leg_no > 0
        and s.underlying is not null order by s.leg_no, s."timestamp", s.kind)
    union all
    (select distinct on (s.leg_no) s.leg_no, {_SHOWN} {_WHILE_HELD} and s.leg_no > 0
        and s.underlying is not null order by s.leg_no, s."timestamp" desc, s.kind)
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


_FIELDS: Final = tuple(field.name for field in fields(HeldMark))


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


def read_leg_marks(connection: Connection, trade_id: UUID) -> dict[int, tuple[HeldMark, HeldMark]]:
    """Read each leg's first and last mark of the time it was held, by the leg's number."""
    first: dict[int, HeldMark] = {}
    both: dict[int, tuple[HeldMark, HeldMark]] = {}
    for leg_no, *shown in connection.execute(text(_OF_LEGS), {"id": trade_id}):
        mark = HeldMark(**dict(zip(_FIELDS, shown, strict=True)))
        both[leg_no] = (first.setdefault(leg_no, mark), mark)
    return both


def _mark(row: Row[tuple[object, ...]]) -> HeldMark:
    return HeldMark(**row._mapping)

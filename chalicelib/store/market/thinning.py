"""Old snapshots, thinned in SQL: a bucket of time keeps its first, last, lowest and highest mark (A-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

#: Trades of which a row has passed the age since the last thinning, or that were analysed since. A CANCELED
#: trade is never analysed: it held nothing.
_DUE: Final = text(
    """
    select username, id, entry_date, close_date from paper_trades
    where is_locked and entry_date < :older_than
      and (analysed_at is not null or status = 'CANCELED')
      and (cast(:since as timestamptz) is null or close_date + :age >= :since or analysed_at >= :since)
    order by username, id
    """
)
#: Rows without a mark stay where a bucket has none with one, the first of them: a gap is recorded.
_THIN: Final = text(
    """
    with ranked as (
        select s.trade_id, s.leg_no, s."timestamp", s.mark_price,
               count(s.mark_price) over bucket as marked,
               row_number() over (bucket order by s.mark_price is null, s."timestamp") as nth,
               row_number() over (bucket order by s.mark_price is null, s."timestamp" desc) as nth_last,
               row_number() over (bucket order by s.mark_price nulls last, s."timestamp") as nth_lowest,
               row_number() over (bucket order by s.mark_price desc nulls last, s."timestamp") as nth_highest,
               first_value(s.mark_price) over (bucket order by s.mark_price is null, s."timestamp")
                   as first_mark,
               first_value(s.mark_price) over (bucket order by s.mark_price is null, s."timestamp" desc)
                   as last_mark
        from price_snapshots s
        where s.trade_id = any(:trade_ids) and s.kind = 'INTRADAY'
          and s."timestamp" >= :from_at and s."timestamp" < :to_at
        window bucket as (
            partition by s.trade_id, s.leg_no, date_bin(:width, s."timestamp", timestamptz 'epoch')
        )
    ), spare as (
        select trade_id, leg_no, "timestamp" from ranked
        where nth > 1 and (
            marked = 0
            or nth_last > 1
               and (nth_lowest > 1 or mark_price >= least(first_mark, last_mark))
               and (nth_highest > 1 or mark_price <= greatest(first_mark, last_mark))
        )
    )
    delete from price_snapshots s using spare
    where s.trade_id = spare.trade_id and s.leg_no = spare.leg_no and s."timestamp" = spare."timestamp"
      and s.kind = 'INTRADAY' and s."timestamp" >= :from_at and s."timestamp" < :to_at
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedTrade:
    """An ended, analysed trade that has rows older than an age."""

    username: str
    id: UUID
    entered_at: datetime
    ended_at: datetime


def find_aged_trades(
    connection: Connection, *, older_than: datetime, age: timedelta, since: datetime | None
) -> list[AgedTrade]:
    """Return the trades with rows older than `older_than` that no thinning since `since` can have seen so."""
    rows = connection.execute(_DUE, {"older_than": older_than, "age": age, "since": since})
    return [
        AgedTrade(username=row.username, id=row.id, entered_at=row.entry_date, ended_at=row.close_date)
        for row in rows
    ]


def thin_snapshots(
    connection: Connection,
    trade_ids: Sequence[UUID],
    *,
    from_at: datetime,
    to_at: datetime,
    width: timedelta,
) -> int:
    """Delete what buckets of `width` have too much of in [from_at, to_at); returns how many rows went.

    Buckets are counted from the epoch, so that wider ones hold whole narrower ones, and a second run finds
    nothing to delete.
    """
    asked = {"trade_ids": list(trade_ids), "from_at": from_at, "to_at": to_at, "width": width}
    return connection.execute(_THIN, asked).rowcount

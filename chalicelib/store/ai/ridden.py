"""What traders hold, as the rules of the minute ride it: of all users, for jobs (C-01, C-04)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select, text

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.store.ai.traders import TraderRow, from_row
from chalicelib.store.schema import traders

#: A close that is asked for goes its own way.
_RIDDEN: Final = text(
    """
    select t.id, t.username, r.id as trader_id, l.side, t.entry_price, t.entry_date,
           t.sl_price, t.trailing_pct,
           coalesce(t.best_price, t.entry_price) as best_price,
           coalesce((
               select c.triggered_by = 'USER_MANUAL' from trade_changes c
               where c.username = t.username and c.trade_id = t.id and c.state = 'APPLIED'
                 and (c.before ->> 'sl_price')::numeric is distinct from (c.after ->> 'sl_price')::numeric
               order by c.settled_at desc, c.id desc limit 1), false) as is_stop_by_hand
    from paper_trades t
    join traders r on r.id::text = t.originator_id and r.username = t.username
    join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    where not t.is_locked and t.originator = 'AI' and t.status in ('OPEN', 'PARTIALLY_FILLED')
      and t.open_qty > 0 and t.entry_price is not null and t.entry_date is not null
      and t.close_requested_at is null
    order by t.username, t.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiddenRow:
    """A held trade of a trader; `best_price` is the best that it was marked at, its entry the first."""

    id: UUID
    username: str
    trader_id: UUID
    side: LegSide
    entry_price: Decimal
    entry_date: datetime
    sl_price: Decimal | None
    trailing_pct: Decimal | None
    best_price: Decimal
    is_stop_by_hand: bool


def read_ridden(connection: Connection) -> list[RiddenRow]:
    """Read what traders of all users hold."""
    return [RiddenRow(**{**row._mapping, "side": LegSide(row.side)}) for row in connection.execute(_RIDDEN)]


def read_riders(connection: Connection, trader_ids: Collection[UUID]) -> dict[UUID, TraderRow]:
    """Read these traders, whoever's they are."""
    found = connection.execute(select(traders).where(traders.c.id.in_(trader_ids)))
    return {row.id: from_row(row) for row in found}

"""Which entries of a broker account walk or wait to (B-05)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef

_WALKS: Final = text(
    """
    select t.id, exists (
        select 1 from orders o where o.trade_id = t.id and o.role = 'ENTRY' and o.status <> 'INTENT'
    ) as has_begun
    from paper_trades t
    where t.broker_mode = :mode and t.account_id = :account_id and not t.is_locked
      and t.walk_worst is not null and t.walk_ended_at is null
      and t.status in ('PENDING', 'PARTIALLY_FILLED')
    order by t.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkingEntry:
    """A trade whose entry is not over; `has_begun` once an order of it may have left."""

    trade_id: UUID
    has_begun: bool


def walking_entries(connection: Connection, account: AccountRef) -> list[WalkingEntry]:
    """Read an account's entries that walk or wait to, oldest first."""
    rows = connection.execute(_WALKS, account.named)
    return [WalkingEntry(trade_id=row.id, has_begun=row.has_begun) for row in rows]

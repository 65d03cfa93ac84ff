"""Which entries of an account its broker cannot have counted yet when it said what cash is free (W-01)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef
from chalicelib.store.ahead import read_ahead

#: Whose entry left after the broker was asked, or has not left; and one that walks, since between two of its
#: steps the broker counts nothing.
_UNCOUNTED: Final = text(
    """
    select t.id from paper_trades t
    where t.username = :username and t.broker_mode = :mode and t.account_id = :account_id
      and not t.is_locked and t.shadow_of is null and (
        t.status in ('PENDING', 'PARTIALLY_FILLED') and t.walk_worst is not null and t.walk_ended_at is null
        or exists (
            select from orders o where o.trade_id = t.id and o.role = 'ENTRY'
              and (o.submitted_at > :read_at or o.status in ('INTENT', 'SENT', 'UNKNOWN'))
        )
      )
    order by t.id
    """
)


def uncounted_ahead(connection: Connection, account: AccountRef, read_at: datetime) -> None:
    """Read what `read_uncounted` reads together with what is read next."""
    read_ahead(connection, _UNCOUNTED, {**account.named, "read_at": read_at})


def read_uncounted(connection: Connection, account: AccountRef, read_at: datetime) -> list[UUID]:
    """Read the trades whose collateral the broker's word of `read_at` may not hold, oldest first."""
    rows = connection.execute(_UNCOUNTED, {**account.named, "read_at": read_at})
    return [row.id for row in rows]

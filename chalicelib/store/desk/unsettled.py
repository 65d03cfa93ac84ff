"""Orders of the desk that should be over by now (B-07): entries without a price, closes still submitted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.orders import OUTSTANDING
from chalicelib.store.ahead import later
from chalicelib.store.literals import in_words

#: A walk takes two minutes: whatever still works after five, or filled without telling a price, is told of.
_UNSETTLED: Final = text(
    f"""
    select t.id, t.ticker, t.structure, o.role from paper_trades t
    join lateral (
        select role from orders o
        where o.trade_id = t.id and o.role in ('ENTRY', 'EXIT') and o.status in ({in_words(OUTSTANDING)})
          and o.submitted_at < :before
        order by o.created_at, o.id limit 1
    ) o on true
    where t.originator = 'DESK' and not t.is_locked
      and t.username = :username and t.broker_mode = :mode and t.account_id = :account_id
    union all
    select t.id, t.ticker, t.structure, 'ENTRY' from paper_trades t
    where t.originator = 'DESK' and not t.is_locked and t.open_qty > 0 and t.entry_price is null
      and t.last_updated < :before
      and t.username = :username and t.broker_mode = :mode and t.account_id = :account_id
    order by 1
    """  # noqa: S608 - words of our own
)

_END: Final = text(
    """
    update alerts a set resolved_at = papertape_now() from paper_trades t
    where t.id = a.trade_id and a.username = :username and a.kind = :kind and a.resolved_at is null
      and t.broker_mode = :mode and t.account_id = :account_id and t.id <> all(:left)
    """
)


class Unsettled(NamedTuple):
    """A trade of which an order of this role should be over."""

    trade_id: UUID
    ticker: str
    structure: str | None
    role: str


def read_unsettled(connection: Connection, account: AccountRef, before: datetime) -> list[Unsettled]:
    """Read an account's trades of the desk with an order sent before an instant whose end is not known."""
    rows = connection.execute(_UNSETTLED, {**account.named, "before": before})
    return [Unsettled._make(row) for row in rows]


def end_settled(connection: Connection, account: AccountRef, kind: str, left: Sequence[UUID]) -> None:
    """Mark as over, with what is said next, what was told of an account's trades other than these."""
    later(connection, _END, {**account.named, "kind": kind, "left": list(left)})

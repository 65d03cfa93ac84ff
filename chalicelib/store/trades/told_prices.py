"""Fills whose price an owner told, since no list and no history did (A-04)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef

#: The rule of a fill whose price its owner told, and of what takes it back once a list shows the sale.
BY_OWNER: Final = "owner"
OVERRULED: Final = "owner_overruled"
#: The rules stand in the text, so that the planner sees that the index of told prices serves it.
_TOLD: Final = text(
    f"""
    select f.trade_id, f.leg_no, f.price, max(f.filled_at) as told_at,
           sum(case when f.fill_rule = '{BY_OWNER}' then f.quantity else -f.quantity end) as quantity
    from fills f join paper_trades t on t.id = f.trade_id
    where t.broker_mode = :mode and t.account_id = :account_id and f.filled_at >= :since
      and f.order_id is null and f.fill_rule in ('{BY_OWNER}', '{OVERRULED}')
    group by f.trade_id, f.leg_no, f.price
    having sum(case when f.fill_rule = '{BY_OWNER}' then f.quantity else -f.quantity end) > 0
    order by told_at, f.trade_id, f.leg_no
    """  # noqa: S608 - words of our own
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPrice:
    """What of a leg is booked at its owner's word: units of the contract, dollars per share, when told."""

    trade_id: UUID
    leg_no: int
    quantity: Decimal
    price: Decimal
    told_at: datetime


def told_since(connection: Connection, account: AccountRef, since: datetime) -> list[ToldPrice]:
    """Read what an account's trades have booked at their owner's word at or after an instant."""
    wanted = {**account.named, "since": since}
    return [ToldPrice(**row) for row in connection.execute(_TOLD, wanted).mappings()]

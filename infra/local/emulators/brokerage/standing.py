"""What an order is judged against."""

from dataclasses import dataclass
from datetime import datetime

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.orders import Order
from infra.local.emulators.market.feed import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The account, its working orders, the quotes, the time."""

    account: Account
    working: list[Order]
    feed: Feed
    now: datetime

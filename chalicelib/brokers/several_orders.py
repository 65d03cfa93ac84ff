"""What several orders, or several legs, at a broker come to as one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chalicelib.brokers.interface import BrokerLeg
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, OrderStatus

_SHARES_PER_CONTRACT: Final = 100
#: Of an OCO whose orders have ended, what happened to one of them is what happened to it.
_RANKED: Final = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED)


def status_of_both(both: Sequence[OrderStatus]) -> OrderStatus:
    """Return where an OCO stands: it works as long as either does, and has filled once one has."""
    working = [status for status in both if status in LIVE]
    if working:
        return OrderStatus.PENDING if set(working) == {OrderStatus.PENDING} else OrderStatus.OPEN
    return next(status for status in _RANKED if status in both)


def refined(status: OrderStatus, filled: Decimal, units: int) -> OrderStatus:
    """Tell a working order that has filled in part from one that has not, where there is no state for it."""
    if status in {OrderStatus.OPEN, OrderStatus.PENDING} and ZERO < filled < units:
        return OrderStatus.PARTIALLY_FILLED
    return status


def net_paid(
    legs: Sequence[BrokerLeg], counts: Sequence[int], units: int, *, shares: Sequence[bool]
) -> Decimal | None:
    """Return what a unit cost per share, below 0 for a credit; None until each leg has its price.

    `counts` are contracts, or shares where `shares` says so, of the whole order.
    """
    paid = ZERO
    for leg, count, is_shares in zip(legs, counts, shares, strict=True):
        if leg.avg_fill_price is None:
            return None
        share = Decimal(count) / units / (_SHARES_PER_CONTRACT if is_shares else 1)
        paid += leg.avg_fill_price * share * (1 if leg.side.is_buy else -1)
    return to_price(paid)

"""Which of Schwab's orders is which of ours: it has no place for an identifier of ours (wire/schwab.md, 6.1).

An order whose number we were told is known by that. One whose answer was lost is known by what was asked for,
to the cent, and by when: within moments of when it was sent. An order that somebody placed by hand at that
very time and to the same terms is as good as ours, and cannot be told from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from chalicelib.brokers.interface import BrokerOrder, CombinedRequest, OcoRequest, OrderRequest
from chalicelib.domain.instruments.sides import OrderSide

#: Their clock tells whole seconds, and may be behind ours.
_EARLIER_MAX: Final = timedelta(seconds=5)
#: One call waits 30 s at most, and may be sent a second time with a new access token.
_LATER_MAX: Final = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one order asks for: legs by symbol and side, units, prices (net ones as the account pays them)."""

    legs: frozenset[tuple[str | None, OrderSide | None]]
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOrder:
    """An order of ours that left or was about to: its terms, two of an OCO, and the ids that we were told.

    `may_live`: without an id it may be at the broker all the same; one that was refused is not.
    """

    tag: str
    sent_at: datetime
    terms: frozenset[Terms]
    broker_order_ids: frozenset[str]
    may_live: bool = True


class SentOrders(Protocol):
    """The orders that we sent to one account."""

    def since(self, at: datetime) -> Sequence[SentOrder]:
        """Return those sent at or after an instant, and whichever have not ended, oldest first."""
        ...


def named(shown: Sequence[BrokerOrder], sent: Sequence[SentOrder]) -> tuple[BrokerOrder, ...]:
    """Return the orders shown, each of ours with its tag."""
    tags = {order_id: one.tag for one in sent for order_id in one.broker_order_ids}
    found = {order.broker_order_id: tag for order in shown if (tag := _tag_by_id(order, tags)) is not None}
    for one in sent:
        if one.may_live and not one.broker_order_ids:
            fitting = [order for order in shown if order.broker_order_id not in found and _fits(order, one)]
            if fitting:
                first = min(
                    fitting, key=lambda order: (order.created_at or one.sent_at, order.broker_order_id)
                )
                found[first.broker_order_id] = one.tag
    return tuple(_tagged(order, found.get(order.broker_order_id)) for order in shown)


def terms_of_order(request: OrderRequest) -> frozenset[Terms]:
    """Return what one order asks for."""
    legs = frozenset({(request.symbol, request.side)})
    one = Terms(
        legs=legs, quantity=request.quantity, limit_price=request.limit_price, stop_price=request.stop_price
    )
    return frozenset({one})


def terms_of_oco(request: OcoRequest) -> frozenset[Terms]:
    """Return what the two orders of an OCO ask for."""
    legs = frozenset({(request.symbol, request.side)})
    return frozenset(
        {
            Terms(legs=legs, quantity=request.quantity, stop_price=request.stop_price),
            Terms(legs=legs, quantity=request.quantity, limit_price=request.target_price),
        }
    )


def terms_of_combined(request: CombinedRequest) -> frozenset[Terms]:
    """Return what an order over several legs asks for."""
    legs = frozenset((leg.symbol, leg.side) for leg in request.legs)
    return frozenset({Terms(legs=legs, quantity=request.quantity, limit_price=request.net_price)})


def _tag_by_id(order: BrokerOrder, tags: dict[str, str]) -> str | None:
    return next((tags[one] for one in _ids(order) if one in tags), None)


def _ids(order: BrokerOrder) -> Iterator[str]:
    yield order.broker_order_id
    for other in order.alternatives:
        yield other.broker_order_id


def _fits(order: BrokerOrder, one: SentOrder) -> bool:
    entered = order.created_at
    if entered is None or not one.sent_at - _EARLIER_MAX <= entered <= one.sent_at + _LATER_MAX:
        return False
    return frozenset(_terms(leaf) for leaf in order.alternatives or (order,)) == one.terms


def _terms(order: BrokerOrder) -> Terms:
    several = frozenset((leg.symbol, leg.side) for leg in order.legs)
    return Terms(
        legs=several or frozenset({(order.symbol, order.side)}),
        quantity=order.quantity,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
    )


def _tagged(order: BrokerOrder, tag: str | None) -> BrokerOrder:
    pair = tuple(replace(other, tag=tag) for other in order.alternatives)
    return replace(order, tag=tag, alternatives=pair)

"""What a price does to an order for coins as it arrives, and minutes to those that rest (C-05).

Pure but for the ledger. Minutes are met in their order, over all coins; an order that they do not fill is the
same after them, so that meeting them again changes nothing. Whoever meets them pauses where an entry filled,
be it that another filled it, and died before what protects it was there (ADR 0037).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID

from chalicelib.brokers.coins.execution import (
    AT_MARKET,
    BY_AMBIGUOUS_MINUTE,
    BY_MINUTE,
    CoinFill,
    execute,
)
from chalicelib.brokers.paper.execution import follow_alternatives
from chalicelib.brokers.paper.ledger import Ledger, PaperOrder
from chalicelib.domain.coins.minutes import (
    Minute,
    MinuteFill,
    Minutes,
    Resting,
    RestKind,
    fills_of,
    minute_end,
)
from chalicelib.domain.coins.slippage import slipped
from chalicelib.domain.coins.terms import CoinTerms
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.market.coins import CoinPrice
from chalicelib.domain.market.quotes import QUOTE_AGE_MAX
from chalicelib.domain.money import to_price
from chalicelib.domain.trading.orders import OrderStatus, OrderType


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """How far minutes were met: to the end of all of them, or of the first in which an entry filled."""

    until: datetime
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One moment of the exchange, for one account; `terms_of` tells steps and slippage of a coin."""

    now: datetime
    source: str
    terms_of: Callable[[str], CoinTerms]
    new_id: Callable[[], UUID]

    def arrive(self, ledger: Ledger, order: PaperOrder, price: CoinPrice | None) -> None:
        """Fill an order at once where it is at market, or at a limit that the market has reached."""
        if price is None or self.now - price.as_of > QUOTE_AGE_MAX:
            return
        taken = self._market_price(order, price.price)
        limit = order.limit_price
        if order.type is OrderType.LIMIT and limit is not None:
            is_reached = price.price <= limit if order.side.is_buy else price.price >= limit
            if not is_reached:
                return
            taken = min(taken, limit) if order.side.is_buy else max(taken, limit)
        elif order.type is not OrderType.MARKET:
            return
        fill = CoinFill(price=taken, quoted_at=price.as_of, at=self.now, rule=AT_MARKET, source=self.source)
        execute(ledger, order, fill, self.new_id)

    def meet(self, ledger: Ledger, minutes: Minutes) -> Met:
        """Let what rests live through minutes, up to one in which an entry filled: it wants protection."""
        ends = [of_coin[-1].ends_at for of_coin in minutes.values() if of_coin]
        until = max(ends, default=self.now)
        entered_before = {minute_end(order.updated_at) for order in ledger.orders.values() if _entered(order)}
        for ends_at, at_once in _by_instant(minutes):
            entered = ends_at in entered_before
            for symbol, minute in at_once:
                entered |= self._meet_minute(ledger, symbol, minute)
            if entered and ends_at < until:
                return Met(until=ends_at, is_over=False)
        for symbol, of_coin in minutes.items():
            if of_coin:
                self._close_of(ledger, symbol, of_coin[-1])
        return Met(until=until, is_over=True)

    def _meet_minute(self, ledger: Ledger, symbol: str, minute: Minute) -> bool:
        """Return whether an entry filled."""
        entered = False
        resting = _expired_aside(ledger, symbol, minute.starts_at)
        for _, group in groupby(sorted(resting, key=_place), key=_whole):
            orders = {str(order.id): order for order in group}
            for filled in fills_of([_resting(order) for order in orders.values()], minute):
                order = orders[filled.order_id]
                if order.is_live:
                    execute(ledger, order, self._of_minute(filled, minute), self.new_id)
                    entered |= filled.kind is RestKind.ENTRY
        return entered

    def _close_of(self, ledger: Ledger, symbol: str, last: Minute) -> None:
        """Take the last price over: for what is held, and for orders at market that had none."""
        holding = ledger.holdings.get(symbol)
        if holding is not None:
            holding.mark_price = last.closing
        price = CoinPrice(symbol, last.closing, last.ends_at)
        for order in ledger.working({symbol}):
            if order.type is OrderType.MARKET:
                self.arrive(ledger, order, price)

    def _of_minute(self, filled: MinuteFill, minute: Minute) -> CoinFill:
        return CoinFill(
            price=filled.price,
            quoted_at=minute.ends_at,
            at=filled.at,
            rule=BY_AMBIGUOUS_MINUTE if filled.is_ambiguous else BY_MINUTE,
            source=self.source,
        )

    def _market_price(self, order: PaperOrder, last: Decimal) -> Decimal:
        terms, is_buy = self.terms_of(order.symbol), order.side.is_buy
        price = slipped(last, terms.slippage, is_buy=is_buy)
        return to_price(price) if terms.filters is None else terms.filters.to_tick(price, up=is_buy)


def _by_instant(minutes: Minutes) -> Iterator[tuple[datetime, list[tuple[str, Minute]]]]:
    """Yield the minutes that end together, the earliest first."""
    all_of_them = [(symbol, minute) for symbol, of_coin in minutes.items() for minute in of_coin]
    in_order = sorted(all_of_them, key=lambda one: (one[1].ends_at, one[0]))
    for ends_at, together in groupby(in_order, key=lambda one: one[1].ends_at):
        yield ends_at, list(together)


def _expired_aside(ledger: Ledger, symbol: str, at: datetime) -> list[PaperOrder]:
    """Return what rests of a coin, once what had run out by then is over.

    Minutes alone end an order: one before its end may not have been met yet when the clock passes it.
    """
    resting = []
    for order in ledger.live({symbol}):
        if order.expires_at <= at:
            order.end(OrderStatus.EXPIRED, order.expires_at)
            follow_alternatives(ledger, order)
        elif order.type is not OrderType.MARKET:
            resting.append(order)
    return resting


def _entered(order: PaperOrder) -> bool:
    return order.filled_quantity > 0 and not order.side.is_closing


def _whole(order: PaperOrder) -> UUID:
    return order.parent_id or order.id


def _place(order: PaperOrder) -> tuple[datetime, int]:
    """The oldest first; the two of an OCO together."""
    return order.created_at, _whole(order).int


_KINDS: Final = {
    (OrderType.STOP, True): RestKind.STOP,
    (OrderType.LIMIT, True): RestKind.TARGET,
    (OrderType.LIMIT, False): RestKind.ENTRY,
}


def rests_as(kind: OrderType, side: OrderSide) -> tuple[RestKind, LegSide]:
    """Return what an order with a price of its own is to minutes, and of which position."""
    is_long = side.is_buy is not side.is_closing
    return _KINDS[kind, side.is_closing], LegSide.LONG if is_long else LegSide.SHORT


def _resting(order: PaperOrder) -> Resting:
    assert order.type is not None, "an OCO's parent does not rest"
    price = order.stop_price if order.type is OrderType.STOP else order.limit_price
    assert price is not None, "an order that rests has its price"
    kind, side = rests_as(order.type, order.side)
    return Resting(
        id=str(order.id),
        kind=kind,
        side=side,
        price=price,
        quantity=order.remaining,
        since=order.rests_from or order.created_at,
    )

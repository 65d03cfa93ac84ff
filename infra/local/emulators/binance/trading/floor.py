"""What prices do to orders: as one arrives, and second by second to what rests (wire/binance.md, 6).

Liquidity is unlimited. An order at market trades at the other side's best price, one that rests at its own.
A stop-limit that the market leaps over is triggered and left unfilled, as in life.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Final

import numpy as np

from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading.orders import (
    LIMITED,
    OPEN,
    STOPS,
    CoinBook,
    CoinOrder,
    CoinTrade,
    Force,
    Kind,
    Numbers,
    State,
)
from infra.local.emulators.binance.trading.till import Till
from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.coins import CoinPrices

WOULD_TRIGGER: Final = "Order would trigger immediately."
WOULD_TAKE: Final = "Order would immediately match and take."
DUPLICATE: Final = "Duplicate order sent."
OCO_TRIGGER: Final = "OCO_TRIGGER"
_PLACES: Final = Decimal("0.00000001")
_SECOND: Final = timedelta(seconds=1)
#: How much of what comes before now is looked back on: beyond it a day's prices would be walked for nothing.
_WALK_SECONDS: Final = 86_400


@dataclass(slots=True, kw_only=True)
class Floor:
    """The matching of one exchange."""

    coins: CoinPrices
    till: Till

    @classmethod
    def over(cls, coins: CoinPrices, numbers: Numbers) -> "Floor":
        """Return the matching over prices, with an exchange's counters."""
        return cls(coins=coins, till=Till(coins=coins, numbers=numbers))

    @property
    def numbers(self) -> Numbers:
        """The exchange's counters."""
        return self.till.numbers

    # What an account does.

    def enter(
        self,
        book: CoinBook,
        order: CoinOrder,
        now: datetime,
        *,
        fraction: Decimal | None = None,
        step: Decimal = _PLACES,
    ) -> list[CoinTrade]:
        """Take an order that keeps to the filters, and fill what can be at once; raises BinanceRefusal.

        `fraction` is the part that fills where a fault has it fill no further, in whole steps.
        """
        check_client_id(book, order.client_id)
        check_arrival(self.till, order, now)
        self.till.put_aside(book, order, now)
        self.note(book, order, now)
        if order.kind not in {*STOPS, Kind.TAKE_PROFIT, Kind.TAKE_PROFIT_LIMIT}:
            order.working_at = now
        return self._arrive(book, order, now, fraction, step)

    def note(self, book: CoinBook, order: CoinOrder, now: datetime) -> None:
        """Keep an order that was taken."""
        book.orders[order.id] = order
        book.seen_until[order.symbol] = now  # what the market did before is over for it
        book.updated_at = now

    def cancel(self, book: CoinBook, order: CoinOrder, now: datetime) -> list[CoinOrder]:
        """End an order and all of its list; returns what ended. Raises BinanceRefusal."""
        if not order.is_open:
            raise BinanceRefusal(-2011, "Unknown order sent.")
        ended = [one for one in (book.members(order) or [order]) if one.is_open]
        for one in ended:
            self._end(book, one, State.CANCELED, now)
        self.settle_list(book, order, now)
        return ended

    def settle_list(self, book: CoinBook, order: CoinOrder, now: datetime) -> None:
        """Note that a list is over once none of its orders is open."""
        held = book.lists.get(order.list_id)
        if held is not None and not held.is_done and not any(one.is_open for one in book.members(order)):
            held.is_done, held.updated_at = True, now

    def put_aside_list(self, book: CoinBook, orders: Sequence[CoinOrder], now: datetime) -> None:
        """Put aside what a list needs, once: its orders trade the same coins. Raises BinanceRefusal."""
        self.till.put_aside(book, orders[0], now)

    # Time.

    def catch_up(self, book: CoinBook, now: datetime) -> None:
        """Let everything happen that prices have done to what rests, in the order of time."""
        for symbol in sorted({one.symbol for one in book.orders.values() if one.is_open}):
            self._walk(book, symbol, now)
            book.seen_until[symbol] = now

    def _walk(self, book: CoinBook, symbol: str, now: datetime) -> None:
        first = max(
            int(book.seen_until.get(symbol, now).timestamp()) + 1, int(now.timestamp()) - _WALK_SECONDS
        )
        last = int(now.timestamp())
        if first > last:
            return
        prices = self.coins.stretch(symbol, first, last)
        seconds = np.arange(first, first + len(prices))
        half: Array = np.asarray(
            10.0 ** -self.coins.pair(symbol).decimals * (1 + seconds % 3), dtype=np.float64
        )
        begun = 0
        while True:
            found = [
                (place, order)
                for order in book.of_symbol(symbol)
                if order.is_open and (place := _reached(order, prices, half, begun)) is not None
            ]
            if not found:
                return
            begun, order = min(found, key=lambda one: (one[0], one[1].id))
            at = datetime.fromtimestamp(first + begun, UTC)
            if order.waits:
                self.trigger(book, order, at)
            else:
                self.fill(book, order, order.left, order.price, at, is_maker=True)

    def trigger(self, book: CoinBook, order: CoinOrder, at: datetime) -> None:
        """Have an order that waited work from now on."""
        order.working_at = order.updated_at = at
        self._expire_siblings(book, order, at)
        self._arrive(book, order, at, None, _PLACES)

    def fill(
        self,
        book: CoinBook,
        order: CoinOrder,
        quantity: Decimal,
        price: Decimal,
        at: datetime,
        *,
        is_maker: bool,
    ) -> CoinTrade:
        """Trade so much of an order."""
        self._expire_siblings(book, order, at)
        self.till.take_over(book, order)
        trade = self.till.trade(book, order, quantity, price, at, is_maker=is_maker)
        book.trades.append(trade)
        order.executed += quantity
        order.quote_executed += trade.quote
        order.updated_at = book.updated_at = at
        order.state = State.FILLED if order.left <= 0 else State.PARTIALLY_FILLED
        if order.state is State.FILLED:
            self.till.release(book, order)
            self._place_pending(book, order, at)
        self.settle_list(book, order, at)
        return trade

    def fill_nearest(self, book: CoinBook, order: CoinOrder, now: datetime) -> None:
        """Fill an order, or that of its list which the market is nearest to, at its own price."""
        last = self.till.last(order.symbol, now)
        resting = [one for one in book.members(order) or [order] if one.is_open]
        nearest = min(resting, key=lambda one: abs((one.stop_price or one.price) - last))
        price = nearest.stop_price or nearest.price or last
        if nearest.waits:
            nearest.working_at = now
        self.fill(book, nearest, nearest.left, price, now, is_maker=True)

    # Within.

    def _arrive(
        self, book: CoinBook, order: CoinOrder, now: datetime, fraction: Decimal | None, step: Decimal
    ) -> list[CoinTrade]:
        if order.working_at is None:
            return []
        best = self.till.best(order.symbol, now, order.side)
        if order.kind in LIMITED and (best > order.price if order.is_buy else best < order.price):
            if order.force is not Force.GTC:
                self._end(book, order, State.EXPIRED, now)
            return []
        quantity = order.left
        if fraction is not None:
            quantity = max((order.quantity * fraction / step).to_integral_value(ROUND_DOWN) * step, step)
            order.is_stuck = quantity < order.left
        return [self.fill(book, order, quantity, best, now, is_maker=False)]

    def _expire_siblings(self, book: CoinBook, order: CoinOrder, at: datetime) -> None:
        """End the other orders of an OCO: one of them begins to trade."""
        for one in book.members(order):
            if one.id != order.id and one.state in OPEN - {State.PENDING_NEW} and one.side is order.side:
                self.till.take_over(book, order)
                self._end(book, one, State.EXPIRED, at)
                one.expiry_reason = OCO_TRIGGER

    def _end(self, book: CoinBook, order: CoinOrder, state: State, at: datetime) -> None:
        order.state, order.updated_at = state, at
        book.updated_at = at
        self.till.release(book, order)

    def _place_pending(self, book: CoinBook, order: CoinOrder, at: datetime) -> None:
        """Place what waited for an order of its list to fill whole."""
        waiting = [one for one in book.members(order) if one.state is State.PENDING_NEW]
        if not waiting:
            return
        try:
            self.put_aside_list(book, waiting, at)
        except BinanceRefusal:
            for one in waiting:
                self._end(book, one, State.EXPIRED, at)
            return
        for one in waiting:
            one.state, one.updated_at = State.NEW, at
        for one in waiting:
            if one.kind in {Kind.LIMIT, Kind.LIMIT_MAKER, Kind.MARKET} and one.is_open:
                one.working_at = at
                if one.kind is not Kind.LIMIT_MAKER:
                    self._arrive(book, one, at, None, _PLACES)


def check_client_id(book: CoinBook, client_id: str) -> None:
    """Refuse a caller's id that an open order has; one that is over gives it back."""
    if any(one.client_id == client_id and one.is_open for one in book.orders.values()):
        raise BinanceRefusal(-2010, DUPLICATE)


def check_arrival(till: Till, order: CoinOrder, now: datetime) -> None:
    """Refuse a maker that would take, and a stop that would trigger at once."""
    if order.kind is Kind.LIMIT_MAKER:
        best = till.best(order.symbol, now, order.side)
        if best <= order.price if order.is_buy else best >= order.price:
            raise BinanceRefusal(-2010, WOULD_TAKE)
    if order.stop_price is not None:
        last = till.last(order.symbol, now)
        is_above = order.is_buy is (order.kind in STOPS)
        if last >= order.stop_price if is_above else last <= order.stop_price:
            raise BinanceRefusal(-2010, WOULD_TRIGGER)


def _reached(order: CoinOrder, prices: Array, half: Array, begun: int) -> int | None:
    """Return the place of the first price from `begun` on that does something to an order."""
    if order.state is State.PENDING_NEW or order.is_stuck:
        return None
    seen = prices[begun:]
    if order.waits:
        stop = float(order.stop_price or 0)
        is_above = order.is_buy is (order.kind in STOPS)
        hits = seen >= stop - 1e-9 if is_above else seen <= stop + 1e-9
    elif order.is_buy:
        hits = seen + half[begun:] <= float(order.price) + 1e-9
    else:
        hits = seen - half[begun:] >= float(order.price) - 1e-9
    places = np.flatnonzero(hits)
    return begun + int(places[0]) if len(places) else None

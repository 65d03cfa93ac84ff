"""An exchange's prices and its accounts' money: what orders hold back, what an execution moves, its fee."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading.orders import (
    ZERO,
    CoinBook,
    CoinOrder,
    CoinTrade,
    Kind,
    Numbers,
    Side,
)
from infra.local.emulators.market.coins import CoinPrices

QUOTE: Final = "USDT"
NO_BALANCE: Final = "Account has insufficient balance for requested action."
_BNB: Final = "BNB"
_BNB_SHARE: Final = Decimal("0.75")
_PLACES: Final = Decimal("0.00000001")


@dataclass(slots=True, kw_only=True)
class Till:
    """The money of all accounts of one exchange."""

    coins: CoinPrices
    numbers: Numbers

    def last(self, symbol: str, at: datetime) -> Decimal:
        """Return what a pair was last traded at."""
        return self._exact(symbol, self.coins.price(symbol, at))

    def best(self, symbol: str, at: datetime, side: Side) -> Decimal:
        """Return what an order of this side trades at when it takes."""
        quote = self.coins.quote(symbol, at)
        return self._exact(symbol, quote.ask if side is Side.BUY else quote.bid)

    def average(self, symbol: str, at: datetime) -> Decimal:
        """Return a pair's average over five minutes."""
        seen = self.coins.stretch(symbol, int(at.timestamp()) - 299, int(at.timestamp()))
        return Decimal(f"{float(seen.mean()):.8f}")

    def put_aside(self, book: CoinBook, order: CoinOrder, now: datetime) -> None:
        """Hold back what an order needs; raises BinanceRefusal."""
        asset, wanted = self._needs(order, now)
        held = book.balance(asset)
        if wanted > held.free:
            raise BinanceRefusal(-2010, NO_BALANCE)
        held.free -= wanted
        held.locked += wanted
        order.locked = wanted

    def _needs(self, order: CoinOrder, now: datetime) -> tuple[str, Decimal]:
        if not order.is_buy:
            return self.coins.pair(order.symbol).base, order.quantity
        price = order.price or order.stop_price or self.best(order.symbol, now, Side.BUY)
        if order.kind in {Kind.MARKET}:
            price = self.best(order.symbol, now, Side.BUY)
        return QUOTE, order.quantity * price

    def take_over(self, book: CoinBook, order: CoinOrder) -> None:
        """Use what another order of the list put aside for all of them."""
        if order.locked == 0:
            for one in book.members(order):
                if one.id != order.id and one.locked > 0 and one.side is order.side:
                    order.locked, one.locked = one.locked, ZERO

    def release(self, book: CoinBook, order: CoinOrder) -> None:
        """Give back what an order held."""
        asset = QUOTE if order.is_buy else self.coins.pair(order.symbol).base
        held = book.balance(asset)
        held.locked -= order.locked
        held.free += order.locked
        order.locked = ZERO

    def trade(
        self,
        book: CoinBook,
        order: CoinOrder,
        quantity: Decimal,
        price: Decimal,
        at: datetime,
        *,
        is_maker: bool,
    ) -> CoinTrade:
        """Move the money of an execution; returns it."""
        base = self.coins.pair(order.symbol).base
        worth = quantity * price
        gives, given, gets, got = (
            (QUOTE, worth, base, quantity) if order.is_buy else (base, quantity, QUOTE, worth)
        )
        freed = min(order.locked, (order.price or price) * quantity if order.is_buy else quantity)
        paid = book.balance(gives)
        paid.locked -= freed
        order.locked -= freed
        paid.free += freed - given
        book.balance(gets).free += got
        asset, commission = self._commission(book, gets, got, worth, at)
        book.balance(asset).free -= commission
        return CoinTrade(
            id=self.numbers.next_trade(),
            order_id=order.id,
            list_id=order.list_id,
            symbol=order.symbol,
            price=price,
            quantity=quantity,
            commission=commission,
            commission_asset=asset,
            at=at,
            is_buyer=order.is_buy,
            is_maker=is_maker,
        )

    def _commission(
        self, book: CoinBook, gets: str, got: Decimal, worth: Decimal, at: datetime
    ) -> tuple[str, Decimal]:
        if book.pays_in_bnb:
            due = (worth * book.fee_share * _BNB_SHARE / self.last(f"{_BNB}{QUOTE}", at)).quantize(_PLACES)
            if due <= book.balance(_BNB).free:
                return _BNB, due
        return gets, (got * book.fee_share).quantize(_PLACES)

    def _exact(self, symbol: str, price: float) -> Decimal:
        return Decimal(f"{price:.{self.coins.pair(symbol).decimals}f}")

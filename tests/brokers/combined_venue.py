"""A venue that takes several legs as one order, and the structures that the laws send there."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.brokers.interface import BrokerOrder, CombinedRequest, Placed, RequestLeg
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration, OrderStatus
from tests.brokers.conformance import Venue

_CLOSES: Mapping[OrderSide, OrderSide] = {
    OrderSide.BUY_TO_OPEN: OrderSide.SELL_TO_CLOSE,
    OrderSide.SELL_TO_OPEN: OrderSide.BUY_TO_CLOSE,
}


def closing(legs: Sequence[RequestLeg]) -> tuple[RequestLeg, ...]:
    """Return the legs that close what these open."""
    return tuple(replace(leg, side=_CLOSES[leg.side]) for leg in legs)


class CombinedVenue(Venue):
    """A venue that takes several legs as one order."""

    @abstractmethod
    def open_partly(self) -> BrokerOrder:
        """Return the opening of units of legs one to one; some have filled and the rest works on."""

    def put(self, fraction: str) -> str:
        """Return the put whose strike is nearest to a part of the first price."""
        chain = self.quotes.chain(self.ticker, [self.expiry])
        wanted = int(self.spot * Decimal(fraction) * 1000)
        puts = [symbol for symbol in chain.quotes if symbol[-9] == "P"]
        return min(puts, key=lambda symbol: abs(int(symbol[-8:]) - wanted))

    def spread(self) -> tuple[RequestLeg, ...]:
        """Return a put spread to be sold."""
        return (
            RequestLeg(symbol=self.put("0.985"), side=OrderSide.SELL_TO_OPEN, ratio=1),
            RequestLeg(symbol=self.put("0.970"), side=OrderSide.BUY_TO_OPEN, ratio=1),
        )

    def narrow_spread(self) -> tuple[RequestLeg, ...]:
        """Return a put spread to be sold of which an account can hold hundreds."""
        return (
            RequestLeg(symbol=self.put("0.985"), side=OrderSide.SELL_TO_OPEN, ratio=1),
            RequestLeg(symbol=self.put("0.983"), side=OrderSide.BUY_TO_OPEN, ratio=1),
        )

    def butterfly(self) -> tuple[RequestLeg, ...]:
        """Return a put butterfly to be bought."""
        return (
            RequestLeg(symbol=self.put("0.970"), side=OrderSide.BUY_TO_OPEN, ratio=1),
            RequestLeg(symbol=self.put("0.980"), side=OrderSide.SELL_TO_OPEN, ratio=2),
            RequestLeg(symbol=self.put("0.990"), side=OrderSide.BUY_TO_OPEN, ratio=1),
        )

    def side_of(self, leg: RequestLeg) -> Decimal:
        """Return what a leg trades at now: the ask of what is bought, the bid of what is sold."""
        if leg.instrument is Instrument.EQUITY:
            stock = self.quotes.underlying_quotes([leg.symbol])[0]
            price = stock.ask if leg.side.is_buy else stock.bid
        else:
            quote = self.quotes.option_quotes(self.ticker, [leg.symbol]).quotes[leg.symbol]
            price = quote.ask if leg.side.is_buy else quote.bid
        assert price is not None
        return price

    def natural(self, legs: Sequence[RequestLeg]) -> Decimal:
        """Return what one unit costs now per share, below 0 for a credit."""
        total = ZERO
        for leg in legs:
            share = Decimal(leg.ratio) / (100 if leg.instrument is Instrument.EQUITY else 1)
            total += self.side_of(leg) * share * (1 if leg.side.is_buy else -1)
        return total

    def combined(self, legs: Sequence[RequestLeg] | None = None, **more: object) -> CombinedRequest:
        """Build an order for two units at the natural price, unless told otherwise; its tag is its own."""
        self._tags += 1
        chosen = self.spread() if legs is None else tuple(legs)
        fields: dict[str, object] = {
            "tag": f"bc-{self._tags}",
            "underlying": self.ticker,
            "legs": chosen,
            "quantity": Decimal(2),
            "duration": Duration.DAY,
        }
        if "net_price" not in more:
            fields["net_price"] = self.natural(chosen)
        return CombinedRequest(**(fields | more))  # type: ignore[arg-type]  # a test may break any field

    def opened(self, legs: Sequence[RequestLeg] | None = None, quantity: int = 2) -> BrokerOrder:
        """Open so many units and see them filled."""
        placed = self.broker.place_combined(self.combined(legs, quantity=Decimal(quantity)))
        order = self.broker.read_order(placed.broker_order_id)
        assert order.status is OrderStatus.FILLED
        return order

    def read(self, placed: Placed) -> BrokerOrder:
        """Read a placed order."""
        return self.broker.read_order(placed.broker_order_id)

    def held(self) -> dict[str, Decimal]:
        """Return signed quantities by symbol."""
        return {position.symbol: position.quantity for position in self.broker.positions()}

    @property
    def fee(self) -> Decimal:
        """Dollars per contract that is opened."""
        return self.broker.capabilities.commission.to_open

    def cash(self) -> Decimal:
        """Return the account's cash."""
        cash = self.broker.balance().cash
        assert cash is not None
        return cash


class OutsideVenue(CombinedVenue):
    """A venue whose broker is outside: what it answers can be lost, and what it took be thrown out."""

    @abstractmethod
    def lose_the_next_answer(self) -> None:
        """Let the broker take the next order, and its answer never arrive."""

    @abstractmethod
    def reject_the_next_late(self) -> None:
        """Let the broker take the next order, and reject it a second later."""

    @abstractmethod
    def lose_the_next_cancel(self) -> None:
        """Let the next cancel be acknowledged, and the order fill all the same."""

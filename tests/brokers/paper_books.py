"""The paper broker's books in memory: orders and quotes without a database, for the tests of its rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest, RequestLeg
from chalicelib.brokers.paper.admission import check_kinds
from chalicelib.brokers.paper.intake import Intake, leg_of, legs_of
from chalicelib.brokers.paper.ledger import Ledger, PaperOrder
from chalicelib.brokers.paper.matching import match_quotes, pass_time
from chalicelib.brokers.paper.rules import FillTerms
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration, OrderType

AT_TEN = datetime(2026, 2, 18, 15, 0, tzinfo=UTC)
TERMS = FillTerms()

Sides = {
    "+": OrderSide.BUY_TO_OPEN,
    "-": OrderSide.SELL_TO_OPEN,
    "-x": OrderSide.SELL_TO_CLOSE,
    "+x": OrderSide.BUY_TO_CLOSE,
}
"""Short words for sides: + buys, - sells, x closes."""


def option(name: str, day: str = "260320") -> str:
    """Return SPY's contract: `100C` in March, another day by its own date."""
    return f"SPY{day}{name[-1]}{int(Decimal(name[:-1]) * 1000):08d}"


def shown(
    symbol: str, bid: str | Decimal, ask: str | Decimal, *, at: datetime = AT_TEN, size: int | None = 50
) -> OptionQuote:
    """Return a quote of now."""
    return OptionQuote(
        symbol=symbol,
        bid=Decimal(bid),
        ask=Decimal(ask),
        bid_size=size,
        ask_size=size,
        last=None,
        quoted_at=at,
        source="test",
        delay_seconds=0,
    )


@dataclass
class Books:
    """One account; `at` is its clock, what is sent meets the quotes that are given with it."""

    cash: Decimal = Decimal(100_000)
    at: datetime = AT_TEN
    calendar: MarketCalendar = field(default_factory=MarketCalendar)
    count: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger(cash=self.cash, realized_on=None, realized=ZERO, orders={}, holdings={})

    def new_id(self) -> UUID:
        self.count += 1
        return UUID(int=self.count)

    def single(
        self,
        side: str,
        symbol: str,
        quantity: int,
        limit: str | Decimal | None = None,
        quotes: Sequence[OptionQuote] = (),
    ) -> PaperOrder:
        """Send a single order, at market without a limit."""
        request = OrderRequest(
            tag=f"pt-{self.count}",
            underlying="SPY",
            symbol=symbol,
            side=Sides[side],
            quantity=Decimal(quantity),
            type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            duration=Duration.DAY,
            limit_price=None if limit is None else Decimal(limit),
            instrument=Instrument.EQUITY if symbol == "SPY" else Instrument.OPTION,
        )
        check_kinds([leg_of(request)])
        by_symbol = {quote.symbol: quote for quote in quotes}
        return self._enter([self._intake().order(self.ledger, request, by_symbol.get(symbol))], quotes)

    def combined(
        self, legs: Mapping[str, str], quantity: int, net: str | Decimal, quotes: Sequence[OptionQuote] = ()
    ) -> PaperOrder:
        """Send legs as one order: side by contract, `-2` sells two for a unit to open, `-x2` to close."""
        request = CombinedRequest(
            tag=f"pt-{self.count}",
            underlying="SPY",
            legs=tuple(_leg(symbol, word) for symbol, word in legs.items()),
            quantity=Decimal(quantity),
            net_price=Decimal(net),
            duration=Duration.DAY,
        )
        check_kinds(legs_of(request))
        return self._enter([self._intake().combined(self.ledger, request)], quotes)

    def oco(self, side: str, symbol: str, quantity: int, stop: str, target: str) -> list[PaperOrder]:
        """Send a stop and a target; returns the parent, the target and the stop."""
        request = OcoRequest(
            tag=f"pt-{self.count}",
            underlying="SPY",
            symbol=symbol,
            side=Sides[side],
            quantity=Decimal(quantity),
            stop_price=Decimal(stop),
            target_price=Decimal(target),
        )
        rows = self._intake().oco(self.ledger, request, None)
        self._enter(rows, ())
        return rows

    def meet(self, *quotes: OptionQuote) -> None:
        """Let time pass to now and the orders meet quotes."""
        pass_time(self.ledger, self.at, self.calendar)
        match_quotes(
            self.ledger,
            {quote.symbol: quote for quote in quotes},
            self.at,
            calendar=self.calendar,
            terms=TERMS,
            new_id=self.new_id,
        )

    def held(self) -> dict[str, Decimal]:
        """Return what is held, signed."""
        return self.ledger.held_all()

    def _enter(self, rows: list[PaperOrder], quotes: Sequence[OptionQuote]) -> PaperOrder:
        for row in rows:
            self.ledger.orders[row.id] = row
        self.meet(*quotes)
        return rows[0]

    def _intake(self) -> Intake:
        return Intake(now=self.at, calendar=self.calendar, fill_rule=TERMS.name, new_id=self.new_id)


def _leg(symbol: str, word: str) -> RequestLeg:
    side = word.rstrip("0123456789")
    return RequestLeg(
        symbol=symbol,
        side=Sides[side],
        ratio=int(word[len(side) :] or 1),
        instrument=Instrument.EQUITY if symbol == "SPY" else Instrument.OPTION,
    )

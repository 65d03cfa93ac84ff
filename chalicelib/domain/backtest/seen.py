"""What a run sees of the market at one instant: quotes, marks and Greeks of what it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.backtest.books import Quotes
from chalicelib.domain.backtest.moments import Moment
from chalicelib.domain.backtest.positions import HeldLeg, Position, weights_of
from chalicelib.domain.desk.book import OF_A_SHARE, Book, Greeks, Holding, net
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER
from chalicelib.domain.market.quotes import Mark, OptionQuote, mark_of

#: Stands for a size that bounds nothing, where sizes are assumed.
_UNBOUNDED: Final = 10_000_000


class Seen:
    """A moment as of one of its instants; each contract is read once for all runs."""

    def __init__(self, moment: Moment, at: datetime, *, sizes_are_assumed: bool = False) -> None:
        self.moment = moment
        self.at = at
        self._sizes_are_assumed = sizes_are_assumed

    @property
    def spot(self) -> float | None:
        """Return the underlying's price."""
        reading = self.moment.facts.spot
        return None if reading is None else reading.value

    def quote(self, symbol: str) -> OptionQuote | None:
        """Return a contract's quote as of this instant."""
        found = self.moment.quotes.quote(symbol, self.at)
        if found is None:
            return None
        if found.quoted_at != self.at:
            found = replace(found, quoted_at=self.at)
        if self._sizes_are_assumed:
            return replace(found, bid_size=_UNBOUNDED, ask_size=_UNBOUNDED)
        return found

    def quotes(self, symbols: Iterable[str]) -> dict[str, OptionQuote]:
        """Return the quotes of what is told."""
        found = {symbol: self.quote(symbol) for symbol in symbols}
        return {symbol: quote for symbol, quote in found.items() if quote is not None}

    def of_shares(self, underlying: str) -> dict[str, OptionQuote]:
        """Return the underlying's price as a quote on both sides; nothing where it is not known."""
        if self.spot is None:
            return {}
        price = Decimal(repr(round(self.spot, 4)))
        quote = OptionQuote(
            symbol=underlying,
            bid=price,
            ask=price,
            bid_size=None,
            ask_size=None,
            last=price,
            quoted_at=self.at,
            source="history",
            delay_seconds=0,
        )
        return {underlying: quote}

    def natural(self, legs: tuple[HeldLeg, ...], quotes: Quotes) -> tuple[Decimal | None, Decimal | None]:
        """Return the prices at which one can be left and entered at once: bid and ask of the whole."""
        if len(legs) == 1:
            quote = quotes.get(legs[0].symbol)
            return (None, None) if quote is None else (quote.bid, quote.ask)
        weighed, touches = weights_of(legs), [quotes.get(leg.symbol) for leg in legs]
        return weighed.natural_exit(touches), weighed.natural_entry(touches)

    def mark(self, position: Position, quotes: Quotes) -> Decimal | None:
        """Return what one structure is worth, its own signed price; None without usable quotes."""
        marks = [self._mark(quotes, leg) for leg in position.legs]
        return marks[0] if len(marks) == 1 else position.weights.net(marks)

    def marks(self, positions: Iterable[Position]) -> dict[str, Decimal]:
        """Return each held contract's mark, as far as it has one."""
        found: dict[str, Decimal] = {}
        for position in positions:
            if position.are_shares:
                shares = self.of_shares(position.legs[0].symbol)
                found |= {symbol: quote.bid for symbol, quote in shares.items() if quote.bid is not None}
                continue
            quotes = self.quotes(leg.symbol for leg in position.legs)
            for leg in position.legs:
                mark = self._mark(quotes, leg)
                if mark is not None:
                    found[leg.symbol] = mark
        return found

    def book(self, positions: Sequence[Position]) -> Book | None:
        """Return the net Greeks of all that is held; None where a leg's are not known."""
        return net(
            Holding(units=float(leg.side.sign * leg.ratio * position.left * of_one), greeks=greeks)
            for position in positions
            for leg in position.legs
            for of_one, greeks in [self._greeks(position, leg)]
        )

    def _greeks(self, position: Position, leg: HeldLeg) -> tuple[Decimal, Greeks | None]:
        if position.are_shares:
            return Decimal(1), OF_A_SHARE
        if self.spot is None:
            return OPTION_MULTIPLIER, None
        closes_at = self.moment.session.closes_at
        return OPTION_MULTIPLIER, self.moment.quotes.greeks(leg.symbol, self.at, closes_at)

    def _mark(self, quotes: Quotes, leg: HeldLeg) -> Decimal | None:
        found = mark_of(quotes.get(leg.symbol), leg.symbol, self.at, side=leg.side)
        return found.price if isinstance(found, Mark) else None

"""Quotes of what the desk holds, read anew each exit scan: one call an underlying, side by side (B-06)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import Mark, OptionQuote, mark_of, of_one_moment
from chalicelib.domain.structures.weighed import Share, weigh
from chalicelib.marketdata.interface import Chain, MarketData
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.desk.leaving.watched import Judged
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.desk.market.questions import Question


@dataclass(slots=True, kw_only=True)
class Looked:
    """What vendors showed of the legs at one look; `errors` by underlying."""

    at: datetime
    quotes: Mapping[str, OptionQuote] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    _marks: dict[tuple[str, str], Decimal | None] = field(default_factory=dict)

    def mark(self, trade: Judged) -> Decimal | None:
        """Return what a trade is worth, its own signed price; None without usable quotes of one moment."""
        row = trade.row
        if not trade.is_marked:
            return None
        marks = [self._mark_of(symbol, side) for symbol, side in zip(row.symbols, row.sides, strict=True)]
        if len(marks) == 1:
            return marks[0]
        if None in marks or not of_one_moment(self.quotes.get(symbol) for symbol in row.symbols):
            return None
        shares = zip(row.instruments, row.sides, row.ratios, row.multipliers, strict=True)
        return weigh(tuple(Share(*share) for share in shares)).net(marks)

    def _mark_of(self, symbol: str, side: str) -> Decimal | None:
        """Mark a leg once for all trades that hold it on this side."""
        if (symbol, side) not in self._marks:
            mark = mark_of(self.quotes.get(symbol), symbol, self.at, side=LegSide(side))
            self._marks[symbol, side] = mark.price if isinstance(mark, Mark) else None
        return self._marks[symbol, side]


@dataclass(slots=True, kw_only=True)
class _Wanted:
    """What is asked of one underlying, and for whom: their tokens may read it."""

    symbols: set[str] = field(default_factory=set)
    usernames: set[str] = field(default_factory=set)


class LegQuestions:
    """The questions about the legs of some trades: carried out by whoever asks others beside them."""

    def __init__(self, sources: DataSources, trades: Iterable[Judged]) -> None:
        wanted: dict[str, _Wanted] = {}
        for trade in trades:
            if trade.is_marked:
                one = wanted.setdefault(trade.row.ticker, _Wanted())
                one.symbols.update(trade.row.symbols)
                one.usernames.add(trade.row.username)
        self._of = {
            ticker: Question(partial(_ask, sources, ticker, sorted(one.symbols), sorted(one.usernames)))
            for ticker, one in wanted.items()
        }

    @property
    def questions(self) -> Sequence[Question[Chain]]:
        """Return them, one an underlying."""
        return list(self._of.values())

    def answered(self, at: datetime) -> Looked:
        """Return what was shown, once they were asked; `at` is now."""
        quotes: dict[str, OptionQuote] = {}
        for question in self._of.values():
            quotes |= {} if question.value is None else question.value.quotes
        troubles = {ticker: one.trouble for ticker, one in self._of.items()}
        errors = {ticker: trouble for ticker, trouble in troubles.items() if trouble is not None}
        return Looked(at=at, quotes=quotes, errors=errors)


def _ask(sources: DataSources, ticker: str, symbols: Sequence[str], usernames: Sequence[str]) -> Chain:
    def ask(source: MarketData) -> Chain:
        return leg_quotes(source, ticker, symbols)

    return sources.ask_chain(usernames, ask)

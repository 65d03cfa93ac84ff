"""Marks of structures: a usable quote of every leg, all of one moment, or none (W-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.market.quotes import NoMark, OptionQuote, mark_of
from chalicelib.domain.structures.prices import net_price
from chalicelib.domain.structures.terms import LegTerms

#: W-02: quotes of one structure are at most so far apart.
ONE_MOMENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureMark:
    """A structure's price and its legs' own, in their order; `one_sided` when any leg's quote is."""

    price: Decimal
    one_sided: bool
    of_legs: tuple[Decimal, ...]


def mark_structure(
    legs: Sequence[LegTerms], symbols: Sequence[str], quotes: Sequence[OptionQuote | None], now: datetime
) -> StructureMark | NoMark:
    """Mark a structure by its legs' quotes, all in the legs' order; why not names the leg."""
    prices: list[Decimal] = []
    one_sided = False
    for leg, symbol, quote in zip(legs, symbols, quotes, strict=True):
        mark = mark_of(quote, symbol, now, side=leg.side)
        if isinstance(mark, NoMark):
            return mark if len(legs) == 1 else NoMark(reason=f"{symbol}: {mark.reason}")
        prices.append(mark.price)
        one_sided = one_sided or mark.one_sided
    laggard = _laggard(symbols, quotes)
    if laggard is not None:
        return NoMark(reason=laggard)
    return StructureMark(price=net_price(legs, prices), one_sided=one_sided, of_legs=tuple(prices))


def _laggard(symbols: Sequence[str], quotes: Sequence[OptionQuote | None]) -> str | None:
    """Return why the quotes are not of one moment, None when they are."""
    told = [
        (quote.quoted_at, symbol)
        for quote, symbol in zip(quotes, symbols, strict=True)
        if quote is not None and quote.quoted_at is not None
    ]
    (oldest, symbol), (newest, _) = min(told), max(told)
    if newest - oldest <= ONE_MOMENT:
        return None
    return f"{symbol}: quote {(newest - oldest).total_seconds():.0f} s older than another leg's"

"""Drift between books and broker in what the desk trades (B-07): seen, believed, accepted, over. Pure.

Unlike `books`, which looks for what our trades lost, this looks both ways, and at all that an account holds
of an underlying: shares that nobody explains are a difference too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.trading.books import APART


class Counted(NamedTuple):
    """How much of a contract, or of shares, our trades hold and the broker shows: below 0 short."""

    books: Decimal
    broker: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A difference that all looks since `since` agreed on; `accepted`: its owner knows, it blocks nothing."""

    symbol: str
    books: Decimal
    broker: Decimal
    since: datetime
    accepted: bool = False

    @property
    def off(self) -> Decimal:
        """Return what the broker shows beyond the books."""
        return self.broker - self.books

    @property
    def underlying(self) -> str:
        """Return the ticker whose entries it blocks."""
        return underlying_of_symbol(self.symbol)

    def is_believed(self, at: datetime) -> bool:
        """Say whether two looks a minute apart have shown it: then its owner is told."""
        return at - self.since >= APART


def underlying_of_symbol(symbol: str) -> str:
    """Return what a position is on: an option's underlying, shares themselves."""
    try:
        return OptionContract.parse_occ(symbol).underlying
    except NotAnOptionSymbol:
        return symbol


def has_ended(symbol: str, today: date) -> bool:
    """Say whether a contract expired before today."""
    try:
        return OptionContract.parse_occ(symbol).expiry < today
    except NotAnOptionSymbol:
        return False


def drifts_after(
    before: Mapping[str, Drift], counted: Mapping[str, Counted], unsure: Collection[str], at: datetime
) -> dict[str, Drift]:
    """Return the differences after a look; what was not counted is over.

    What is `unsure`, since an order that works may explain it, stays as it was. A difference of another size
    is a new one: its owner accepted the other.
    """
    found: dict[str, Drift] = {}
    for symbol, (books, broker) in counted.items():
        known = before.get(symbol)
        if symbol in unsure:
            found |= {} if known is None else {symbol: known}
        elif books != broker:
            is_same = known is not None and known.off == broker - books
            seen = Drift(symbol=symbol, books=books, broker=broker, since=at)
            found[symbol] = replace(known, books=books, broker=broker) if known and is_same else seen
    return found


def accepted(drifts: Mapping[str, Drift], underlying: str) -> dict[str, Drift]:
    """Return the same with the differences of one underlying accepted."""
    return {
        symbol: replace(one, accepted=True) if one.underlying == underlying else one
        for symbol, one in drifts.items()
    }

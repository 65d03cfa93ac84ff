"""Option quotes and the rules that make one usable (A-02, I-15): never replaced in silence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER
from chalicelib.domain.money import to_price

#: A-02: limit for marks and fills, counted beyond the source's own delay.
QUOTE_AGE_MAX: Final = timedelta(seconds=120)
#: A-02: beside an ask up to this, nobody bidding is worth half the ask; beyond it the ask alone says nothing.
WORTHLESS_ASK_MAX: Final = Decimal("0.10")
#: W-02: how far apart the quotes of a structure's legs may be.
APART_MAX: Final = timedelta(seconds=60)
#: Clocks differ a little: a quote from slightly ahead of us is now's, one from far ahead is nonsense.
CLOCK_SKEW_MAX: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionQuote:
    """A quote of one contract, or of shares, which have no Greeks.

    Prices per share, sizes in contracts, IV a yearly fraction.

    Greeks per share: delta signed by right, theta per day, vega per vol point. None is "not known". A bid of
    0 is a market in which nobody bids (Tradier and ORATS write 0 for it); a bid of None was not told.
    `delay_seconds` is the source's own delay. `multiplier` is what one contract stands for, the standard one
    where the source lists nothing else; of shares it says nothing.
    """

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    bid_size: int | None
    ask_size: int | None
    last: Decimal | None
    quoted_at: datetime | None
    source: str
    delay_seconds: int
    multiplier: Decimal = OPTION_MULTIPLIER
    volume: int | None = None
    open_interest: int | None = None
    delta: Decimal | None = None
    gamma: Decimal | None = None
    theta: Decimal | None = None
    vega: Decimal | None = None
    iv: Decimal | None = None

    @property
    def has_bid(self) -> bool:
        """Say whether somebody bids."""
        return self.bid is not None and self.bid > 0

    @property
    def nobody_bids(self) -> bool:
        """Say whether the market was seen and nobody bids in it: a bid of 0 beside an ask."""
        return self.bid == 0 and self.has_ask

    @property
    def has_ask(self) -> bool:
        """Say whether somebody offers."""
        return self.ask is not None and self.ask > 0

    @property
    def is_delayed(self) -> bool:
        """Say whether the source is a delayed one, which the page shows as "15 min"."""
        return self.delay_seconds > 0

    @property
    def mid(self) -> Decimal | None:
        """Return the middle of a two-sided quote, None otherwise."""
        bid, ask = self.bid, self.ask
        if bid is None or ask is None or bid <= 0 or ask <= 0:
            return None
        return to_price((bid + ask) / 2)


class QuoteFault(StrEnum):
    """Why a quote may not be used."""

    MISSING = "no quote"
    WRONG_INSTRUMENT = "quote of another instrument"
    NO_TIME = "quote without a time"
    STALE = "quote too old"
    FROM_THE_FUTURE = "quote from the future"
    CROSSED = "crossed quote"
    NO_BID = "no bid"
    NO_ASK = "no ask"
    NO_SIDES = "neither bid nor ask"


def quote_fault(quote: OptionQuote | None, symbol: str, now: datetime) -> QuoteFault | None:
    """Return why `quote` may not be used for `symbol` at `now`, None when it may (one side may be missing).

    Locked quotes (bid equal to ask) are usable, crossed ones are not.
    """
    if quote is None:
        return QuoteFault.MISSING
    if quote.symbol != symbol:
        return QuoteFault.WRONG_INSTRUMENT
    if quote.quoted_at is None:
        return QuoteFault.NO_TIME
    age = now - quote.quoted_at
    if age > QUOTE_AGE_MAX and age > QUOTE_AGE_MAX + timedelta(seconds=quote.delay_seconds):
        return QuoteFault.STALE
    if age < -CLOCK_SKEW_MAX:
        return QuoteFault.FROM_THE_FUTURE
    if quote.has_bid and quote.has_ask and quote.bid is not None and quote.ask is not None:
        return QuoteFault.CROSSED if quote.bid > quote.ask else None
    return None if quote.has_bid or quote.has_ask else QuoteFault.NO_SIDES


def usable(quote: OptionQuote | None, symbol: str, now: datetime) -> OptionQuote | None:
    """Return the quote if it may be used for `symbol` at `now`, else None; one side may be missing."""
    return quote if quote_fault(quote, symbol, now) is None else None


def of_one_moment(quotes: Iterable[OptionQuote | None]) -> bool:
    """Say whether the quotes of a structure's legs belong together: their times within 60 s (W-02)."""
    times = [quote.quoted_at for quote in quotes if quote is not None and quote.quoted_at is not None]
    return not times or max(times) - min(times) <= APART_MAX


class Mark(NamedTuple):
    """A usable mark; `one_sided` when one side of its quote is missing."""

    price: Decimal
    one_sided: bool


class NoMark(NamedTuple):
    """No usable mark, and why."""

    reason: str


def mark_of(
    quote: OptionQuote | None, symbol: str, now: datetime, *, side: LegSide = LegSide.LONG
) -> Mark | NoMark:
    """Mark an option held on `side` by A-02: mid, else bid alone, else what closing brings where nobody bids.

    A bid that was not told is not a bid of 0: it gives no new mark, with its reason.
    """
    fault = quote_fault(quote, symbol, now)
    if fault is not None or quote is None:
        return NoMark(reason=str(fault or QuoteFault.MISSING))
    mid = quote.mid
    if mid is not None:
        return Mark(price=mid, one_sided=False)
    if quote.has_bid and quote.bid is not None:
        return Mark(price=quote.bid, one_sided=True)
    if quote.nobody_bids and quote.ask is not None:
        return Mark(price=_without_a_bid(quote.ask, side), one_sided=True)
    return NoMark(reason=QuoteFault.NO_BID)


def _without_a_bid(ask: Decimal, side: LegSide) -> Decimal:
    if ask <= WORTHLESS_ASK_MAX:
        return to_price(ask / 2)
    return Decimal(0) if side is LegSide.LONG else ask

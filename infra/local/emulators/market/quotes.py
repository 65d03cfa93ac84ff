"""What a market shows its vendors, whether it is simulated or replayed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from infra.local.emulators.market.black_scholes import Array, Greeks
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.occ import Contract, Right
from infra.local.emulators.market.sessions import Session

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockQuote:
    """The state of one underlying; prices in dollars, instants in seconds since 1970.

    `opening`, `high` and `low` are None before the day's first trade, `closing` until the session is over;
    `bid` and `ask` are None where nobody quotes (an index).
    """

    instrument: Instrument
    last: float
    bid: float | None
    ask: float | None
    bid_size: int
    ask_size: int
    quoted_second: int
    traded_second: int
    opening: float | None
    high: float | None
    low: float | None
    closing: float | None
    previous_close: float
    volume: int
    year_high: float
    year_low: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSide:
    """The calls or the puts of one expiry, one element per strike.

    NaN in `bid` or `ask` means never quoted that day; a bid of 0 means that nobody bids. `value` is the
    theoretical price; an implied volatility of 0 is one that cannot be solved for.
    """

    bid: Array
    ask: Array
    value: Array
    bid_size: Integers
    ask_size: Integers
    volume: Integers
    open_interest: Integers
    bid_volatility: Array
    middle_volatility: Array
    ask_volatility: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPrices:
    """Trade prices of one side of a chain, one element per strike, NaN for none."""

    last: Array
    opening: Array
    high: Array
    low: Array
    previous_close: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What somebody holds of one quote, None for what goes its own way.

    Prices are dollars per share, `volatility` a yearly fraction, `age_seconds` how old the quote always is.
    """

    bid: float | None = None
    ask: float | None = None
    bid_size: int | None = None
    ask_size: int | None = None
    volume: int | None = None
    open_interest: int | None = None
    age_seconds: float | None = None
    volatility: float | None = None
    without_greeks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """All options of one root and expiry as last quoted at or before an instant.

    `held` is what a hand holds of single contracts, by right and row, `held_seconds` when those are said to
    have been quoted (since 1970) that are not of `quoted_second`.
    """

    instrument: Instrument
    expiry: date
    session: Session
    quoted_second: int
    spot: float
    strikes: Array
    rows: dict[int, int]
    calls: ChainSide
    puts: ChainSide
    volatility: Array
    greeks: Greeks
    root: str
    held: Mapping[tuple[Right, int], Held] = field(default_factory=dict)
    held_seconds: Mapping[tuple[Right, int], int] = field(default_factory=dict)

    def side(self, right: Right) -> ChainSide:
        """Return the calls or the puts."""
        return self.calls if right is Right.CALL else self.puts

    def quoted_at(self, right: Right, row: int) -> int:
        """Return the second at which a contract was quoted."""
        return self.held_seconds.get((right, row), self.quoted_second)

    def row_of(self, contract: Contract) -> int | None:
        """Return the row of a contract's strike, None when it is not listed."""
        return self.rows.get(contract.strike_thousandths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """Best bid and ask at ascending instants (seconds since 1970); NaN or 0 where a side is missing."""

    seconds: Integers
    bid: Array
    ask: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePath:
    """Prices at which a symbol traded, at ascending instants (seconds since 1970), with volumes."""

    seconds: Integers
    price: Array
    volume: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBar:
    """One session of one symbol; prices in dollars, the close that of the moment while it lasts."""

    day: date
    opening: float
    high: float
    low: float
    closing: float
    volume: int


class Market(Protocol):
    """One market over which all vendors' emulators speak."""

    @property
    def revision(self) -> int:
        """A number that changes whenever somebody has moved the market by hand."""
        ...

    def now(self) -> datetime:
        """Return the product's time, aware UTC."""
        ...

    def instruments(self) -> Sequence[Instrument]:
        """Return every underlying."""
        ...

    def instrument(self, symbol: str) -> Instrument | None:
        """Return one underlying."""
        ...

    def stock_quote(self, symbol: str, at: datetime) -> StockQuote | None:
        """Return an underlying as last quoted at or before an instant."""
        ...

    def expiries(self, symbol: str, on: date) -> tuple[date, ...]:
        """Return the expiries listed on a date, ascending."""
        ...

    def strikes(self, symbol: str, expiry: date, on: date) -> Array:
        """Return the strikes listed on a date, ascending; empty when there are none."""
        ...

    def chain(self, symbol: str, expiry: date, at: datetime, root: str = "") -> Chain | None:
        """Return one expiry's options (of its first root unless told) as last quoted at or before then."""
        ...

    def day_prices(self, chain: Chain, right: Right) -> DayPrices:
        """Return the trade prices belonging to a chain."""
        ...

    def touches(self, symbol: str, first: int, last: int) -> Touches:
        """Return the quotes of a stock or option from one second to another, both inclusive.

        Both lie in one session. The first element is the quote standing at `first`.
        """
        ...

    def trades(self, symbol: str, session: Session, until: datetime) -> TradePath:
        """Return the trades of one session up to an instant."""
        ...

    def official_close(self, symbol: str, day: date) -> float | None:
        """Return the last price of the regular session of a date."""
        ...

    def opening_settlement(self, symbol: str, day: date) -> float | None:
        """Return what an index settled at in the morning of a date; None before its open."""
        ...

    def daily_bar(self, symbol: str, day: date, until: datetime) -> DailyBar | None:
        """Return the bar of one session of a stock or option, up to an instant; None when there is none."""
        ...

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have somebody called just before and just after each change by hand."""
        ...

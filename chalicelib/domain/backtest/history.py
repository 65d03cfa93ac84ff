"""What a backtest reads: chains as columns, one moment at a time, and daily facts beside them (B-12).

A source that is not there is None, not an empty one: its gate fails and the report names it, unless the
request assumes it away. A gap inside a source is a day that it does not tell of. In arrays, NaN is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.pipeline.company_dates import Dividend
from chalicelib.domain.desk.pipeline.facts import MacroWindow

Floats = npt.NDArray[np.floating]
Days = npt.NDArray[np.int32]
"""Days as `date.toordinal()`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainRows:
    """One underlying's contracts at one moment, a row a contract, all columns of one length.

    Rows ascend by (expiry, strike, is_call) and no contract has two; adjusted contracts are left out. Prices
    are dollars per share, IV a yearly fraction, delta signed by right, vega dollars per volatility point;
    a bid or an ask of 0 is nobody, NaN was not told. `at` is the moment that the quotes are of, aware; of
    end-of-day data the day's close, and `is_end_of_day` says so: gates see the last minute that entries may.
    `age_s` is how old each quote was then, None: all are of that moment. `spot` is the underlying's
    price. `vix` and `vix3m` are the moment's where the source tells them, else the day's are taken.
    """

    at: datetime
    spot: float | None
    expiry: Days
    strike: Floats
    is_call: npt.NDArray[np.bool_]
    bid: Floats
    ask: Floats
    bid_size: Floats
    ask_size: Floats
    volume: Floats
    open_interest: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    root: str
    multiplier: float = 100.0
    is_end_of_day: bool = True
    vix: float | None = None
    vix3m: float | None = None
    age_s: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """Daily bars of the underlying, full sessions by day ascending; in the same shares as the strikes."""

    day: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """One value a day, ascending by day: closes of VIX or VIX3M, or 30-day ATM IV as a fraction."""

    day: Days
    value: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsDays:
    """Days of earnings ascending; `has_none`: known to have none at all, as a fund or an index."""

    days: tuple[date, ...] = ()
    has_none: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividends:
    """Dividends by ex-date ascending; `has_none`: known to pay none."""

    items: tuple[Dividend, ...] = ()
    has_none: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DailyHistory:
    """All that is told once a day or less; None: the source is not there.

    `bars` and `iv` should begin a year before the first day that is tested: 50 sessions for the averages, 126
    stored values for the IV rank.
    """

    bars: Bars | None = None
    vix: Series | None = None
    vix3m: Series | None = None
    iv: Series | None = None
    earnings: EarningsDays | None = None
    dividends: Dividends | None = None
    macro_windows: tuple[MacroWindow, ...] | None = None


class History(Protocol):
    """A market of the past, read a day at a time: a loader's files, or the generator."""

    @property
    def underlying(self) -> str:
        """Return whose chains they are."""
        ...

    @property
    def daily(self) -> DailyHistory:
        """Return what is told once a day."""
        ...

    @property
    def fingerprint(self) -> str:
        """Return what these data are known by in a result's manifest: their hash, or seed and parameters."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is to be said of these data on the first page."""
        ...

    def chains(self, day: date) -> Sequence[ChainRows]:
        """Return a day's moments in their order: one of end-of-day data, none for a gap."""
        ...

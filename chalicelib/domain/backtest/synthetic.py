"""A made-up options market (B-12): every input that a gate asks for, the same each time for the same seed.

Chains are Black-Scholes around a path with a skewed smile: IV(m) = atm × (1 - 0.11 m + 0.018 m²), where m is
ln(strike / spot) in standard deviations; ATM variance runs in a straight line between VIX's month and VIX3M's
three. It is for demonstrations: no edge that a strategy finds here says anything about a real one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.history import (
    ChainRows,
    DailyHistory,
    Dividends,
    EarningsDays,
    Series,
)
from chalicelib.domain.backtest.listing import listed_expiries, listed_strikes
from chalicelib.domain.backtest.moments import close_on, value_on
from chalicelib.domain.backtest.paths import Path, Recorded, drawn_path, recorded_path
from chalicelib.domain.backtest.releases import dividends_of, earnings_of, releases_between
from chalicelib.domain.clocks.calendar import CLOSE_TIME, MarketCalendar, new_york_instant
from chalicelib.domain.instruments.kinds import kind_of
from chalicelib.domain.options.arrays import Contracts, values_and_greeks

Array = npt.NDArray[np.float64]

#: Sessions before the first that is tested: a year of IV history, and what averages need.
_WARM_UP: Final = timedelta(days=430)
_PRICE: Final = 500.0
_SKEW, _CURVE = -0.11, 0.018
_DEVIATIONS: Final = (-4.0, 3.0)
_IV_MIN: Final = 0.05
_MONTH, _QUARTER = 30 / 365, 93 / 365
MADE_UP: Final = "The market is made up: no result on it says anything about a real one."
#: Version of the generator: part of what a result is known by.
MAKE: Final = "synthetic-1"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Laid:
    """A day's contracts before they are priced."""

    expiry: npt.NDArray[np.int32]
    strike: Array
    is_call: npt.NDArray[np.bool_]


class SyntheticMarket:
    """A history that is made as it is read; nothing of it is kept."""

    def __init__(
        self,
        underlying: str,
        first: date,
        last: date,
        seed: int,
        calendar: MarketCalendar,
        recorded: Recorded | None = None,
    ) -> None:
        self._underlying, self._seed, self._calendar = underlying, seed, calendar
        begins = first - _WARM_UP
        sessions = [
            day
            for day in (begins + timedelta(days=one) for one in range((last - begins).days + 1))
            if calendar.is_trading_day(day)
        ]
        self._path = drawn_path(sessions, _PRICE, seed) if recorded is None else recorded_path(recorded)
        self._daily = _daily(underlying, self._path, begins, last)
        self._first, self._last = first, last

    @property
    def underlying(self) -> str:
        """Return whose chains they are."""
        return self._underlying

    @property
    def daily(self) -> DailyHistory:
        """Return what is told once a day."""
        return self._daily

    @property
    def fingerprint(self) -> str:
        """Return the generator's version with the hash of the path that everything follows from."""
        path, seen = self._path, sha256()
        for column in (path.bars.day, path.bars.close, path.vix.value, path.vix3m.value):
            seen.update(np.ascontiguousarray(column).tobytes())
        return f"{MAKE}:{self._underlying}:{self._seed}:{seen.hexdigest()[:16]}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is to be said of it."""
        return (MADE_UP,)

    def chains(self, day: date) -> Sequence[ChainRows]:
        """Make a day's chain; nothing on days that records do not tell of."""
        spot = close_on(self._path.bars, day)
        near, far = value_on(self._path.vix, day), value_on(self._path.vix3m, day)
        if spot is None or near is None or far is None:
            return ()
        laid = self._laid(day)
        years = np.maximum((laid.expiry - day.toordinal()) / 365, 1 / (365 * 24))
        iv = _smile(laid.strike, spot, years, near / 100, far / 100)
        contracts = Contracts(is_call=laid.is_call, strike=laid.strike, years=years)
        worth, told = values_and_greeks(contracts, spot, iv)
        bid, ask = _quoted(worth)
        chance = np.random.default_rng([self._seed, day.toordinal()])
        popular = np.exp(-((np.log(laid.strike / spot) / 0.12) ** 2)) + 0.02
        return (
            ChainRows(
                at=new_york_instant(day, CLOSE_TIME),
                spot=spot,
                root=_root(self._underlying),
                expiry=laid.expiry,
                strike=laid.strike,
                is_call=laid.is_call,
                bid=bid,
                ask=ask,
                bid_size=chance.integers(20, 400, len(bid)).astype(np.float32),
                ask_size=chance.integers(20, 400, len(bid)).astype(np.float32),
                volume=np.floor(popular * chance.integers(50, 4_000, len(bid))).astype(np.float32),
                open_interest=np.floor(popular * 15_000 * _by_contract(laid, self._seed)).astype(np.float32),
                iv=np.round(iv, 4),
                delta=np.round(told.delta, 5),
                gamma=np.round(told.gamma, 7),
                vega=np.round(told.vega, 5),
            ),
        )

    def _laid(self, day: date) -> _Laid:
        """List the day's contracts: expiries ahead, strikes around where prices have been of late."""
        bars = self._path.bars
        end = int(np.searchsorted(bars.day, day.toordinal(), side="right"))
        lately = np.asarray(bars.close[max(end - 60, 0) : end], dtype=np.float64)
        expiries = listed_expiries(day, self._calendar)
        strikes = listed_strikes(lately, [(one - day).days for one in expiries])
        expiry = np.array([one.toordinal() for one in expiries], dtype=np.int32)
        counts = [2 * len(one) for one in strikes]
        return _Laid(
            expiry=np.repeat(expiry, counts),
            strike=np.repeat(np.concatenate(strikes), 2),
            is_call=np.arange(sum(counts)) % 2 == 1,
        )


def _root(underlying: str) -> str:
    """Return what its contracts' symbols begin with: six letters and digits at most."""
    return "".join(one for one in underlying.upper() if one.isalnum())[:6]


def _daily(underlying: str, path: Path, first: date, last: date) -> DailyHistory:
    kind = kind_of(underlying)
    has_none = kind is not None and not kind.tells_earnings
    ends = last + timedelta(days=800)
    return DailyHistory(
        bars=path.bars,
        vix=path.vix,
        vix3m=path.vix3m,
        iv=Series(day=path.vix.day, value=np.round(np.asarray(path.vix.value) / 100, 4)),
        earnings=EarningsDays(has_none=True) if has_none else EarningsDays(days=earnings_of(first, ends)),
        dividends=Dividends(items=dividends_of(first, ends)),
        macro_windows=releases_between(first, last),
    )


def _smile(strike: Array, spot: float, years: Array, near: float, far: float) -> Array:
    """Return each contract's IV, a yearly fraction."""
    share = np.clip((years - _MONTH) / (_QUARTER - _MONTH), 0, 1)
    known = np.clip(years, _MONTH, _QUARTER)
    total = (1 - share) * near**2 * _MONTH + share * far**2 * _QUARTER
    atm = np.sqrt(total / known)
    away = np.clip(np.log(strike / spot) / (atm * np.sqrt(years)), *_DEVIATIONS)
    iv: Array = np.maximum(atm * (1 + _SKEW * away + _CURVE * away**2), _IV_MIN)
    return iv


def _quoted(value: Array) -> tuple[Array, Array]:
    """Return bids and asks in cents around values, about a per cent apart; below half a cent nobody bids."""
    half = 0.005 + 0.008 * value
    bid = np.floor((value - half) * 100 + 1e-9) / 100
    ask = np.maximum(np.ceil((value + half) * 100 - 1e-9) / 100, 0.01)
    return np.maximum(bid, 0.0), ask


def _by_contract(laid: _Laid, seed: int) -> Array:
    """Return a number from 0 to 1 that stays a contract's own, day after day."""
    mixed = laid.expiry.astype(np.int64) * 7919 + np.round(laid.strike * 100).astype(np.int64) * 104_729
    mixed = (mixed + laid.is_call * 15_485_863 + seed * 32_452_843) % 1_000_003
    share: Array = (mixed * mixed % 1_000_003) / 1_000_003
    return share

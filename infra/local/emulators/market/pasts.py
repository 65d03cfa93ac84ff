"""The past of each underlying as the market was found: made for a regime, and as old as indicators look back.

Days before the market began are no prices that anybody traded at, so they can be laid as a regime asks. They
end at the price that the path goes on from, and begin where the path had been.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.quotes import DailyBar
from infra.local.emulators.market.regimes import LAID_SESSIONS, YEAR_SESSIONS, Ends, Regime, Trend, make_bars
from infra.local.emulators.market.seeds import generator
from infra.local.emulators.market.sessions import Session, session_before

#: A quiet market: what is realised stays well under what options ask for.
QUIET_ADX: Final = 15.0
TRENDING_ADX: Final = 30.0
QUIET_SHARE: Final = 0.625
WHOLE_MARKET: Final = "*"
UNEVEN_VOLUME: Final = 0.2
#: No laid session is as long ago as that before the last one.
LAID_SPAN: Final = timedelta(days=LAID_SESSIONS * 2)
#: Of what a day's path may stray between its corners.
STRAY: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One underlying's past: laid up to a last day (inclusive), whose close it ends at, in dollars."""

    last_day: date
    last_close: float
    regime: Regime


def quiet(instrument: Instrument) -> Regime:
    """Return the regime that a market begins with: no trend, and less realised than implied."""
    return Regime(trend=Trend.NONE, adx=QUIET_ADX, realised_volatility=QUIET_SHARE * instrument.volatility)


def strength_of(trend: Trend) -> float:
    """Return the ADX that goes with a trend where nobody says another."""
    return QUIET_ADX if trend is Trend.NONE else TRENDING_ADX


class LaidPasts:
    """Bars and paths of the days that were laid, of each underlying quiet ones until told otherwise."""

    def __init__(
        self,
        seed: int,
        instruments: Mapping[str, Instrument],
        last_day: date,
        close_of: Callable[[str, date], float],
    ) -> None:
        """`last_day` is the last session before the market began; `close_of` gives the path's own closes."""
        self._seed = seed
        self._instruments = instruments
        self._last_day = last_day
        self._close_of = close_of
        self._told: dict[str, Past] = {}
        self._bars: dict[str, dict[date, DailyBar]] = {}

    def lay(self, symbol: str, past: Past) -> None:
        """Put a past in the place of an underlying's former one. Raises Unreachable, and nothing changes."""
        self._bars[symbol] = self._made(self._instruments[symbol], past)
        self._told[symbol] = past

    def told(self) -> dict[str, Past]:
        """Return the pasts that were laid by hand, by symbol."""
        return dict(self._told)

    def restore(self, last_day: date, told: Mapping[str, Past]) -> None:
        """Be the pasts of a former run again."""
        self._last_day = last_day
        self._told.clear()
        self._bars.clear()
        for symbol, past in told.items():
            self.lay(symbol, past)

    def bar(self, symbol: str, day: date) -> DailyBar | None:
        """Return the bar of a laid day, None for any other."""
        if symbol not in self._bars:
            if not self._last_day - LAID_SPAN <= day <= self._last_day:
                return None
            instrument = self._instruments[symbol]
            close = self._close_of(symbol, self._last_day)
            past = Past(last_day=self._last_day, last_close=close, regime=quiet(instrument))
            self._bars[symbol] = self._made(instrument, past)
        return self._bars[symbol].get(day)

    def path(self, symbol: str, session: Session) -> Array | None:
        """Return the price of each second of a laid day, from its open over its extremes to its close."""
        bar = self.bar(symbol, session.day)
        return None if bar is None else self._path(self._instruments[symbol], session, bar)

    def _made(self, instrument: Instrument, past: Past) -> dict[date, DailyBar]:
        symbol, days = instrument.symbol, [past.last_day]
        while len(days) < LAID_SESSIONS:
            days.append(session_before(days[-1]).day)
        days.reverse()
        ends = Ends(first=self._close_of(symbol, session_before(days[0]).day), last=past.last_close)
        own, common = (self._uneven(name, days) for name in (symbol, WHOLE_MARKET))
        shared = abs(instrument.correlation)
        uneven = shared * common + (1 - shared) * own
        bars = make_bars(past.regime, ends, uneven, against=instrument.correlation < 0)
        volume = instrument.average_volume * (1 + UNEVEN_VOLUME * own)
        return {
            day: DailyBar(
                day=day,
                opening=float(bars.opening[row]),
                high=float(bars.high[row]),
                low=float(bars.low[row]),
                closing=float(bars.closing[row]),
                volume=int(volume[row]),
            )
            for row, day in enumerate(days)
        }

    def _uneven(self, name: str, days: Sequence[date]) -> Array:
        drawn = [generator(self._seed, name, "uneven", day.toordinal()).uniform(-1, 1) for day in days]
        return np.array(drawn)

    def _path(self, instrument: Instrument, session: Session, bar: DailyBar) -> Array:
        random = generator(self._seed, instrument.symbol, "laid", session.day.toordinal())
        last = session.seconds - 1
        first_extreme, second_extreme = np.sort(random.integers(last // 20, last - last // 20, 2))
        extremes = (bar.high, bar.low) if random.random() < 0.5 else (bar.low, bar.high)
        corners = np.array([0, first_extreme, second_extreme + 1, last])
        prices = np.array([bar.opening, *extremes, bar.closing])
        seconds = np.arange(session.seconds)
        step = STRAY * instrument.volatility * bar.closing / np.sqrt(YEAR_SESSIONS * session.seconds)
        walk = np.cumsum(step * random.standard_normal(session.seconds))
        strays = walk - np.interp(seconds, corners, walk[corners])
        path = np.clip(np.interp(seconds, corners, prices) + strays, bar.low, bar.high)
        return np.asarray(np.round(path, 2))

"""Past daily bars of which indicators say what was asked for: a trend, its strength, a volatility.

Closes swing to and fro about a smooth line, highs and lows about the same line by a swing of their own. The
line makes the trend; the closes' swing is found so that the volatility realised over 20 sessions is met, then
that of highs and lows, which weakens the directional movement the wider it is, so that the ADX of 14 sessions
is met. Indicators as in B-03: EMA 20, SMA 50, ADX 14 (Wilder), deviations of 20 daily log returns times √252.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array

#: Sessions that are laid: the first join what was before, the last ones make the indicators.
LAID_SESSIONS: Final = 150
TRENDING_SESSIONS: Final = 60
#: Without a trend the line rises and has been falling for so many sessions: the short average is above the
#: long one, and the price below both.
TURNED_SESSIONS: Final = 12
RISE_BEFORE: Final = 0.6
#: Of a day's deviation; the weaker one where highs and lows cannot swing widely enough to hide the strongest.
DRIFTS: Final = (0.3, 0.1)
REALISED_SESSIONS: Final = 20
YEAR_SESSIONS: Final = 252.0
ADX_PERIOD: Final = 14
ADX_TOLERANCE: Final = 1.0
UNEVEN: Final = 0.2
STEPS: Final = 60


class Trend(StrEnum):
    """Up: spot over EMA 20 over SMA 50; down: under; none: neither."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Unreachable(ValueError):
    """No bars say all that was asked for."""

    def __init__(self, trend: Trend, adx: float) -> None:
        super().__init__(f"no bars with the trend {trend} have an ADX of {adx:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """What indicators shall say; `adx` from 0 to 100, `realised_volatility` a yearly fraction."""

    trend: Trend
    adx: float
    realised_volatility: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Daily prices, one element a session, the oldest first."""

    opening: Array
    high: Array
    low: Array
    closing: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The prices that bars join: the last close before them, and their own last one, in dollars."""

    first: float
    last: float


def make_bars(regime: Regime, ends: Ends, unevenness: Array, *, against: bool) -> Bars:
    """Return the bars of LAID_SESSIONS sessions.

    `unevenness` (one number from -1 to 1 a session) makes no two days alike; `against` turns the swing about,
    for what falls when the market rises. Raises Unreachable.
    """
    for drift in DRIFTS:
        found = _with_drift(regime, ends, _swing(regime.trend, unevenness, against=against), drift)
        if abs(adx(found) - regime.adx) <= ADX_TOLERANCE:
            return found
    raise Unreachable(regime.trend, regime.adx)


def _swing(trend: Trend, unevenness: Array, *, against: bool) -> Array:
    """Return where sessions lie about the line: above and below by turns, the last as the trend has it."""
    turns = np.arange(LAID_SESSIONS, 0, -1) % 2 * 2 - 1.0
    last = 1.0 if trend is Trend.UP else -1.0
    return np.asarray(turns * (1 + UNEVEN * unevenness) * last * (-1.0 if against else 1.0))


def _with_drift(regime: Regime, ends: Ends, swing: Array, drift: float) -> Bars:
    day = regime.realised_volatility / np.sqrt(YEAR_SESSIONS)
    line = _line(regime.trend, drift * day)
    reach = _solved(lambda wide: _realised(line + wide * swing), regime.realised_volatility, 4 * day)
    shift = np.log(ends.last) - (line + reach * swing)[-1]
    joint = LAID_SESSIONS - TRENDING_SESSIONS
    fade = np.append(np.linspace(1, 0, joint, endpoint=False), np.zeros(TRENDING_SESSIONS))
    smooth = line + shift + fade * (np.log(ends.first) - (line + reach * swing)[0] - shift)
    closes = smooth + reach * swing

    def bars_of(wide: float) -> Bars:
        half = 1.3 * reach + wide + drift * day
        return _bars(closes, smooth, wide * np.sign(swing), half)

    return bars_of(_solved(lambda wide: -adx(bars_of(wide)), -regime.adx, 12 * day))


def realised_volatility(closes: Array) -> float:
    """Return the yearly deviation of the last 20 log returns."""
    return _realised(np.log(closes))


def adx(bars: Bars) -> float:
    """Return Wilder's average directional index of 14 sessions at the last bar, from 0 to 100."""
    up, down = np.diff(bars.high), -np.diff(bars.low)
    plus = np.where((up > down) & (up > 0), up, 0.0).tolist()
    minus = np.where((down > up) & (down > 0), down, 0.0).tolist()
    keep = 1 - 1 / ADX_PERIOD
    rising, falling, average = sum(plus[:ADX_PERIOD]), sum(minus[:ADX_PERIOD]), None
    for higher, lower in zip(plus[ADX_PERIOD:], minus[ADX_PERIOD:], strict=True):
        rising, falling = rising * keep + higher, falling * keep + lower
        both = rising + falling
        index = 100 * abs(rising - falling) / both if both else 0.0
        average = index if average is None else average + (index - average) / ADX_PERIOD
    return average or 0.0


def _line(trend: Trend, step: float) -> Array:
    """Return the smooth part of the log closes: flat, then with a drift of `step` a session."""
    drift = np.zeros(LAID_SESSIONS)
    if trend is Trend.NONE:
        drift[-TRENDING_SESSIONS:] = RISE_BEFORE * step
        drift[-TURNED_SESSIONS:] = -step
    else:
        drift[-TRENDING_SESSIONS:] = step if trend is Trend.UP else -step
    return np.asarray(np.cumsum(drift))


def _bars(closes: Array, smooth: Array, lean: Array, half: float) -> Bars:
    """Return bars of log closes; highs and lows move by the same dollars: neither outweighs the other."""
    before = np.append(closes[0], closes[:-1])
    opening, closing = np.exp(before + 0.05 * (closes - before)), np.exp(closes)
    middle = np.exp(smooth)
    together = np.vstack([opening, closing])
    high = np.maximum(middle * (1 + lean + half), together.max(axis=0))
    low = np.minimum(middle * (1 + lean - half), together.min(axis=0))
    prices = [np.maximum(np.round(part, 2), 0.01) for part in (opening, high, low, closing)]
    return Bars(opening=prices[0], high=prices[1], low=prices[2], closing=prices[3])


def _realised(logs: Array) -> float:
    return float(np.diff(logs)[-REALISED_SESSIONS:].std(ddof=1) * np.sqrt(YEAR_SESSIONS))


def _solved(rising: Callable[[float], float], wanted: float, most: float) -> float:
    """Return where between 0 and `most` a rising function is nearest to a value, by halving."""
    low, high = 0.0, most
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2

"""What a made-up market's prices and volatility do day by day, drawn from a seed or taken from records.

Volatility is an Ornstein-Uhlenbeck process of its logarithm that rises when prices fall (Scott, "Option
Pricing when the Variance Changes Randomly", 1987); what is implied is above it, as a seller hopes.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.history import Bars, Series

Array = npt.NDArray[np.float64]

_DAYS_A_YEAR: Final = 252
_DRIFT: Final = 0.06
_USUAL: Final = 0.125
_PULL: Final = 0.04
_RESTLESS: Final = 0.075
_LEVERAGE: Final = -0.7
#: Implied over realised, and where volatility of three months is pulled to.
_PREMIUM: Final = 1.28
_FAR: Final = 0.185
_FAR_SHARE: Final = 0.65
_VOLUME: Final = 70e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """A market's days: bars, and VIX and VIX3M in points."""

    bars: Bars
    vix: Series
    vix3m: Series


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """A recorded underlying and VIX to make chains around; VIX3M is worked out where there is none."""

    bars: Bars
    vix: Series
    vix3m: Series | None = None


def drawn_path(days: list[date], price: float, seed: int) -> Path:
    """Draw a path over these sessions, from a price on the first."""
    count = len(days)
    chance = np.random.default_rng([seed, 1])
    moves = chance.standard_normal(count)
    own = chance.standard_normal(count)
    level = np.empty(count)
    level[0] = np.log(_USUAL)
    for day in range(1, count):
        shock = _LEVERAGE * moves[day - 1] + np.sqrt(1 - _LEVERAGE**2) * own[day]
        level[day] = level[day - 1] + _PULL * (np.log(_USUAL) - level[day - 1]) + _RESTLESS * shock
    sigma = np.exp(level)
    returns = _DRIFT / _DAYS_A_YEAR + sigma / np.sqrt(_DAYS_A_YEAR) * moves
    close = np.round(price * np.exp(np.cumsum(returns)), 2)
    before = np.append(close[0], close[:-1])
    wide = np.abs(chance.standard_normal((2, count))) * sigma / np.sqrt(_DAYS_A_YEAR) * close * 0.5
    opening = np.round(before * (1 + 0.3 * (returns - returns.mean())), 2)
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int32)
    bars = Bars(
        day=ordinals,
        open=opening,
        high=np.round(np.maximum(close, opening) + wide[0], 2),
        low=np.round(np.minimum(close, opening) - wide[1], 2),
        close=close,
        volume=np.round(_VOLUME * np.exp(0.2 * chance.standard_normal(count)) * (sigma / _USUAL) ** 0.5),
    )
    near = _PREMIUM * (0.8 * sigma + 0.2 * _USUAL) * 100
    vix = Series(day=ordinals, value=np.round(near + 0.3 * np.abs(chance.standard_normal(count)), 2))
    return Path(bars=bars, vix=vix, vix3m=_three_months(vix))


def recorded_path(recorded: Recorded) -> Path:
    """Return records as a path."""
    vix3m = _three_months(recorded.vix) if recorded.vix3m is None else recorded.vix3m
    return Path(bars=recorded.bars, vix=recorded.vix, vix3m=vix3m)


def _three_months(vix: Series) -> Series:
    """Return what three months are implied at: nearer to its mean than one month is."""
    value = 100 * _FAR + _FAR_SHARE * (np.asarray(vix.value, dtype=np.float64) - 100 * _FAR)
    return Series(day=vix.day, value=np.round(value, 2))

"""IV and Greeks where the vendor has none: solved from the mid of the out-of-the-money twin (B-16).

An IV from a price in the money loses its digits, so call and put of a strike share the one of the twin that
is out of the money. A price that no volatility explains has none, and its Greeks are not known.
"""

from dataclasses import replace
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.chains import ChainSide, ExpiryChain
from chalicelib.domain.desk.selection.ends import mean_payoffs
from chalicelib.domain.options.normal import normal_below, normal_density

Array = npt.NDArray[np.float64]

_IV_MIN: Final = 1e-4
_IV_MAX: Final = 10.0
_HALVINGS: Final = 48
#: Of an option worth less than this, volatility is a guess.
_WORTH_MIN: Final = 0.005
_POINTS: Final = 100


def with_greeks(chain: ExpiryChain, spot: float, years: float) -> ExpiryChain:
    """Return the chain with IV and Greeks wherever they can be had; what the vendor told stays."""
    sides = (chain.calls, chain.puts)
    lacking = [_lacks(side) for side in sides]
    if years <= 0 or spot <= 0 or not any(lack.any() for lack in lacking):
        return chain
    solved = solve_iv(chain, spot, years)
    calls, puts = (
        _filled(side, lack, chain.strikes, solved, spot, years, is_call=is_call)
        for side, lack, is_call in zip(sides, lacking, (True, False), strict=True)
    )
    return replace(chain, calls=calls, puts=puts)


def solve_iv(chain: ExpiryChain, spot: float, years: float) -> Array:
    """Return one IV a strike, NaN where the out-of-the-money mid has none."""
    is_call = chain.strikes >= spot
    side_bid = np.where(is_call, chain.calls.bid, chain.puts.bid)
    side_ask = np.where(is_call, chain.calls.ask, chain.puts.ask)
    mid = np.where((side_bid > 0) & (side_ask > 0), (side_bid + side_ask) / 2, np.nan)
    low, high = np.full_like(mid, _IV_MIN), np.full_like(mid, _IV_MAX)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_dearer = mean_payoffs(chain.strikes, is_call, spot, middle * sqrt(years)) > mid
        high = np.where(is_dearer, middle, high)
        low = np.where(is_dearer, low, middle)
    found = (low + high) / 2
    is_sound = (mid >= _WORTH_MIN) & (found > 2 * _IV_MIN) & (found < _IV_MAX * 0.99)
    return np.where(is_sound, found, np.nan)


def _lacks(side: ChainSide) -> npt.NDArray[np.bool_]:
    known = (side.iv > 0) & ~np.isnan(side.delta) & ~np.isnan(side.gamma) & ~np.isnan(side.vega)
    return side.is_listed & ~known


def _filled(
    side: ChainSide,
    lack: npt.NDArray[np.bool_],
    strikes: Array,
    solved: Array,
    spot: float,
    years: float,
    *,
    is_call: bool,
) -> ChainSide:
    iv = np.where(side.iv > 0, side.iv, solved)
    deviation = iv * sqrt(years)
    d1 = np.log(spot / strikes) / deviation + deviation / 2
    density = normal_density(d1)
    below = normal_below(np.nan_to_num(d1))
    delta = np.where(np.isnan(d1), np.nan, below if is_call else below - 1.0)
    return replace(
        side,
        iv=np.where(lack, iv, side.iv),
        delta=np.where(lack & np.isnan(side.delta), delta, side.delta),
        gamma=np.where(lack & np.isnan(side.gamma), density / (spot * deviation), side.gamma),
        vega=np.where(lack & np.isnan(side.vega), spot * density * sqrt(years) / _POINTS, side.vega),
        is_solved=side.is_solved | lack & ~np.isnan(iv),
    )

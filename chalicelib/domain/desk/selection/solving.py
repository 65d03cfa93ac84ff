"""IV and Greeks where the vendor has none: solved from the mid of the out-of-the-money twin (B-16).

An IV from a price in the money loses its digits, so call and put of a strike share the one of the twin that
is out of the money. A price that no volatility explains has none, and its Greeks are not known.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.chains import ChainSide, ExpiryChain
from chalicelib.domain.options.arrays import Contracts, greeks
from chalicelib.domain.options.implied import implied_volatilities

Array = npt.NDArray[np.float64]

_IV_MIN: Final = 1e-4
_IV_MAX: Final = 10.0
#: Of an option worth less than this, volatility is a guess.
_WORTH_MIN: Final = 0.005


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
    contracts = Contracts(is_call=is_call, strike=chain.strikes, years=np.full(mid.shape, years))
    found = implied_volatilities(contracts, mid, spot)
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
    of_side = Contracts(is_call=np.full(iv.shape, is_call), strike=strikes, years=np.full(iv.shape, years))
    known = greeks(of_side, spot, iv)
    return replace(
        side,
        iv=np.where(lack, iv, side.iv),
        delta=np.where(lack & np.isnan(side.delta), known.delta, side.delta),
        gamma=np.where(lack & np.isnan(side.gamma), known.gamma, side.gamma),
        vega=np.where(lack & np.isnan(side.vega), known.vega, side.vega),
        is_solved=side.is_solved | lack & ~np.isnan(iv),
    )

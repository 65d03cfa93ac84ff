"""IV and Greeks of held legs of which the vendor has none (B-09, B-16): out of their own last marks.

A vendor tells no IV where its quote lies at or below intrinsic value: in the money, near the end. Such a
leg has hardly any volatility to it, and whatever stands in for it moves its worth by little. So a mark that
a volatility explains gives one; for any other the IV of the legs that end on the same day stands in, else
the underlying's own.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from chalicelib.domain.desk.risk.holdings import Holdings
from chalicelib.domain.options.arrays import Contracts, Flags, greeks
from chalicelib.domain.options.implied import implied_volatilities
from chalicelib.domain.options.normal import Array

#: Of time worth less than this, volatility is a guess.
_TIME_WORTH_MIN: Final = 0.005
_IV_MIN: Final = 1e-3
_IV_MAX: Final = 10.0


def with_solved(held: Holdings, marks: Array, spots: Array, stand_in: float | None) -> Holdings:
    """Return the holdings with IV and Greeks of every option that has a mark; what was told stays.

    `marks` are dollars per share with the underlying's prices `spots` at their moments, NaN: none; `stand_in`
    is the underlying's own yearly IV, None: not known.
    """
    option = ~held.is_share & np.isfinite(marks)
    if held.price <= 0 or not (option & ~_are_told(held)).any():
        return held
    contracts = Contracts(is_call=held.is_call, strike=held.strike, years=held.years)
    volatility = np.where(np.isfinite(held.volatility), held.volatility, _explained(contracts, marks, spots))
    for place in np.flatnonzero(option & ~np.isfinite(volatility)):
        volatility[place] = _of_its_day(held, volatility, int(place), stand_in)
    return _with_greeks(replace(held, volatility=np.where(option, volatility, held.volatility)), option)


def _are_told(held: Holdings) -> Flags:
    columns = (held.volatility, held.delta, held.gamma, held.vega, held.theta)
    found: Flags = np.logical_and.reduce([np.isfinite(column) for column in columns])
    return found


def _explained(contracts: Contracts, marks: Array, spots: Array) -> Array:
    sign = np.where(contracts.is_call, 1.0, -1.0)
    found = implied_volatilities(contracts, marks, spots)
    time_worth = marks - np.maximum(sign * (spots - contracts.strike), 0.0)
    is_sound = (time_worth >= _TIME_WORTH_MIN) & (found > _IV_MIN) & (found < _IV_MAX)
    kept: Array = np.where(is_sound, found, np.nan)
    return kept


def _of_its_day(held: Holdings, volatility: Array, place: int, stand_in: float | None) -> float:
    """Return the IV of the legs that end when this one does, nearest strikes first; NaN is not known."""
    beside = (held.years == held.years[place]) & np.isfinite(volatility)
    if beside.any():
        nearest = np.where(beside, np.abs(held.strike - held.strike[place]), np.inf)
        return float(volatility[int(np.argmin(nearest))])
    return np.nan if stand_in is None else stand_in


def _with_greeks(held: Holdings, option: Flags) -> Holdings:
    """Fill in the Greeks that are missing; at its end an option is what it is worth in the money."""
    contracts = Contracts(is_call=held.is_call, strike=held.strike, years=held.years)
    solved = greeks(contracts, held.price, held.volatility)
    sign = np.where(held.is_call, 1.0, -1.0)
    is_over = option & (held.years <= 0) & np.isfinite(held.volatility)
    at_end = np.where(sign * (held.price - held.strike) > 0, sign, 0.0)

    def filled(told: Array, ours: Array, over: Array | float) -> Array:
        found: Array = np.where(option & ~np.isfinite(told), np.where(is_over, over, ours), told)
        return found

    return replace(
        held,
        delta=filled(held.delta, solved.delta, at_end),
        gamma=filled(held.gamma, solved.gamma, 0.0),
        vega=filled(held.vega, solved.vega, 0.0),
        theta=filled(held.theta, solved.theta, 0.0),
    )

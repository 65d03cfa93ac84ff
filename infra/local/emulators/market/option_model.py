"""How the simulated market prices and quotes options: smile, ticks, spreads, sizes, volumes."""

from typing import Final

import numpy as np
import numpy.typing as npt

from infra.local.emulators.market.black_scholes import Array, Greeks, Values, call_price, put_price
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.quotes import ChainSide, Integers

RATE: Final = 0.04
SKEW: Final = -0.06
CURVATURE: Final = 0.02
FARTHEST_DEVIATION: Final = 5.0
SHORTEST_SMILE_YEARS: Final = 7 / 365
LOWEST_VOLATILITY: Final = 0.05
NICKEL_FROM: Final = 3.0
SOLVABLE_VEGA: Final = 0.0005
SMALLEST_SIZE: Final = 5
LARGEST_SIZE: Final = 200
_SHIFTS: Final = tuple(np.uint64(bits) for bits in (30, 27, 31, 11))
_FACTORS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def smile(spot: Values, strike: Values, years: Values, at_the_money: Values) -> Array:
    """Return the volatility of each strike: a parabola in standard deviations from the money."""
    deviation = at_the_money * np.sqrt(np.maximum(years, SHORTEST_SMILE_YEARS))
    distance = np.clip(np.log(np.divide(strike, spot)) / deviation, -FARTHEST_DEVIATION, FARTHEST_DEVIATION)
    bent = at_the_money * (1 + SKEW * distance + CURVATURE * distance * distance)
    return np.maximum(np.asarray(bent), LOWEST_VOLATILITY)


def option_value(
    instrument: Instrument, right: Right, spot: Values, strike: Values, years: Values, volatility: Values
) -> Array:
    """Return the theoretical price, never under what exercise would bring."""
    price = call_price if right is Right.CALL else put_price
    found = price(spot, strike, years, volatility, RATE, instrument.dividend)
    return worth_at_least_exercised(right, found, spot, strike)


def worth_at_least_exercised(right: Right, price: Array, spot: Values, strike: Values) -> Array:
    """Return prices never under what exercise would bring."""
    exercised = np.subtract(spot, strike) if right is Right.CALL else np.subtract(strike, spot)
    return np.maximum(price, np.maximum(exercised, 0.0))


def tick_size(instrument: Instrument, price: Array) -> Array:
    """Return the tick of each price: a cent, from 3 dollars on a nickel, by class finer or coarser."""
    if instrument.penny_throughout:
        return np.full(np.shape(price), 0.01)
    if instrument.coarse_ticks:
        return np.where(price >= NICKEL_FROM, 0.10, 0.05)
    return np.where(price >= NICKEL_FROM, 0.05, 0.01)


def touch(instrument: Instrument, value: Array) -> tuple[Array, Array]:
    """Return bid and ask around a theoretical price; the bid is 0 when the option is worthless."""
    tick = tick_size(instrument, value)
    relative = 0.004 if instrument.penny_throughout else 0.009
    half = 0.5 * tick + relative * value
    bid = np.floor((value - half) / tick + 1e-9) * tick
    ask = np.maximum(np.ceil((value + half) / tick - 1e-9), 1.0) * tick
    return np.asarray(np.round(np.maximum(bid, 0.0), 2)), np.asarray(np.round(ask, 2), dtype=np.float64)


def noise(keys: npt.NDArray[np.uint64], salt: int) -> Array:
    """Return a number in [0, 1) for each key, the same for the same key and salt (splitmix64).

    An array's products wrap around without a word; a single number would warn.
    """
    mixed = keys + np.uint64((salt * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    mixed ^= mixed >> _SHIFTS[0]
    mixed *= _FACTORS[0]
    mixed ^= mixed >> _SHIFTS[1]
    mixed *= _FACTORS[1]
    mixed ^= mixed >> _SHIFTS[2]
    mixed >>= _SHIFTS[3]
    return np.asarray(mixed.astype(np.float64) / float(1 << 53))


def displayed_size(keys: npt.NDArray[np.uint64], salt: int, price: Array) -> Integers:
    """Return displayed contracts, 5 to 200, and 0 where there is no price."""
    sizes = SMALLEST_SIZE + (noise(keys, salt) * (LARGEST_SIZE - SMALLEST_SIZE + 1)).astype(np.int64)
    return np.where(price > 0, sizes, 0)


def solved_volatility(smooth: Array, vega: Array, value: Array, price: Array) -> Array:
    """Return the volatility of a quoted price, to first order around the smooth one; 0 where unsolvable."""
    solvable = (vega > SOLVABLE_VEGA) & (price > 0)
    shift = np.divide(price - value, vega * 100, out=np.zeros_like(value), where=solvable)
    return np.where(solvable, np.maximum(smooth + shift, 0.0), 0.0)


def build_side(
    instrument: Instrument,
    value: Array,
    smooth: Array,
    sensitivities: Greeks,
    activity: tuple[Integers, Integers],
    keys: npt.NDArray[np.uint64],
    minute: int,
) -> ChainSide:
    """Quote one side of a chain; `activity` is volume and open interest per strike."""
    bid, ask = touch(instrument, value)
    bid_volatility = solved_volatility(smooth, sensitivities.vega, value, bid)
    ask_volatility = solved_volatility(smooth, sensitivities.vega, value, ask)
    both = (bid_volatility > 0) & (ask_volatility > 0)
    middle = np.where(both, 0.5 * (bid_volatility + ask_volatility), ask_volatility)
    return ChainSide(
        bid=bid,
        ask=ask,
        value=value,
        bid_size=displayed_size(keys, 2 * minute, bid),
        ask_size=displayed_size(keys, 2 * minute + 1, ask),
        volume=activity[0],
        open_interest=activity[1],
        bid_volatility=bid_volatility,
        middle_volatility=middle,
        ask_volatility=ask_volatility,
    )

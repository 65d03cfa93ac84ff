"""IV and Greeks where the vendor has none: solved from the mid of the out-of-the-money twin (B-16).

An IV from a price in the money loses its digits, so call and put of a strike share the one of the twin that
is out of the money. A price that no volatility explains has none, and its Greeks are not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.chains import ChainSide, ExpiryChain
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.options.arrays import Contracts, greeks
from chalicelib.domain.options.implied import implied_volatilities

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_IV_MIN: Final = 1e-4
_IV_MAX: Final = 10.0
#: Of an option worth less than this, volatility is a guess.
_WORTH_MIN: Final = 0.005
_QUOTED: Final = ("bid", "ask")
_SIDES: Final = (OptionType.CALL, OptionType.PUT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unsolved:
    """An expiry's chain with the underlying's price and the years left when its quotes were taken."""

    chain: ExpiryChain
    spot: float
    years: float


def with_greeks(chain: ExpiryChain, spot: float, years: float) -> ExpiryChain:
    """Return the chain with IV and Greeks wherever they can be had; what the vendor told stays."""
    return all_with_greeks([Unsolved(chain=chain, spot=spot, years=years)])[0]


def all_with_greeks(asked: Sequence[Unsolved]) -> list[ExpiryChain]:
    """Return chains with IV and Greeks, each as if it were alone; together they cost little more than one."""
    found = [one.chain for one in asked]
    lacking = [_Lacking.of(at, one) for at, one in enumerate(asked) if one.years > 0 and one.spot > 0]
    lacking = [one for one in lacking if one.calls.any() or one.puts.any()]
    if not lacking:
        return found
    solved = _solve([(one.asked, one.without_iv()) for one in lacking])
    sides = [one.side(right, iv) for one, iv in zip(lacking, solved, strict=True) for right in _SIDES]
    filled = _filled(sides)
    for one, calls, puts in zip(lacking, filled[::2], filled[1::2], strict=True):
        found[one.at] = replace(one.asked.chain, calls=calls, puts=puts)
    return found


def solve_iv(chain: ExpiryChain, spot: float, years: float) -> Array:
    """Return one IV a strike, NaN where the out-of-the-money mid has none."""
    every = np.ones(len(chain.strikes), dtype=np.bool_)
    return _solve([(Unsolved(chain=chain, spot=spot, years=years), every)])[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """One side of a chain, which of its contracts lack something, and every strike's IV as far as known."""

    asked: Unsolved
    is_call: bool
    told: ChainSide
    lack: Flags
    iv: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lacking:
    """A chain that lacks something, where it stands among those asked, and where it lacks it."""

    at: int
    asked: Unsolved
    calls: Flags
    puts: Flags

    @classmethod
    def of(cls, at: int, asked: Unsolved) -> "_Lacking":
        return cls(at=at, asked=asked, calls=_lacks(asked.chain.calls), puts=_lacks(asked.chain.puts))

    def without_iv(self) -> Flags:
        """Say at which strikes a price must tell the volatility."""
        chain = self.asked.chain
        lacks: Flags = self.calls & ~(chain.calls.iv > 0) | self.puts & ~(chain.puts.iv > 0)
        return lacks

    def side(self, right: OptionType, solved: Array) -> _Side:
        told = self.asked.chain.side(right)
        is_call = right is OptionType.CALL
        return _Side(
            asked=self.asked,
            is_call=is_call,
            told=told,
            lack=self.calls if is_call else self.puts,
            iv=np.where(told.iv > 0, told.iv, solved),
        )


def _lacks(side: ChainSide) -> Flags:
    unknown = np.isnan(side.delta + side.gamma + side.vega)  # a sum is known where all of it is
    return side.is_listed & (unknown | ~(side.iv > 0))


def _solve(asked: Sequence[tuple[Unsolved, Flags]]) -> list[Array]:
    """Return an IV a strike of each chain, NaN where it was not wanted or the price has none."""
    counts = [int(np.count_nonzero(wanted)) for _, wanted in asked]
    strike = np.concatenate([one.chain.strikes[wanted] for one, wanted in asked])
    spot = np.repeat([one.spot for one, _ in asked], counts)
    years = np.repeat([one.years for one, _ in asked], counts)
    bid, ask = (np.concatenate([_of_twin(one, side)[wanted] for one, wanted in asked]) for side in _QUOTED)
    mid = np.where((bid > 0) & (ask > 0), (bid + ask) / 2, np.nan)
    contracts = Contracts(is_call=strike >= spot, strike=strike, years=years)
    found = implied_volatilities(contracts, mid, spot) if len(strike) else strike
    is_sound = (mid >= _WORTH_MIN) & (found > 2 * _IV_MIN) & (found < _IV_MAX * 0.99)
    parts = np.split(np.where(is_sound, found, np.nan), np.cumsum(counts)[:-1])
    return [_spread(part, wanted) for part, (_, wanted) in zip(parts, asked, strict=True)]


def _of_twin(one: Unsolved, name: str) -> Array:
    """Return each strike's quote of the contract that is out of the money."""
    calls, puts = getattr(one.chain.calls, name), getattr(one.chain.puts, name)
    found: Array = np.where(one.chain.strikes >= one.spot, calls, puts)
    return found


def _filled(sides: Sequence[_Side]) -> list[ChainSide]:
    """Return sides with the Greeks of what lacks them."""
    counts = [int(np.count_nonzero(one.lack)) for one in sides]
    contracts = Contracts(
        is_call=np.repeat([one.is_call for one in sides], counts),
        strike=np.concatenate([one.asked.chain.strikes[one.lack] for one in sides]),
        years=np.repeat([one.asked.years for one in sides], counts),
    )
    spot = np.repeat([one.asked.spot for one in sides], counts)
    known = greeks(contracts, spot, np.concatenate([one.iv[one.lack] for one in sides]))
    cuts = np.cumsum(counts)[:-1]
    columns = [np.split(column, cuts) for column in (known.delta, known.gamma, known.vega)]
    return [_completed(one, *parts) for one, *parts in zip(sides, *columns, strict=True)]


def _completed(side: _Side, delta: Array, gamma: Array, vega: Array) -> ChainSide:
    told, lack = side.told, side.lack
    return replace(
        told,
        iv=np.where(lack, side.iv, told.iv),
        delta=_told_or(told.delta, delta, lack),
        gamma=_told_or(told.gamma, gamma, lack),
        vega=_told_or(told.vega, vega, lack),
        is_solved=told.is_solved | lack & ~np.isnan(side.iv),
    )


def _told_or(told: Array, known: Array, lack: Flags) -> Array:
    return np.where(lack & np.isnan(told), _spread(known, lack), told)


def _spread(part: Array, wanted: Flags) -> Array:
    """Return one value a strike, NaN where none was wanted."""
    found = np.full(len(wanted), np.nan)
    found[wanted] = part
    return found

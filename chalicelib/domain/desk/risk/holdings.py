"""What a book holds, by underlying and in columns, and its net Greeks (B-09).

Greeks are per share as a vendor tells them: vega per volatility point, theta per calendar day; units are
contracts times their multiplier, or shares, below 0 what is short. NaN is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from chalicelib.domain.options.arrays import Contracts, Flags, values
from chalicelib.domain.options.normal import Array

#: A volatility cannot fall through nothing.
_VOLATILITY_MIN: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Holdings:
    """One underlying's legs. Of a share strike, years and volatility are NaN, and its delta is 1."""

    symbol: str
    price: float
    units: Array
    is_share: Flags
    is_call: Flags
    strike: Array
    years: Array
    volatility: Array
    delta: Array
    gamma: Array
    vega: Array
    theta: Array
    beta: float | None = None
    """Over 252 daily returns against SPY; None is not known, and counts as 1."""

    @property
    def are_known(self) -> bool:
        """Say whether every leg has Greeks and can be valued anew."""
        option = ~self.is_share
        columns = (self.volatility, self.years, self.delta, self.gamma, self.vega, self.theta)
        return bool(self.price > 0 and all(np.isfinite(column[option]).all() for column in columns))

    def worth(self, prices: Array, points: Array, days: float) -> Array:
        """Return the legs' worth in dollars: a row a price of the underlying, a column a shift of IV.

        `points` are volatility points added to each leg's own, `days` calendar days gone by.
        """
        option = ~self.is_share
        contracts = Contracts(
            is_call=self.is_call[option], strike=self.strike[option], years=self.years[option] - days / 365
        )
        shifted = np.maximum(self.volatility[option] + points[:, None] / 100, _VOLATILITY_MIN)
        priced = values(contracts, prices[:, None, None], shifted[None, :, :])
        shares = self.units[self.is_share].sum() * prices
        found: Array = priced @ self.units[option] + shares[:, None]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Shares, shares per dollar, $ per volatility point, $ per calendar day; SPY's shares beside them.

    `guessed_betas` are underlyings that counted with a beta of 1, since theirs is not known.
    """

    delta: float
    gamma: float
    vega: float
    theta: float
    beta_weighted_delta: float | None
    guessed_betas: tuple[str, ...] = ()


def net(book: Sequence[Holdings], market_price: float | None) -> Net:
    """Add a book up, plainly over underlyings; `market_price` is SPY's, None: not known."""
    delta, gamma, vega, theta = (
        sum(float(one.units @ getattr(one, name)) for one in book)
        for name in ("delta", "gamma", "vega", "theta")
    )
    moved = sum(
        float(one.units @ one.delta) * one.price * (1.0 if one.beta is None else one.beta) for one in book
    )
    return Net(
        delta=delta,
        gamma=gamma,
        vega=vega,
        theta=theta,
        beta_weighted_delta=moved / market_price if market_price else None,
        guessed_betas=tuple(one.symbol for one in book if one.beta is None),
    )


def scenario(book: Sequence[Holdings], move: float) -> float:
    """Return the P&L in dollars of every underlying moving by this share of its price, valued in full."""
    still = np.zeros(1)
    found = 0.0
    for one in book:
        prices = one.price * np.array([1.0, 1.0 + move])
        before, after = one.worth(prices, still, 0.0)[:, 0]
        found += float(after - before)
    return found


def rough_scenario(book: Sequence[Holdings], move: float) -> float:
    """Return the same by delta and gamma alone."""
    found = 0.0
    for one in book:
        moved = one.price * move
        found += float(one.units @ one.delta) * moved + float(one.units @ one.gamma) * moved * moved / 2
    return found

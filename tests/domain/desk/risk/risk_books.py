"""Books made by hand, for the tests of risk."""

from collections.abc import Sequence

import numpy as np

from chalicelib.domain.desk.risk.factors import Mover
from chalicelib.domain.desk.risk.holdings import Holdings
from chalicelib.domain.options.arrays import Contracts, greeks

#: Units, right (S is a share), strike, days left, volatility.
Leg = tuple[float, str, float, float, float]

SPY = 600.0
CONDOR: Sequence[Leg] = (
    (-100, "P", 570, 35, 0.20),
    (100, "P", 565, 35, 0.205),
    (-100, "C", 625, 35, 0.15),
    (100, "C", 630, 35, 0.148),
)
FLY: Sequence[Leg] = (
    (100, "C", 600, 30, 0.16),
    (100, "P", 600, 30, 0.16),
    (-100, "C", 620, 30, 0.15),
    (-100, "P", 580, 30, 0.18),
)
SHARES: Sequence[Leg] = ((500, "S", 0, 0, 0),)
MIXED: Sequence[Leg] = (*CONDOR, (100, "C", 600, 60, 0.15), (50, "S", 0, 0, 0))


def held(legs: Sequence[Leg], symbol: str = "SPY", price: float = SPY, beta: float | None = 1.0) -> Holdings:
    """Return legs by column, with Black-Scholes' Greeks."""
    is_share = np.array([right == "S" for _, right, *_ in legs])
    units, strike, days, volatility = (
        np.array([float(leg[place]) for leg in legs]) for place in (0, 2, 3, 4)
    )
    is_call = np.array([right == "C" for _, right, *_ in legs])
    priced = Contracts(
        is_call=is_call, strike=np.where(is_share, price, strike), years=np.where(is_share, 1.0, days / 365)
    )
    found = greeks(priced, price, np.where(is_share, 0.2, volatility))
    missing = np.where(is_share, np.nan, 1.0)
    return Holdings(
        symbol=symbol,
        price=price,
        units=units,
        is_share=is_share,
        is_call=is_call,
        strike=strike * missing,
        years=days / 365 * missing,
        volatility=volatility * missing,
        delta=np.where(is_share, 1.0, found.delta),
        gamma=np.where(is_share, 0.0, found.gamma),
        vega=np.where(is_share, 0.0, found.vega),
        theta=np.where(is_share, 0.0, found.theta),
        beta=beta,
    )


def mover(holdings: Holdings, *, seed: int | None = 1, iv: float = 0.16) -> Mover:
    """Return an underlying's day, with a history of returns unless `seed` is None."""
    returns = None if seed is None else 0.01 * np.random.default_rng(seed).standard_normal(60)
    return Mover(holdings=holdings, iv=iv, iv_points=1.2, returns=returns)

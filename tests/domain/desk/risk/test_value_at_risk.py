"""B-09: value at risk against 200,000 days valued one by one, and its laws."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.domain.desk.risk.factors import Group, Mover, groups_of
from chalicelib.domain.desk.risk.figures import risk_figures
from chalicelib.domain.desk.risk.revaluation import full_var, simulated
from chalicelib.domain.desk.risk.value_at_risk import approximate_var, cumulants
from chalicelib.domain.options.arrays import Contracts, values
from chalicelib.domain.options.normal import Array
from tests.domain.desk.risk.risk_books import CONDOR, FLY, MIXED, SHARES, SPY, Leg, held, mover

PATHS = 200_000
TENTH = 0.1
MONEY = st.floats(-5, 5)


def day_by_day(group: Group, seed: int = 7) -> Array:
    """Return the P&L of days drawn by another seed, each leg valued at each day: no grid in between."""
    drawn = np.random.default_rng(seed).standard_normal((2, len(group.movers), PATHS))
    z = np.linalg.cholesky(group.correlation + 1e-12 * np.eye(len(group.movers))) @ drawn[0]
    total = np.zeros(PATHS)
    for one, moves, own in zip(group.movers, z, drawn[1], strict=True):
        prices = one.holdings.price * (1 + one.daily * moves)
        shift = one.iv_points * (one.rho * moves + np.sqrt(1 - one.rho**2) * own) / 100
        total += _leg_by_leg(one, prices, shift)
    return total


def _leg_by_leg(one: Mover, prices: Array, shift: Array) -> Array:
    legs, total = one.holdings, np.zeros(PATHS)
    for place, units in enumerate(legs.units):
        if legs.is_share[place]:
            total += units * (prices - legs.price)
            continue
        now, later = (
            Contracts(
                is_call=np.array(legs.is_call[place]),
                strike=np.array(legs.strike[place]),
                years=np.array(legs.years[place] - days / 365),
            )
            for days in (0, 1)
        )
        volatility = legs.volatility[place]
        worth = values(later, prices, np.maximum(volatility + shift, 0.01))
        total += units * (worth - values(now, legs.price, volatility))
    return total


BOOKS: dict[str, Sequence[Sequence[Leg]]] = {
    "delta only": [SHARES],
    "short-gamma condor": [CONDOR],
    "long-gamma fly": [FLY],
    "mixed book": [MIXED, [(-100, "C", 520, 30, 0.2), (200, "S", 0, 0, 0)]],
}


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_shown_is_within_a_tenth_of_two_hundred_thousand_days(name: str) -> None:
    """B-09: or within a dollar a contract where the figure is near nothing."""
    prices = (SPY, 500.0)
    movers = [
        mover(held(legs, symbol=f"U{place}", price=prices[place]), seed=place)
        for place, legs in enumerate(BOOKS[name])
    ]
    found = risk_figures(movers, SPY)
    (group,) = groups_of(movers)
    exact = -np.quantile(day_by_day(group), [0.05, 0.01])
    for ours, theirs in zip((found.var_95, found.var_99), exact, strict=True):
        assert ours.shown == pytest.approx(theirs, rel=TENTH, abs=1.0)
        assert ours.full == pytest.approx(theirs, rel=TENTH / 2, abs=1.0)


def test_the_grid_and_leg_by_leg_are_the_same_days() -> None:
    """Read off between the knots: to a thousandth of the figure, expiry the next day included."""
    late = [(units, right, strike, 1.5, vol) for units, right, strike, _, vol in CONDOR]
    for legs in (CONDOR, MIXED, late):
        group = groups_of([mover(held(legs))])[0]
        grid = -np.quantile(simulated(group, PATHS, 3), [0.05, 0.01])
        exact = -np.quantile(day_by_day(group, 3), [0.05, 0.01])
        assert grid == pytest.approx(exact, rel=0.03, abs=1.0)


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.tuples(MONEY, MONEY, MONEY), min_size=1, max_size=3), rho=st.floats(-0.9, 0.9))
def test_cumulants_are_those_of_the_days_that_the_form_draws(
    sizes: list[tuple[float, float, float]], rho: float
) -> None:
    """Exact, for any delta, gamma and vega: mean, variance and skew of 100,000 draws of the form."""
    movers = [_formal(sizes[place], place) for place in range(len(sizes))]
    count = len(movers)
    correlation = np.full((count, count), rho * 0.5) + np.eye(count) * (1 - rho * 0.5)
    assume(np.linalg.eigvalsh(correlation).min() > 0.01)
    group = Group(movers=tuple(movers), correlation=correlation)
    found = cumulants(group)
    drawn = np.random.default_rng(5).standard_normal((2, count, 100_000))
    z = np.linalg.cholesky(correlation) @ drawn[0]
    total = np.zeros(100_000)
    for one, moves, own in zip(movers, z, drawn[1], strict=True):
        legs = one.holdings
        change = legs.price * one.daily * moves
        shift = one.iv_points * (one.rho * moves + np.sqrt(1 - one.rho**2) * own)
        total += legs.delta @ legs.units * change + legs.gamma @ legs.units * change**2 / 2
        total += legs.vega @ legs.units * shift
    deviation = np.sqrt(max(found.variance, 1e-12))
    assert found.mean == pytest.approx(total.mean(), abs=0.03 * deviation + 1e-9)
    assert found.variance == pytest.approx(total.var(), rel=0.06, abs=1e-9)
    assert found.third / deviation**3 == pytest.approx(
        float(((total - total.mean()) ** 3).mean()) / deviation**3, abs=0.35
    )


def _formal(greeks: tuple[float, float, float], place: int) -> Mover:
    """Return an underlying with these Greeks and no theta, whatever options would have."""
    one = held([(1.0, "C", 100.0, 30.0, 0.2)], price=100.0)
    delta, gamma, vega = (np.array([figure]) for figure in greeks)
    formal = type(one)(
        **{name: getattr(one, name) for name in ("symbol", "price", "units", "is_share", "is_call")},
        **{name: getattr(one, name) for name in ("strike", "years", "volatility")},
        delta=delta,
        gamma=gamma,
        vega=vega,
        theta=np.zeros(1),
    )
    return mover(formal, seed=place)


def test_what_has_no_history_offsets_nothing() -> None:
    """B-09: long one and short the other are added, not set off; with the same history they vanish."""
    long, short = held(SHARES), held([(-500, "S", 0, 0, 0)], symbol="TWIN")
    hedged = groups_of([mover(long), mover(short)])
    alone = groups_of([mover(long), mover(short, seed=None)])

    assert approximate_var(hedged, 0.95) == pytest.approx(0.0, abs=1e-6)
    one = approximate_var(groups_of([mover(long)]), 0.95)
    assert approximate_var(alone, 0.95) == pytest.approx(2 * one)
    assert full_var(alone, (0.95,))[0] == pytest.approx(2 * one, rel=0.05)


def test_the_sign_of_gamma_is_kept() -> None:
    """B-09: of the same size the long fly risks less than the short one; nothing is the floor."""
    short: Sequence[Leg] = [(-leg[0], *leg[1:]) for leg in FLY]
    long_var, short_var = (approximate_var(groups_of([mover(held(legs))]), 0.99) for legs in (FLY, short))

    assert long_var < short_var
    worthless = groups_of([mover(held([(100, "C", 3000, 30, 0.2)]))])
    assert full_var(worthless, (0.5,))[0] == pytest.approx(0.0, abs=1e-9)

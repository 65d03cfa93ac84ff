"""B-09: figures of the book by hand, triggers at their limits."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from chalicelib.domain.desk.book import Caps
from chalicelib.domain.desk.risk.figures import (
    Concentration,
    RiskFigures,
    ValueAtRisk,
    events,
    risk_figures,
    utilisation,
)
from chalicelib.domain.desk.risk.holdings import Holdings, Net, net, rough_scenario, scenario
from tests.domain.desk.risk.risk_books import CONDOR, FLY, MIXED, SHARES, SPY, held, mover

NO_CAPS = Caps()
CAPS = Caps(delta=Decimal(100), gamma=Decimal(10), vega=Decimal(500))
NOTHING_LARGE = Concentration(positions=(100.0,), underlyings={"SPY": 100.0}, equity=10_000.0)


def by_hand(units: list[float], delta: list[float], gamma: list[float], vega: list[float]) -> Holdings:
    """Return options whose Greeks are written down."""
    count = len(units)
    return Holdings(
        symbol="QQQ",
        price=500.0,
        units=np.array(units),
        is_share=np.zeros(count, dtype=bool),
        is_call=np.ones(count, dtype=bool),
        strike=np.full(count, 500.0),
        years=np.full(count, 0.1),
        volatility=np.full(count, 0.2),
        delta=np.array(delta),
        gamma=np.array(gamma),
        vega=np.array(vega),
        theta=np.array([-0.1] * count),
        beta=1.2,
    )


@pytest.mark.parametrize(
    ("held_by_hand", "expected"),
    [
        # One long call: 100 × 0.5.
        (by_hand([100], [0.5], [0.01], [0.3]), (50.0, 1.0, 30.0, -10.0)),
        # A vertical, two of it: 200 × 0.5 - 200 × 0.3.
        (by_hand([200, -200], [0.5, 0.3], [0.01, 0.008], [0.3, 0.25]), (40.0, 0.4, 10.0, 0.0)),
        # A condor's four legs: 100 × (0.10 - 0.16 - 0.15 + 0.09).
        (
            by_hand(
                [100, -100, -100, 100],
                [-0.10, -0.16, 0.15, 0.09],
                [0.004, 0.006, 0.006, 0.004],
                [0.20, 0.28, 0.27, 0.19],
            ),
            (0.0, -0.4, -16.0, 0.0),
        ),
    ],
)
def test_greeks_of_three_reference_books_are_those_by_hand(
    held_by_hand: Holdings, expected: tuple[float, ...]
) -> None:
    """B-09: shares, shares per dollar, $ per point, $ per day."""
    found = net([held_by_hand], SPY)

    assert (found.delta, found.gamma, found.vega, found.theta) == pytest.approx(expected)
    # Delta dollars at QQQ's 500 with its beta, in shares of SPY.
    assert found.beta_weighted_delta == pytest.approx(expected[0] * 500 * 1.2 / SPY)


def test_underlyings_add_up_plainly_and_a_missing_beta_is_one_and_told() -> None:
    """B-09, B-16."""
    found = net([held(SHARES), held(SHARES, symbol="XYZ", price=30.0, beta=None)], SPY)

    assert found.delta == 1000
    assert found.beta_weighted_delta == pytest.approx(500 + 500 * 30 / SPY)
    assert found.guessed_betas == ("XYZ",)
    assert net([held(SHARES)], None).beta_weighted_delta is None


def test_scenarios_value_everything_anew() -> None:
    """B-09: shares move in line; a condor loses at most its width, which the rough figure does not know."""
    assert scenario([held(SHARES)], -0.05) == pytest.approx(-500 * SPY * 0.05)
    down, up = (scenario([held(CONDOR)], move) for move in (-0.05, 0.05))
    assert -500 < down < 0 > up > -500
    assert rough_scenario([held(CONDOR)], -0.05) < down
    assert scenario([held(FLY)], 0.02) == pytest.approx(rough_scenario([held(FLY)], 0.02), abs=25)


def test_a_book_of_nothing_has_figures_of_nothing() -> None:
    """B-09: none is not missing."""
    found = risk_figures([], SPY, paths=100)

    assert found.net == Net(delta=0.0, gamma=0.0, vega=0.0, theta=0.0, beta_weighted_delta=0.0)
    assert set(found.scenarios.values()) == {0.0}
    assert (found.var_95.shown, found.var_99.larger) == (0.0, 0.0)


def test_a_leg_without_greeks_makes_the_book_unknown() -> None:
    """B-09: a book that cannot be computed refuses all."""
    whole = held(CONDOR)

    assert whole.are_known
    assert not replace(whole, gamma=np.array([0.1, np.nan, 0.1, 0.1])).are_known
    assert not replace(whole, price=0.0).are_known
    assert held(SHARES).are_known


@pytest.mark.parametrize(
    ("delta", "names"),
    [
        (80.0, []),
        (80.1, ["delta_near_cap"]),
        (-100.0, ["delta_near_cap"]),
        (100.1, ["delta"]),
        (-100.1, ["delta"]),
    ],
)
def test_delta_warns_at_four_fifths_and_blocks_past_its_cap(delta: float, names: list[str]) -> None:
    """B-09, triggers: on the limit is not past it."""
    found = figures(delta=delta)

    told = events(found, CAPS, NOTHING_LARGE, 1000.0)
    assert [one.name for one in told] == names
    assert [one.blocks for one in told] == [name == "delta" for name in names]
    assert utilisation(found.net, CAPS)[0] == pytest.approx(abs(delta) / 100)


def test_gamma_vega_and_value_at_risk_block_by_the_larger_figure() -> None:
    """B-09: VaR 99 above the day's largest loss, be it by one way of the two."""
    found = figures(gamma=-10.5, vega=501.0, var=(900.0, 1000.5))

    told = events(found, CAPS, NOTHING_LARGE, 1000.0)
    assert [(one.name, one.blocks) for one in told] == [("gamma", True), ("vega", True), ("var_99", True)]
    assert events(found, NO_CAPS, NOTHING_LARGE, 1000.5) == ()


def test_a_position_above_three_tenths_of_the_equity_warns() -> None:
    """B-09: and what has no equity to stand against has no share."""
    large = replace(NOTHING_LARGE, positions=(100.0, 3001.0), underlyings={"SPY": 3001.0, "QQQ": 3100.0})

    assert [one.name for one in events(figures(), CAPS, large, 1000.0)] == ["position"]
    assert events(figures(), CAPS, replace(large, positions=(3000.0,)), 1000.0) == ()
    assert large.underlying_share == pytest.approx(0.31)
    assert replace(large, equity=None).position_share is None


def test_what_is_shown_is_the_full_revaluation_where_the_form_is_off() -> None:
    """B-09: more than a tenth apart, or a leg with less than seven days."""
    calm = risk_figures([mover(held(SHARES))], SPY).var_95
    assert abs(calm.approximate - calm.full) < 0.1 * calm.full
    assert calm.shown == calm.approximate
    late = tuple((units, right, strike, 6.9, vol) for units, right, strike, _, vol in MIXED[:4])
    short = risk_figures([mover(held(late))], SPY).var_99
    assert short.shown == short.full
    bent = risk_figures([mover(held(CONDOR))], SPY).var_99
    assert bent.approximate > 1.1 * bent.full
    assert (bent.shown, bent.larger) == (bent.full, bent.approximate)


def figures(
    delta: float = 0.0, gamma: float = 0.0, vega: float = 0.0, var: tuple[float, float] = (0.0, 0.0)
) -> RiskFigures:
    """Return figures of a book that is nothing but these."""
    at_risk = ValueAtRisk(approximate=var[0], full=var[1], shown=var[0])
    return RiskFigures(
        net=Net(delta=delta, gamma=gamma, vega=vega, theta=0.0, beta_weighted_delta=0.0),
        scenarios={},
        rough={},
        var_95=at_risk,
        var_99=at_risk,
    )

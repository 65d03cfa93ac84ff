"""Probability of profit and Greeks in sum (B-09, B-16)."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.options.black_scholes import Conditions, Greeks, greeks
from chalicelib.domain.structures.chance import StructureGreeks, chance_of_profit, greeks_in_sum
from chalicelib.domain.structures.payoff import Payoff
from chalicelib.domain.structures.terms import LegTerms
from tests.domain.structures_support import CONDOR, call, put, shares, structures

D = Decimal
NOW = Conditions(spot=100, years=30 / 365, rate=0, volatility=0.2)


@pytest.mark.parametrize(
    ("legs", "price", "chance"),
    [
        # d2 = (ln(100 / 97.9) - 0.04 * 30/365 / 2) / (0.2 * sqrt(30/365)) = 0.34147; N(d2) = 0.6336
        ((put(100, -1),), "2.10", "0.6336"),
        # ln(102.5 / 100) / 0.057339 + 0.028669 = 0.45931; 1 - N = 0.3230
        ((call(100),), "2.50", "0.3230"),
        # between 93.8 and 106.2: N(1.07779) - N(-1.08760) = 0.8594 - 0.1384
        (CONDOR, "-1.20", "0.7211"),
    ],
)
def test_chance_of_profit_equals_the_hand_calculation(
    legs: tuple[LegTerms, ...], price: str, chance: str
) -> None:
    """B-16: lognormal without drift, a fraction, from the break-evens."""
    found = chance_of_profit(Payoff(legs=legs, price=D(price), qty=D(3)), NOW)

    assert float(found) == pytest.approx(float(chance), abs=0.0001)


@given(legs=structures(), price=st.integers(-500, 500).map(lambda cents: D(cents) / 100))
def test_chance_of_profit_equals_the_share_of_drawn_ends(legs: tuple[LegTerms, ...], price: Decimal) -> None:
    """B-16: of 2,000 lognormal ends as many bring a profit, within what such a sample may err."""
    payoff = Payoff(legs=legs, price=price, qty=D(1))
    draw = Random(7)
    mean = -(NOW.deviation**2) / 2
    ends = [D(f"{100 * draw.lognormvariate(mean, NOW.deviation):.4f}") for _ in range(2000)]
    won = sum(payoff.at(end) > 0 for end in ends) / len(ends)

    assert float(chance_of_profit(payoff, NOW)) == pytest.approx(won, abs=0.06)


def test_without_time_the_end_is_now() -> None:
    """B-16: on the last instant the chance is 1 or 0."""
    at_bell = Conditions(spot=100, years=0, rate=0, volatility=0.2)

    assert chance_of_profit(Payoff(legs=CONDOR, price=D("-1.20"), qty=D(1)), at_bell) == 1
    assert chance_of_profit(Payoff(legs=(call(100),), price=D("1"), qty=D(1)), at_bell) == 0


class Told:
    """Greeks of a leg as a quote has them."""

    def __init__(self, found: Greeks | None) -> None:
        self.delta = None if found is None else D(f"{found.delta:.6f}")
        self.gamma = None if found is None else D(f"{found.gamma:.6f}")
        self.vega = None if found is None else D(f"{found.vega:.6f}")
        self.theta = None if found is None else D(f"{found.theta:.6f}")


def told(legs: tuple[LegTerms, ...]) -> list[Told | None]:
    """Return each option's Greeks by the model, none for shares."""
    return [
        None
        if leg.option_type is None or leg.strike is None
        else Told(greeks(leg.option_type, float(leg.strike), NOW))
        for leg in legs
    ]


def test_greeks_of_a_covered_call_are_shares_less_the_calls() -> None:
    """B-09: delta in shares, the rest the short call's with its sign turned, for the whole quantity."""
    legs = (shares(100), call(105, -1))
    one = Told(greeks(OptionType.CALL, 105, NOW))
    assert one.delta is not None
    assert one.theta is not None
    found = greeks_in_sum(legs, told(legs), D(2))

    assert found.delta == 200 - 200 * one.delta
    assert found.theta == -200 * one.theta > 0
    assert found.gamma is not None
    assert found.gamma < 0


def test_greeks_are_how_the_value_moves() -> None:
    """B-09: shares, shares per dollar, dollars per volatility point and per day of three condors."""
    found = greeks_in_sum(CONDOR, told(CONDOR), D(3))
    by_hand = [
        300 * leg.side.sign * float(one.gamma or 0)
        for leg, one in zip(CONDOR, told(CONDOR), strict=True)
        if one
    ]

    assert float(found.gamma or 0) == pytest.approx(sum(by_hand))
    assert found.vega is not None
    assert found.theta is not None
    assert found.vega < 0 < found.theta


def test_a_leg_without_greeks_leaves_none_in_sum() -> None:
    """B-09: what is not known of one leg is not known of all, each figure by itself."""
    half = Told(None)
    half.delta = D("0.4")

    assert greeks_in_sum((put(90), call(100)), [None, half], D(1)) == StructureGreeks(
        delta=None, gamma=None, vega=None, theta=None
    )
    assert greeks_in_sum((call(100),), [half], D(2)) == StructureGreeks(
        delta=D(80), gamma=None, vega=None, theta=None
    )

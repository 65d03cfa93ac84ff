"""Black-Scholes against textbook figures and against itself."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.options.black_scholes import Conditions, greeks, value

CALL, PUT = OptionType.CALL, OptionType.PUT
#: Hull, "The Black-Scholes-Merton model": six months, 42 against 40, 10 % and 20 %: 4.76 and 0.81.
HULL_PRICES = Conditions(spot=42, years=0.5, rate=0.1, volatility=0.2)
#: Hull, "The Greek letters": twenty weeks, 49 against 50, 5 % and 20 %.
HULL_GREEKS = Conditions(spot=49, years=20 / 52, rate=0.05, volatility=0.2)

conditions = st.builds(
    Conditions,
    spot=st.floats(20, 500),
    years=st.floats(0.01, 3),
    rate=st.floats(-0.02, 0.15),
    volatility=st.floats(0.05, 1.5),
)
strikes = st.floats(20, 500)


def test_values_are_the_textbooks() -> None:
    """W-01: the model behind a payoff with later legs."""
    assert value(CALL, 40, HULL_PRICES) == pytest.approx(4.76, abs=0.005)
    assert value(PUT, 40, HULL_PRICES) == pytest.approx(0.81, abs=0.005)
    assert value(CALL, 50, HULL_GREEKS) == pytest.approx(2.40, abs=0.005)


def test_greeks_are_the_textbooks() -> None:
    """B-09: delta 0.522, gamma 0.066, vega 12.1 for 100 %, theta -4.31 a year."""
    found = greeks(CALL, 50, HULL_GREEKS)

    assert found.delta == pytest.approx(0.522, abs=0.0005)
    assert found.gamma == pytest.approx(0.066, abs=0.0005)
    assert found.vega * 100 == pytest.approx(12.1, abs=0.05)
    assert found.theta * 365 == pytest.approx(-4.31, abs=0.005)


@given(at=conditions, strike=strikes)
def test_a_call_less_a_put_is_the_forward(at: Conditions, strike: float) -> None:
    """W-01: put-call parity, to the precision of floats."""
    forward = at.spot - strike * at.discount

    assert isclose(value(CALL, strike, at) - value(PUT, strike, at), forward, abs_tol=1e-9)
    assert greeks(CALL, strike, at).delta - greeks(PUT, strike, at).delta == pytest.approx(1)


@given(at=conditions, strike=strikes, right=st.sampled_from(OptionType))
def test_greeks_are_the_slopes_of_the_value(at: Conditions, strike: float, right: OptionType) -> None:
    """B-09: delta, vega and theta against small moves of price, volatility and time."""
    found = greeks(right, strike, at)

    def moved(spot: float = 0, years: float = 0, volatility: float = 0) -> float:
        there = Conditions(
            spot=at.spot + spot, years=at.years + years, rate=at.rate, volatility=at.volatility + volatility
        )
        return value(right, strike, there)

    d = 1e-4
    assert found.delta == pytest.approx((moved(spot=d) - moved(spot=-d)) / (2 * d), abs=1e-5)
    assert found.vega * 100 == pytest.approx(
        (moved(volatility=d) - moved(volatility=-d)) / (2 * d), rel=1e-3, abs=1e-2
    )
    assert found.theta * 365 == pytest.approx(
        -(moved(years=d) - moved(years=-d)) / (2 * d), rel=1e-2, abs=1e-1
    )


@pytest.mark.parametrize(
    "at",
    [
        Conditions(spot=120, years=0, rate=0.05, volatility=0.2),
        Conditions(spot=120, years=-1, rate=0.05, volatility=0.2),
        Conditions(spot=120, years=0.5, rate=0, volatility=0),
    ],
)
def test_without_time_or_volatility_the_value_is_intrinsic(at: Conditions) -> None:
    """W-01: nothing left to happen; Greeks there are none."""
    assert (value(CALL, 100, at), value(PUT, 100, at), value(PUT, 130, at)) == (20, 0, 10)
    with pytest.raises(ValueError, match="need time"):
        greeks(CALL, 100, at)


def test_a_worthless_underlying_leaves_the_put_its_strike() -> None:
    """W-01: the lowest end of a payoff has a value too."""
    at = Conditions(spot=0, years=1, rate=0, volatility=0.3)

    assert (value(CALL, 100, at), value(PUT, 100, at)) == (0, 100)

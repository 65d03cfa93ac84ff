"""Black-Scholes of the simulated world, against textbook values and against itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.emulators.market.black_scholes import (
    call_price,
    greeks,
    implied_call_volatility,
    implied_put_volatility,
    normal_cdf,
    put_price,
)
from infra.local.emulators.market.occ import Right, contract_symbol, parse


def test_the_normal_distribution_is_exact() -> None:
    """Against the error function of the standard library."""
    points = np.linspace(-6.5, 6.5, 53)
    exact = [0.5 * math.erfc(-point / math.sqrt(2)) for point in points]

    assert np.allclose(normal_cdf(points), exact, atol=1e-12)


def test_hulls_example() -> None:
    """Hull, "Options, Futures, and Other Derivatives", 15.6: call 4.76, put 0.81."""
    call = call_price(42.0, 40.0, 0.5, 0.2, 0.1, 0.0)
    put = put_price(42.0, 40.0, 0.5, 0.2, 0.1, 0.0)

    assert float(call) == pytest.approx(4.76, abs=0.005)
    assert float(put) == pytest.approx(0.81, abs=0.005)


@given(volatility=st.floats(0.08, 2.0), moneyness=st.floats(0.8, 1.25), years=st.floats(0.02, 1.5))
def test_the_volatility_of_a_price_is_the_one_it_was_made_with(
    volatility: float, moneyness: float, years: float
) -> None:
    """Wherever the price says anything of it at all."""
    strikes = np.array([100.0 * moneyness])
    sensitivities = greeks(100.0, strikes, years, np.array([volatility]), 0.04, 0.01)
    if sensitivities.vega[0] < 0.001:
        return
    call = call_price(100.0, strikes, years, volatility, 0.04, 0.01)
    put = put_price(100.0, strikes, years, volatility, 0.04, 0.01)

    found = implied_call_volatility(call, 100.0, strikes, years, 0.04, 0.01)[0]
    assert found == pytest.approx(volatility, rel=1e-4)
    found = implied_put_volatility(put, 100.0, strikes, years, 0.04, 0.01)[0]
    assert found == pytest.approx(volatility, rel=1e-4)


def test_what_no_volatility_explains_is_zero() -> None:
    """Under intrinsic value, over the spot, or missing."""
    premiums = np.array([5.0, 150.0, np.nan, 0.0])
    found = implied_call_volatility(premiums, 100.0, np.full(4, 90.0), 0.5, 0.0, 0.0)

    assert found.tolist() == [0.0, 0.0, 0.0, 0.0]


@given(strike=st.integers(1, 99_999_999))
def test_symbols_round_trip(strike: int) -> None:
    """Over all strikes in thousandths."""
    symbol = f"SPY260220C{strike:08d}"
    contract = parse(symbol)

    assert contract is not None
    assert contract.symbol == symbol
    assert contract_symbol("SPY", contract.expiry, Right.CALL, contract.strike) == symbol


@pytest.mark.parametrize("text", ["SPY", "SPY260230C00600000", "SPY260220X00600000", "spy260220C00600000"])
def test_what_is_no_option_symbol_is_none(text: str) -> None:
    """Nor a date that does not exist."""
    assert parse(text) is None

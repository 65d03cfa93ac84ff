"""Option mathematics over arrays, against QuantLib and against what no price may break (issue 14, B-09)."""

from math import erfc, sqrt

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813  # its own name for itself
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.options import black_scholes
from chalicelib.domain.options.american import american_values
from chalicelib.domain.options.arrays import Contracts, greeks, values, values_and_greeks
from chalicelib.domain.options.implied import implied_volatilities
from chalicelib.domain.options.normal import Array, normal_below

SPOT = 100.0
TODAY = ql.Date(2, 1, 2026)
DAY_COUNT = ql.Actual365Fixed()
#: Rates and yields: none, a usual one, and a yield above the rate.
RATES = ((0.0, 0.0), (0.05, 0.0), (0.03, 0.06))
CLOSE = 1e-8


def drawn(count: int = 60) -> tuple[Contracts, Array, list[int]]:
    """Return options of all kinds, their volatilities and days: deep wings, a day left, two years left."""
    random = np.random.default_rng(14)
    days = [int(day) for day in random.integers(1, 730, count)]
    contracts = Contracts(
        is_call=random.random(count) < 0.5,
        strike=random.uniform(30, 250, count),
        years=np.array(days) / 365,
    )
    return contracts, random.uniform(0.05, 1.5, count), days


def oracle(contracts: Contracts, place: int, days: int, exercise: type, engine: object) -> ql.VanillaOption:
    """Return one of them as QuantLib has it, with an engine to price it by."""
    right = ql.Option.Call if contracts.is_call[place] else ql.Option.Put
    payoff = ql.PlainVanillaPayoff(right, float(contracts.strike[place]))
    end = TODAY + days
    ends = ql.EuropeanExercise(end) if exercise is ql.EuropeanExercise else ql.AmericanExercise(TODAY, end)
    option = ql.VanillaOption(payoff, ends)
    option.setPricingEngine(engine)
    return option


def process(rate: float, dividend_yield: float, volatility: float) -> ql.BlackScholesMertonProcess:
    """Return QuantLib's process with flat curves."""
    ql.Settings.instance().evaluationDate = TODAY
    curves = [
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, x, DAY_COUNT)) for x in (dividend_yield, rate)
    ]
    flat = ql.BlackConstantVol(TODAY, ql.NullCalendar(), volatility, DAY_COUNT)
    spot = ql.QuoteHandle(ql.SimpleQuote(SPOT))
    return ql.BlackScholesMertonProcess(spot, *curves, ql.BlackVolTermStructureHandle(flat))


@pytest.mark.parametrize(("rate", "dividend_yield"), RATES)
def test_values_and_greeks_are_quantlibs(rate: float, dividend_yield: float) -> None:
    """Issue 14: to 1e-8, in our units (vega a point, theta a calendar day)."""
    contracts, volatilities, days = drawn()
    ours = values(contracts, SPOT, volatilities, rate=rate, dividend_yield=dividend_yield)
    found = greeks(contracts, SPOT, volatilities, rate=rate, dividend_yield=dividend_yield)
    for place, volatility in enumerate(volatilities):
        engine = ql.AnalyticEuropeanEngine(process(rate, dividend_yield, float(volatility)))
        theirs = oracle(contracts, place, days[place], ql.EuropeanExercise, engine)
        assert ours[place] == pytest.approx(theirs.NPV(), abs=CLOSE)
        assert found.delta[place] == pytest.approx(theirs.delta(), abs=CLOSE)
        assert found.gamma[place] == pytest.approx(theirs.gamma(), abs=CLOSE)
        assert found.vega[place] == pytest.approx(theirs.vega() / 100, abs=CLOSE)
        assert found.theta[place] == pytest.approx(theirs.theta() / 365, abs=CLOSE)


def test_american_values_are_quantlibs_where_exercise_pays() -> None:
    """Issue 14: the same tree as QuantLib's, and near the value that its fixed-point engine converges to."""
    strikes, days = np.array([80.0, 100.0, 120.0]), (20, 90, 200)
    contracts = Contracts(is_call=np.array([False] * 3), strike=strikes, years=np.array(days) / 365)
    ours = american_values(contracts, SPOT, np.full(3, 0.3), rate=0.05)
    flow = process(0.05, 0.0, 0.3)
    for place, end in enumerate(days):
        treed = oracle(contracts, place, end, ql.AmericanExercise, ql.BinomialLRVanillaEngine(flow, 101))
        exact = oracle(contracts, place, end, ql.AmericanExercise, ql.QdFpAmericanEngine(flow))
        assert ours[place] == pytest.approx(treed.NPV(), abs=CLOSE)
        assert ours[place] == pytest.approx(exact.NPV(), rel=2e-3, abs=1e-4)


def test_american_values_keep_to_their_bounds() -> None:
    """Issue 14: never under the European value or what exercise pays now; the same where it never pays."""
    contracts, volatilities, _ = drawn()
    now = np.maximum(np.where(contracts.is_call, SPOT - contracts.strike, contracts.strike - SPOT), 0.0)
    for rate, dividend_yield in RATES:
        ours = american_values(contracts, SPOT, volatilities, rate=rate, dividend_yield=dividend_yield)
        european = values(contracts, SPOT, volatilities, rate=rate, dividend_yield=dividend_yield)
        paid_early = np.where(contracts.is_call, dividend_yield > 0, rate > 0)
        assert (ours >= np.maximum(now * paid_early, european * 0.995) - 1e-9).all()
        assert np.array_equal(ours[~paid_early], european[~paid_early])


def test_one_by_one_and_at_once_are_the_same() -> None:
    """B-04: the scalar model and the arrays are one law."""
    contracts, volatilities, _ = drawn()
    ours = values(contracts, SPOT, volatilities, rate=0.04)
    for place, volatility in enumerate(volatilities):
        right = OptionType.CALL if contracts.is_call[place] else OptionType.PUT
        at = black_scholes.Conditions(
            spot=SPOT, years=float(contracts.years[place]), rate=0.04, volatility=float(volatility)
        )
        assert ours[place] == pytest.approx(
            black_scholes.value(right, float(contracts.strike[place]), at), abs=1e-10
        )


def test_both_together_are_what_each_is_alone() -> None:
    """B-12: a made-up chain works out values and Greeks at once, to the same bit."""
    contracts, volatility, _ = drawn()
    volatility[::7], contracts.years[::5] = 0.0, 0.0

    worth, told = values_and_greeks(contracts, SPOT, volatility)

    assert np.array_equal(worth, values(contracts, SPOT, volatility))
    alone = greeks(contracts, SPOT, volatility)
    for name in ("delta", "gamma", "vega", "theta"):
        assert np.array_equal(getattr(told, name), getattr(alone, name), equal_nan=True), name


def test_an_option_at_its_end_is_worth_what_it_pays() -> None:
    """Without time or volatility: intrinsic, and no Greeks."""
    contracts = Contracts(
        is_call=np.array([True, False, True]), strike=np.array([90.0, 90.0, 110.0]), years=np.zeros(3)
    )

    assert values(contracts, SPOT, 0.2).tolist() == [10.0, 0.0, 0.0]
    assert np.isnan(greeks(contracts, SPOT, 0.2).delta).all()
    assert american_values(contracts, SPOT, 0.2, rate=0.05).tolist() == [10.0, 0.0, 0.0]
    assert np.isnan(implied_volatilities(contracts, np.array([10.5, 0.1, 0.1]), SPOT)).all()


def test_volatilities_come_back_from_prices() -> None:
    """B-16: from 5 % to 150 %, to the last digits wherever a cent of price means anything."""
    contracts, volatilities, _ = drawn(400)
    for rate, dividend_yield in RATES:
        asked = {"rate": rate, "dividend_yield": dividend_yield}
        prices = values(contracts, SPOT, volatilities, **asked)
        found = implied_volatilities(contracts, prices, SPOT, **asked)
        matters = greeks(contracts, SPOT, volatilities, **asked).vega > 1e-4
        assert matters.sum() > 300
        assert np.abs(found - volatilities)[matters].max() < CLOSE


def test_prices_that_nothing_explains_have_no_volatility() -> None:
    """B-16: under the intrinsic value, at it, and above the underlying."""
    contracts = Contracts(is_call=np.array([True] * 3), strike=np.full(3, 90.0), years=np.full(3, 0.5))

    assert np.isnan(implied_volatilities(contracts, np.array([9.0, 10.0, 101.0]), SPOT)).all()


def test_the_distribution_is_the_error_functions() -> None:
    """Everywhere within 5e-13, beyond the knots too."""
    x = np.linspace(-12, 12, 4801)
    exact = np.array([0.5 * erfc(-one / sqrt(2)) for one in x])

    assert np.abs(normal_below(x) - exact).max() < 5e-13
    assert np.isnan(normal_below(np.array([np.nan]))).all()


@settings(max_examples=60, deadline=None)
@given(
    spot=st.floats(10, 500),
    strike=st.floats(10, 500),
    years=st.floats(1 / 365 / 1440, 3),
    volatility=st.floats(0.03, 2.0),
    rate=st.floats(0.0, 0.1),
)
def test_no_price_can_be_bettered(
    spot: float, strike: float, years: float, volatility: float, rate: float
) -> None:
    """Arbitrage: parity, monotony and convexity in the strike, and bounds (issue 14)."""
    strikes = strike * np.array([0.98, 1.0, 1.02])
    ends = np.full(3, years)
    calls, puts = (
        values(
            Contracts(is_call=np.full(3, is_call), strike=strikes, years=ends), spot, volatility, rate=rate
        )
        for is_call in (True, False)
    )
    paid = strikes * np.exp(-rate * years)
    tiny = 1e-9 * spot
    assert np.abs(calls - puts - (spot - paid)).max() < tiny
    assert (calls >= np.maximum(spot - paid, 0) - tiny).all()
    assert (calls <= spot + tiny).all()
    assert (np.diff(calls) <= tiny).all()
    assert calls[0] - 2 * calls[1] + calls[2] >= -tiny

"""The payoff's curve before its end (B-14): through today's marks, into the payoff at expiry."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.before_expiry import LegNow, results_now, spread_over
from chalicelib.domain.structures.payoff import Payoff
from chalicelib.domain.structures.terms import LegTerms

SPOT = 100.0


def leg(
    side: LegSide, strike: int, mark: float | None, *, years: float = 0.25, iv: float | None = 0.2
) -> LegNow:
    terms = LegTerms(
        instrument=Instrument.OPTION,
        side=side,
        ratio=1,
        multiplier=Decimal(100),
        option_type=OptionType.PUT,
        strike=Decimal(strike),
        expiry=date(2026, 5, 15),
    )
    return LegNow(terms=terms, years=years, volatility=iv, mark=mark)


def curve(legs: list[LegNow], cost: int, *at: float) -> list[float]:
    prices = [Decimal(repr(one)) for one in at]
    found = results_now(legs, cost=Decimal(cost), qty=Decimal(2), spot=SPOT, prices=prices)
    return [float(result) for _, result in found]


def test_at_the_present_price_it_has_made_what_the_marks_say() -> None:
    """B-14: a vendor's dividend or rate does not lift the curve; two spreads sold for 1.50 stand at 1.20."""
    legs = [leg(LegSide.SHORT, 95, 2.1), leg(LegSide.LONG, 90, 0.9)]

    assert curve(legs, -300, SPOT) == [60.0]
    assert curve(legs, -300, 80.0)[0] < 0 < curve(legs, -300, 120.0)[0]


def test_with_no_time_left_it_is_the_payoff() -> None:
    """B-14: both curves meet at the expiry."""
    legs = [leg(LegSide.SHORT, 95, None, years=0.0), leg(LegSide.LONG, 90, None, years=0.0)]
    payoff = Payoff(legs=tuple(one.terms for one in legs), price=Decimal("-1.5"), qty=Decimal(2))
    prices = [80.0, 92.5, 95.0, 110.0]

    assert curve(legs, -300, *prices) == [float(payoff.at(Decimal(repr(one)))) for one in prices]


def test_a_leg_without_a_volatility_leaves_no_curve() -> None:
    """B-14: what is not known is not drawn; a share needs none."""
    shares = LegNow(
        terms=LegTerms(instrument=Instrument.EQUITY, side=LegSide.LONG, ratio=100, multiplier=Decimal(1))
    )

    assert curve([leg(LegSide.SHORT, 95, 2.1, iv=None)], -300, SPOT) == []
    assert curve([shares], 20_000, 101.0) == [pytest.approx(200.0)]


def test_prices_are_even_and_hold_what_must_be_read_off() -> None:
    """The present price is among them, and nothing outside."""
    prices = spread_over(Decimal(90), Decimal(120), Decimal("101.3"), Decimal(130))

    assert (prices[0], prices[-1]) == (Decimal(90), Decimal(120))
    assert Decimal("101.3") in prices
    assert Decimal(130) not in prices

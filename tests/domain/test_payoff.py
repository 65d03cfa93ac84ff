"""Payoffs, extremes and break-evens, worked out from the legs (W-01, B-16)."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.structures.exposure import is_unlimited
from chalicelib.domain.structures.payoff import Bounds, LaterLegUnpriced, Payoff, Volatilities
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.terms import LegTerms
from tests.domain.structures_support import APRIL, CONDOR, MARCH, call, put, shares, structures

D = Decimal
net_prices = st.integers(-2_000, 2_000).map(lambda cents: D(cents) / 100)
quantities = st.integers(1, 5).map(D)
CALENDAR = (call(100, -1), call(100, 1, APRIL))


def by_hand(legs: tuple[LegTerms, ...], price: Decimal, qty: Decimal, spot: Decimal) -> Decimal:
    """Work a payoff out leg by leg, as one would on paper."""
    total = ZERO
    for leg in legs:
        if leg.option_type is None or leg.strike is None:
            worth = spot
        elif leg.option_type is OptionType.CALL:
            worth = max(ZERO, spot - leg.strike)
        else:
            worth = max(ZERO, leg.strike - spot)
        total += leg.side.sign * leg.ratio * leg.multiplier * worth * qty
    return total - structure_sign(legs) * price * unit_multiplier(legs) * qty


@pytest.mark.parametrize(
    ("legs", "price", "max_profit", "max_loss", "break_evens"),
    [
        ((call(100),), "2.50", None, "500", ["102.5"]),
        ((put(100),), "2.50", "19500", "500", ["97.5"]),
        ((put(100, -1),), "2.10", "420", "19580", ["97.9"]),
        ((call(100, -1),), "2.10", "420", None, ["102.1"]),
        ((call(100), call(105, -1)), "2.25", "550", "450", ["102.25"]),
        ((put(100, -1), put("97.5")), "-0.80", "160", "340", ["99.2"]),
        (CONDOR, "-1.20", "240", "760", ["93.8", "106.2"]),
        ((put(85), put(95, -1), call(105, -1), call(110)), "-1.50", "300", "1700", ["93.5", "106.5"]),
        ((put(95), put(100, -1), call(100, -1), call(105)), "-3.00", "600", "400", ["97", "103"]),
        ((call(95), call(100, -2), call(105)), "1.25", "750", "250", ["96.25", "103.75"]),
        ((call(100, -1), put(100, -1)), "-4", "800", None, ["96", "104"]),
        ((call(105), put(95)), "3", None, "600", ["92", "108"]),
        ((shares(100), call(105, -1)), "98.60", "1280", "19720", ["98.6"]),
        ((shares(100), put(95)), "102", None, "1400", ["102"]),
        ((put(100), put(95, -2)), "0.50", "900", "18100", ["90.5", "99.5"]),
        ((shares(1),), "50", None, "100", ["50"]),
    ],
)
def test_extremes_and_break_evens_of_the_named_shapes(
    legs: tuple[LegTerms, ...],
    price: str,
    max_profit: str | None,
    max_loss: str | None,
    break_evens: list[str],
) -> None:
    """W-01, B-16: positive dollars for two structures before fees, null where unlimited."""
    payoff = Payoff(legs=legs, price=D(price), qty=D(2))
    bounds = payoff.bounds()

    assert bounds.max_profit == (None if max_profit is None else D(max_profit))
    assert bounds.max_loss == (None if max_loss is None else D(max_loss))
    assert list(payoff.break_evens()) == [D(at) for at in break_evens]


def test_a_broken_wing_loses_more_than_the_condor_that_it_resembles() -> None:
    """W-01: put butterfly 90/100/105 for a credit of 0.40: 4.60 beneath 90, nothing lost above."""
    broken = Payoff(legs=(put(90), put(100, -2), put(105)), price=D("-0.40"), qty=D(1))

    assert broken.bounds() == Bounds(best=D("540.00"), worst=D("-460.00"))
    assert broken.break_evens() == (D("94.6"),)
    assert broken.at(D(200)) == 40


def test_a_credit_wider_than_its_wing_cannot_lose() -> None:
    """W-01: what looks like a gift is told as it is: its worst result is a gain, its maximum loss nothing."""
    gift = Payoff(legs=CONDOR, price=D("-5.20"), qty=D(1)).bounds()

    assert gift.worst == D("20.00")
    assert gift.max_loss == 0


@given(
    legs=structures(),
    price=net_prices,
    qty=quantities,
    spots=st.lists(st.integers(0, 80_000).map(lambda cents: D(cents) / 100), min_size=5, max_size=20),
)
def test_payoff_equals_brute_force(
    legs: tuple[LegTerms, ...], price: Decimal, qty: Decimal, spots: list[Decimal]
) -> None:
    """W-01: at every price of the underlying, what each leg is worth, less what entering took."""
    payoff = Payoff(legs=legs, price=price, qty=qty)

    assert [payoff.at(spot) for spot in spots] == [by_hand(legs, price, qty, spot) for spot in spots]


@given(legs=structures(), price=net_prices, qty=quantities)
def test_bounds_equal_the_extremes_of_brute_force(
    legs: tuple[LegTerms, ...], price: Decimal, qty: Decimal
) -> None:
    """W-01: strikes lie at half dollars up to 200, so half dollars up to 400 find the extremes."""
    payoff = Payoff(legs=legs, price=price, qty=qty)
    bounds = payoff.bounds()
    results = [by_hand(legs, price, qty, D(halves) / 2) for halves in range(801)]
    rises, falls = results[-1] > results[-2], results[-1] < results[-2]

    assert bounds.best == (None if rises else to_cents(max(results)))
    assert (bounds.worst is None) is is_unlimited(legs)
    assert is_unlimited(legs) or bounds.worst == to_cents(min(results))
    assert not falls or is_unlimited(legs)


@given(legs=structures(), price=net_prices)
def test_break_evens_are_where_the_sign_turns(legs: tuple[LegTerms, ...], price: Decimal) -> None:
    """W-01: nothing is won or lost there, and between two of them the result has one sign."""
    payoff = Payoff(legs=legs, price=price, qty=D(1))
    zeros = payoff.break_evens()
    edges = [ZERO, *zeros, max(zeros, default=ZERO) + 1000]

    assert all(abs(payoff.at(spot)) < D("0.001") for spot in zeros)
    for low, high in pairwise(edges):
        inside = [payoff.at(low + (high - low) * share / 16) for share in range(1, 16)]
        assert all(result >= 0 for result in inside) or all(result <= 0 for result in inside)


@given(legs=structures(), price=net_prices, now=st.integers(1, 400).map(D), share=st.integers(1, 9))
def test_the_picture_is_the_payoff(
    legs: tuple[LegTerms, ...], price: Decimal, now: Decimal, share: int
) -> None:
    """B-16: sorted, every strike and a point beyond each end in it, straight lines between."""
    payoff = Payoff(legs=legs, price=price, qty=D(1))
    points = payoff.points(now)
    spots = [spot for spot, _ in points]
    strikes = {leg.strike for leg in legs if leg.strike is not None}

    assert spots == sorted(set(spots))
    assert {*strikes, now, *payoff.break_evens()} <= set(spots)
    assert spots[0] < min(strikes)
    assert spots[-1] > max(strikes)
    assert spots[0] >= 0
    for (low, below), (high, above) in pairwise(points):
        drawn = below + (above - below) * share / 10
        assert abs(payoff.at(low + (high - low) * share / 10) - drawn) <= D("0.0101")


def test_a_calendar_is_worth_most_at_its_strike() -> None:
    """W-01: the later call at 20 % and 28 days is worth 2.21 at the strike; far from it nothing."""
    calendar = Payoff(
        legs=CALENDAR, price=D("1.00"), qty=D(1), volatilities=Volatilities(of_legs=(None, D("0.2")))
    )
    bounds = calendar.bounds()
    low, high = calendar.break_evens()

    assert bounds.max_profit == pytest.approx(D(121), abs=1)
    assert bounds.max_loss == D("100.00")
    assert low < 100 < high
    assert abs(calendar.at(low)) < D("0.02")
    assert abs(calendar.at(high)) < D("0.02")


def test_the_picture_of_a_calendar_bends_as_its_payoff_does() -> None:
    """B-16: straight lines between the points are never further from the curve than two dollars in 121."""
    calendar = Payoff(
        legs=CALENDAR, price=D("1.00"), qty=D(1), volatilities=Volatilities(of_legs=(None, D("0.2")))
    )

    for (low, below), (high, above) in pairwise(calendar.points(D(101))):
        middle = calendar.at((low + high) / 2)
        assert abs(middle - (below + above) / 2) < 2


@given(
    near=st.integers(80, 120).map(D),
    far=st.integers(80, 120).map(D),
    right=st.sampled_from([call, put]),
    volatility=st.integers(5, 80).map(lambda pct: D(pct) / 100),
    price=st.integers(-500, 2000).map(lambda cents: D(cents) / 100),
)
@settings(max_examples=15)  # each of them values the curve at more than a thousand prices
def test_bounds_of_a_diagonal_equal_the_extremes_of_brute_force(
    near: Decimal, far: Decimal, right: Callable[..., LegTerms], volatility: Decimal, price: Decimal
) -> None:
    """W-01: curved payoffs are searched finely enough: no price of the underlying does better or worse."""
    diagonal = Payoff(
        legs=(right(near, -1), right(far, 1, APRIL)),
        price=price,
        qty=D(1),
        volatilities=Volatilities(of_legs=(None, volatility), rate=D("0.04")),
    )
    bounds = diagonal.bounds()
    results = [diagonal.at(D(tenths) / 10) for tenths in range(0, 4000, 3)]

    assert bounds.best is not None
    assert bounds.worst is not None
    assert max(results) - D("0.01") <= bounds.best <= max(results) + D(8)
    assert min(results) - D(8) <= bounds.worst <= min(results) + D("0.01")


def test_a_later_leg_needs_a_volatility() -> None:
    """W-01: what cannot be valued is not guessed."""
    with pytest.raises(LaterLegUnpriced, match="leg 1"):
        Payoff(legs=CALENDAR, price=D(1), qty=D(1))
    with pytest.raises(LaterLegUnpriced, match="leg 1"):
        Payoff(legs=CALENDAR, price=D(1), qty=D(1), volatilities=Volatilities(of_legs=(D("0.2"), None)))


def test_a_european_put_may_be_worth_less_than_its_intrinsic_value() -> None:
    """W-05: index options cannot be exercised early, so nothing holds them up."""
    legs = (put(100, -1), put(100, 1, APRIL))

    def worst(*, is_european: bool) -> Decimal | None:
        volatilities = Volatilities(of_legs=(None, D("0.2")), rate=D("0.05"), is_european=is_european)
        return Payoff(legs=legs, price=D(1), qty=D(1), volatilities=volatilities).bounds().worst

    assert worst(is_european=False) == D("-100.00")
    assert worst(is_european=True) == pytest.approx(D("-138.28"), abs=D("0.01"))


def test_a_short_leg_that_outlives_its_cover_is_unlimited() -> None:
    """W-01: a calendar the other way round is naked once its long leg has expired."""
    reverse = (call(100, 1, MARCH), call(100, -1, APRIL))
    payoff = Payoff(legs=reverse, price=D(-1), qty=D(1), volatilities=Volatilities(of_legs=(None, D("0.2"))))

    assert is_unlimited(reverse)
    assert payoff.bounds().max_loss is None
    assert not is_unlimited(CALENDAR)
    assert not is_unlimited((put(100), put(100, -1, APRIL)))
    assert is_unlimited((shares(-100), put(100)))
    assert not is_unlimited((shares(-100), call(100)))

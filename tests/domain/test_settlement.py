"""Expiry, assignment and exercise by leg (W-05, I-17)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.payoff import Payoff
from chalicelib.domain.structures.settlement import (
    Held,
    LegSettlement,
    Outcome,
    assign_early,
    delivers_shares,
    loss_from_here,
    settle_expiry,
)
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.structures.terms import LegTerms
from tests.domain.structures_support import APRIL, MARCH, call, put, shares, structures

D = Decimal
spots = st.integers(1, 30_000).map(lambda cents: D(cents) / 100)


def hold(*legs: LegTerms, qty: int = 1) -> list[Held]:
    """Hold so many structures of these legs."""
    return [Held(terms=replace(leg, ratio=1), quantity=D(leg.ratio * qty)) for leg in legs]


def held_shares(settled: tuple[Held, ...]) -> Decimal:
    """Return the signed number of shares among what is left."""
    return sum(
        (one.terms.side.sign * one.quantity for one in settled if one.terms.instrument is Instrument.EQUITY),
        ZERO,
    )


def test_a_vertical_with_both_legs_in_the_money_pays_its_width() -> None:
    """W-05: both settle in cash at one price; nothing is left."""
    settled = settle_expiry(hold(call(100), call(105, -1), qty=2), MARCH, D("112.37"), delivers=False)

    assert [(one.outcome, one.value) for one in settled.legs] == [
        (Outcome.CASH_SETTLED, D("12.37")),
        (Outcome.CASH_SETTLED, D("7.37")),
    ]
    assert settled.cash == 1000
    assert not settled.left


def test_one_leg_in_the_money_delivers_and_what_is_left_is_told_with_its_loss() -> None:
    """W-05: a put spread that ends between its strikes leaves 100 shares and their whole risk."""
    spread = hold(put(95, -1), put(90))
    settled = settle_expiry(spread, MARCH, D("92.00"), delivers=True)

    assert settled.legs == (
        LegSettlement(
            leg=0, outcome=Outcome.ASSIGNED, quantity=D(1), value=ZERO, shares=D(100), share_price=D(95)
        ),
        LegSettlement(
            leg=1, outcome=Outcome.EXPIRED, quantity=D(1), value=ZERO, shares=ZERO, share_price=ZERO
        ),
    )
    assert (held_shares(settled.left), settled.cash) == (D(100), D(-9500))
    assert loss_from_here(settled.left, D(-120) - settled.cash) == D("9380.00")


def test_both_legs_delivered_leave_no_shares() -> None:
    """W-05: assigned on one strike and exercised on the other, the shares cancel and the width is paid."""
    settled = settle_expiry(hold(put(95, -1), put(90)), MARCH, D("80"), delivers=True)

    assert [one.outcome.event for one in settled.legs] == ["ASSIGNED", "EXERCISED"]
    assert settled.cash == -500
    assert not settled.left


def test_a_covered_call_that_is_called_away_ends_flat() -> None:
    """W-05: its shares are sold at the strike."""
    covered = hold(shares(100), call(105, -1))

    assert settle_expiry(covered, MARCH, D("107"), delivers=True).left == ()
    assert settle_expiry(covered, MARCH, D("107"), delivers=True).cash == 10_500
    kept = settle_expiry(covered, MARCH, D("104.99"), delivers=True)
    assert (held_shares(kept.left), kept.cash) == (D(100), D(0))


def test_the_far_leg_of_a_calendar_lives_on() -> None:
    """W-05: only the legs of this expiry are settled; the trade keeps the others."""
    calendar = hold(call(100, -1), call(100, 1, APRIL), qty=3)
    settled = settle_expiry(calendar, MARCH, D("103"), delivers=False)

    assert [one.leg for one in settled.legs] == [0]
    assert settled.left == (calendar[1],)
    assert settled.cash == -900
    assert loss_from_here(settled.left, D(330) - settled.cash) == D("1230.00")


def test_two_of_five_contracts_assigned_leave_three_and_the_shares() -> None:
    """W-05: the rest of the leg lives on, and the long leg is not forgotten."""
    spread = hold(call(100, -1), call(105), qty=5)
    settled = assign_early(spread, 0, D(2))

    assert [(one.terms.instrument, one.quantity) for one in settled.left] == [
        (Instrument.EQUITY, D(200)),
        (Instrument.OPTION, D(3)),
        (Instrument.OPTION, D(5)),
    ]
    assert held_shares(settled.left) == -200
    # Sold at 100, bought back by the longs at 105 at the worst: the width of all five, as before.
    assert loss_from_here(settled.left, D(-5 * 130) - settled.cash) == D("1850.00")


@pytest.mark.parametrize(("leg", "quantity"), [(1, 1), (0, 6), (0, 0)])
def test_only_short_contracts_that_are_held_are_assigned(leg: int, quantity: int) -> None:
    """W-05: nothing is assigned on a long leg or beyond the holding."""
    with pytest.raises(ValueError, match="cannot be assigned"):
        assign_early(hold(call(100, -1), call(105), qty=5), leg, D(quantity))


def test_a_short_call_left_alone_is_unlimited() -> None:
    """W-05: a long leg that expires out of the money can leave its short one naked; told as no maximum."""
    left = settle_expiry(hold(call(105), call(100, -1, APRIL)), MARCH, D("104"), delivers=False).left

    assert loss_from_here(left, D(-100)) is None


@pytest.mark.parametrize(("price", "outcome"), [("99.995", "EXPIRED"), ("99.99", "CASH_SETTLED")])
def test_in_the_money_is_by_a_cent(price: str, outcome: str) -> None:
    """A-06: less than a cent is nothing."""
    assert settle_expiry(hold(put(100)), MARCH, D(price), delivers=False).legs[0].outcome == outcome


def test_a_leg_of_which_nothing_is_held_is_not_settled() -> None:
    """B-16: assigned legs stay in the trade with quantity 0."""
    assert settle_expiry([Held(terms=put(100), quantity=ZERO)], MARCH, D(50), delivers=True).legs == ()


@given(legs=structures(), qty=st.integers(1, 4), spot=spots, price=spots)
def test_cash_and_delivery_come_to_the_same(
    legs: tuple[LegTerms, ...], qty: int, spot: Decimal, price: Decimal
) -> None:
    """W-05: at the settlement price, shares sold there bring what cash would have: nothing counts twice."""
    held = hold(*legs, qty=qty)
    in_cash = settle_expiry(held, MARCH, spot, delivers=False)
    delivered = settle_expiry(held, MARCH, spot, delivers=True)
    payoff = Payoff(legs=legs, price=ZERO, qty=D(qty))

    # A cent in the money is where exercise begins: what lies under it is given away.
    forgone = qty * 100 * D("0.01") * sum(leg.ratio for leg in legs)
    for settled in (in_cash, delivered):
        assert abs(settled.cash + held_shares(settled.left) * spot - payoff.at(spot)) <= forgone
    assert all(one.terms.instrument is Instrument.EQUITY for one in (*in_cash.left, *delivered.left))


@given(
    low=st.integers(10, 150).map(D),
    width=st.integers(1, 40).map(lambda halves: D(halves) / 2),
    qty=st.integers(1, 10),
    spot=spots,
    delivers=st.booleans(),
    rises=st.booleans(),
)
def test_a_vertical_never_pays_more_than_its_width(
    low: Decimal, width: Decimal, qty: int, spot: Decimal, delivers: bool, rises: bool
) -> None:
    """I-17: whatever the price, and whether shares change hands or not."""
    leg = call if rises else put
    bought, sold = (low, low + width) if rises else (low + width, low)
    settled = settle_expiry(hold(leg(bought), leg(sold, -1), qty=qty), MARCH, spot, delivers=delivers)

    worth = settled.cash + held_shares(settled.left) * spot
    assert 0 <= worth <= width * qty * 100


@given(legs=structures((MARCH, APRIL)), qty=st.integers(1, 3), spot=spots, delivers=st.booleans())
def test_only_what_expires_is_touched(
    legs: tuple[LegTerms, ...], qty: int, spot: Decimal, delivers: bool
) -> None:
    """W-05: later legs live on in full, expired contracts hold nothing."""
    held = hold(*legs, qty=qty)
    left = settle_expiry(held, MARCH, spot, delivers=delivers).left
    options = [one for one in left if one.terms.instrument is Instrument.OPTION]

    assert options == [one for one in held if one.terms.expiry == APRIL]


@pytest.mark.parametrize(
    ("facts", "delivers"),
    [
        ({"broker_delivers": True, "shape": Shape.VERTICAL}, True),
        ({"broker_delivers": True, "shape": Shape.VERTICAL, "is_cash_settled": True}, False),
        ({"shape": Shape.SHORT_PUT, "is_on_paper": True}, True),
        ({"shape": Shape.COVERED_CALL, "is_on_paper": True}, True),
        ({"shape": Shape.SHORT_CALL, "is_on_paper": True}, True),
        ({"shape": Shape.SHORT_PUT, "is_on_paper": True, "is_cash_settled": True}, False),
        ({"shape": Shape.SHORT_PUT}, False),
        ({"shape": Shape.VERTICAL, "is_on_paper": True}, False),
        ({"shape": Shape.LONG_CALL, "is_on_paper": True}, False),
    ],
)
def test_who_delivers_shares(facts: dict[str, object], delivers: bool) -> None:
    """W-05: real brokers; paper only for what is about shares; an index nowhere."""
    asked = {
        "broker_delivers": False,
        "is_cash_settled": False,
        "is_on_paper": False,
        "shape": Shape.CUSTOM,
    } | facts

    assert delivers_shares(**asked) is delivers  # type: ignore[arg-type]  # a table of facts by name

"""What a structure needs of its account (W-01)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.structures.collateral import Collateral, collateral_of
from chalicelib.domain.structures.payoff import Payoff
from chalicelib.domain.structures.terms import LegTerms
from tests.domain.structures_support import APRIL, CONDOR, call, put, shares, structures

D = Decimal


@pytest.mark.parametrize(
    ("legs", "price", "cash", "reserve", "needed_shares"),
    [
        ((put(95, -1),), "2.10", "19000", "19000", "0"),
        ((put("12.5", -1),), "0.40", "2500", "2500", "0"),
        ((call(100),), "2.50", "500", "0", "0"),
        ((call(100, -1),), "2.10", "0", "0", "200"),
        (CONDOR, "-1.20", "760", "1000", "0"),
        ((put(85), put(95, -1), call(105, -1), call(110)), "-1.50", "1700", "2000", "0"),
        ((put(90), put(100, -2), put(105)), "-0.40", "920", "1000", "0"),
        ((call(100), call(105, -1)), "2.25", "450", "0", "0"),
        ((shares(100), call(105, -1)), "98.60", "19720", "0", "0"),
        ((shares(100), call(105, -2)), "98.60", "19720", "0", "200"),
        ((call(100, -1), put(100, -1)), "-4", "20000", "20000", "200"),
        ((call(105), put(95, -1)), "0.50", "19100", "19000", "0"),
        ((call(100, -1), call(100, 1, APRIL)), "1.10", "220", "0", "0"),
        ((call(95, -1), call(100, 1, APRIL)), "-1.00", "800", "1000", "0"),
        ((put(100), put(100, -1, APRIL)), "-1.10", "20000", "20000", "0"),
        ((call(100), call(100, -1, APRIL)), "-1.10", "0", "0", "200"),
        ((shares(1),), "50", "100", "0", "0"),
    ],
)
def test_collateral_of_two(
    legs: tuple[LegTerms, ...], price: str, cash: str, reserve: str, needed_shares: str
) -> None:
    """W-01: strike in cash for a short put, shares for a covered call, else the maximum loss."""
    assert collateral_of(legs, D(price), D(2)) == Collateral(
        cash=D(cash), reserve=D(reserve), shares=D(needed_shares)
    )


@given(
    legs=structures(), price=st.integers(-900, 900).map(lambda cents: D(cents) / 100), qty=st.integers(1, 4)
)
def test_collateral_always_covers_the_loss(legs: tuple[LegTerms, ...], price: Decimal, qty: int) -> None:
    """W-01: what is set aside is at least the maximum loss; shares are asked for just where it has no end."""
    needed = collateral_of(legs, price, D(qty))
    loss = Payoff(legs=legs, price=price, qty=D(qty)).bounds().max_loss

    assert (loss is None) is (needed.shares > 0)
    assert loss is None or needed.cash >= loss
    assert needed.reserve >= 0

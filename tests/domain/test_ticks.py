"""Price ticks by class and price (A-07, validation)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ticks import (
    NICKEL_CLASSES,
    PENNY_CLASSES,
    floor_to_tick,
    is_on_tick,
    tick_size,
)

classes = st.sampled_from(["SPY", "SPX", "VIX", "UNKNOWN"])
prices = st.integers(1, 5_000_000).map(lambda mils: Decimal(mils) / 1000)


@pytest.mark.parametrize(
    ("underlying", "price", "tick"),
    [
        ("SPY", "0.01", "0.01"),
        ("SPY", "250", "0.01"),
        ("SPX", "2.99", "0.05"),
        ("SPX", "3.00", "0.10"),
        ("SPX", "120", "0.10"),
        ("UNKNOWN", "2.99", "0.01"),
        ("UNKNOWN", "3.00", "0.01"),
    ],
)
def test_tick_follows_class_and_price(underlying: str, price: str, tick: str) -> None:
    """A-07: a cent on the penny list, else a nickel under 3 $ and a dime from 3 $ on; unknown: a cent."""
    assert tick_size(underlying, Decimal(price)) == Decimal(tick)


@pytest.mark.parametrize(
    ("underlying", "price", "is_quotable"),
    [
        ("SPY", "1.23", True),
        ("SPY", "1.235", False),
        ("SPX", "2.95", True),
        ("SPX", "2.96", False),
        ("SPX", "3.05", False),
        ("SPX", "3.1", True),
        ("UNKNOWN", "3.07", True),
    ],
)
def test_price_is_on_the_tick_or_is_not(underlying: str, price: str, is_quotable: bool) -> None:
    """A-07: prices on the tick."""
    assert is_on_tick(underlying, Decimal(price)) is is_quotable


@given(underlying=classes, price=prices)
def test_floor_is_the_nearest_quotable_price_below(underlying: str, price: Decimal) -> None:
    """A-07: never above the price, less than one tick away, and quotable; never below one tick."""
    floor = floor_to_tick(underlying, price)
    tick = tick_size(underlying, price)

    assert is_on_tick(underlying, floor)
    assert floor == tick if price < tick else price - tick < floor <= price
    assert floor_to_tick(underlying, floor) == floor


def test_no_class_is_on_both_lists() -> None:
    """A-07: a class has one tick rule."""
    assert frozenset() == PENNY_CLASSES & NICKEL_CLASSES

"""Price ticks by class and price (A-07, validation)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.penny_classes import NICKEL_CLASSES, PENNY_CLASSES, PENNY_THROUGHOUT
from chalicelib.domain.instruments.ticks import (
    ceil_to_tick,
    floor_to_tick,
    is_on_tick,
    least_price,
    net_price_on_tick,
    tick_size,
)
from chalicelib.domain.trading.protection import Protection, quotable

classes = st.sampled_from(["SPY", "AAPL", "SPX", "VIX", "UNKNOWN"])
prices = st.integers(1, 5_000_000).map(lambda mils: Decimal(mils) / 1000)


@pytest.mark.parametrize(
    ("underlying", "price", "tick"),
    [
        ("SPY", "0.01", "0.01"),
        ("SPY", "250", "0.01"),
        ("AAPL", "2.99", "0.01"),
        ("AAPL", "3.00", "0.05"),
        ("AAPL", "18.75", "0.05"),
        ("SPX", "2.99", "0.05"),
        ("SPX", "3.00", "0.10"),
        ("SPX", "120", "0.10"),
        ("UNKNOWN", "2.99", "0.01"),
        ("UNKNOWN", "3.00", "0.01"),
    ],
)
def test_tick_follows_class_and_price(underlying: str, price: str, tick: str) -> None:
    """A-07: SPY a cent throughout, the penny list cent and nickel, else nickel and dime; unknown a cent."""
    assert tick_size(underlying, Decimal(price)) == Decimal(tick)


@pytest.mark.parametrize(
    ("underlying", "price", "is_quotable"),
    [
        ("SPY", "1.23", True),
        ("SPY", "1.235", False),
        ("AAPL", "2.97", True),
        ("AAPL", "4.01", False),
        ("AAPL", "3.32", False),
        ("AAPL", "4.05", True),
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


@given(underlying=classes, price=prices)
def test_ceiling_is_the_nearest_quotable_price_above(underlying: str, price: Decimal) -> None:
    """A-07: never below the price, less than one tick away, and quotable, over 3 dollars as under."""
    ceiling = ceil_to_tick(underlying, price)

    assert is_on_tick(underlying, ceiling)
    assert price <= ceiling < price + tick_size(underlying, ceiling)
    assert ceil_to_tick(underlying, ceiling) == ceiling


def test_a_bracket_is_rounded_towards_its_fill() -> None:
    """A-07: prices that we make lean away from missing the fill: a long's stop up, its target down."""
    asked = Protection(sl_price=Decimal("3.32"), tp_price=Decimal("9.08"))

    assert quotable("AAPL", asked) == Protection(sl_price=Decimal("3.35"), tp_price=Decimal("9.05"))
    assert quotable("SPY", asked) == asked
    assert quotable("AAPL", Protection(sl_price=None, tp_price=None)).is_none


@pytest.mark.parametrize(
    ("instrument", "price", "tick"),
    [
        (Instrument.EQUITY, "187.32", "0.01"),
        (Instrument.EQUITY, "1.00", "0.01"),
        (Instrument.EQUITY, "0.9999", "0.0001"),
        (Instrument.CRYPTO, "64123.45", "0.00000001"),
        (Instrument.OPTION, "187.32", "0.05"),
    ],
)
def test_the_instrument_decides_its_tick(instrument: Instrument, price: str, tick: str) -> None:
    """A-07: AAPL's shares trade in cents where its options trade in nickels; coins have 8 decimals."""
    asked, step = Decimal(price), Decimal(tick)

    assert tick_size("AAPL", asked, instrument) == step
    assert is_on_tick("AAPL", asked, instrument) is (asked % step == 0)
    assert floor_to_tick("AAPL", asked, instrument) <= asked <= ceil_to_tick("AAPL", asked, instrument)


def test_the_least_price_is_the_instruments() -> None:
    """A-07: where nobody bids, a sale rests there."""
    assert least_price("SPX") == Decimal("0.05")
    assert least_price("SPX", Instrument.EQUITY) == Decimal("0.0001")


@pytest.mark.parametrize(
    ("price", "bought", "sold"),
    [
        ("1.234", "1.24", "1.23"),
        ("-1.234", "-1.23", "-1.24"),
        ("-1.20", "-1.20", "-1.20"),
        ("0.001", "0.01", "0.00"),
        ("-0.001", "0.00", "-0.01"),
    ],
)
def test_a_net_price_is_in_cents_and_leans_towards_its_fill(price: str, bought: str, sold: str) -> None:
    """A-07, W-02: signed, so that a purchase takes a smaller credit and a sale a larger debit."""
    assert net_price_on_tick(Decimal(price), buys=True) == Decimal(bought)
    assert net_price_on_tick(Decimal(price), buys=False) == Decimal(sold)


def test_no_class_is_on_both_lists() -> None:
    """A-07: a class has one tick rule."""
    assert frozenset() == PENNY_CLASSES & NICKEL_CLASSES == PENNY_CLASSES & PENNY_THROUGHOUT

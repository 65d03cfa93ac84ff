"""Price ticks by class and price (A-07, validation)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.penny_classes import NICKEL_CLASSES, PENNY_CLASSES, PENNY_THROUGHOUT
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.ticks import (
    ceil_to_tick,
    floor_to_tick,
    is_on_tick,
    least_price,
    tick_size,
)
from chalicelib.domain.trading.protection import Protection, quotable
from tests.domain.support import OPEN_TRADE

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
        (Instrument.EQUITY, "0.99", "0.01"),
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


def test_a_bracket_of_shares_stays_on_cents() -> None:
    """A-07: shares are protected at cents; of a short the nearer price lies under the stop."""
    asked = Protection(sl_price=Decimal("187.325"), tp_price=Decimal("210.41"))

    assert quotable("AAPL", asked, instrument=Instrument.EQUITY) == Protection(
        sl_price=Decimal("187.33"), tp_price=Decimal("210.41")
    )
    assert quotable("AAPL", asked, LegSide.SHORT, Instrument.EQUITY).sl_price == Decimal("187.32")


def test_a_trade_quotes_its_protection_by_what_it_holds() -> None:
    """A-07, W-02: a call of AAPL in nickels, its shares in cents, a structure as it was asked for."""
    asked = Protection(sl_price=Decimal("187.32"), tp_price=None)
    call = replace(OPEN_TRADE, ticker="AAPL")
    shares = replace(call, legs=(replace(call.leg, instrument=Instrument.EQUITY, symbol="AAPL"),))
    spread = replace(call, legs=(call.leg, replace(call.leg, leg_no=2, side=LegSide.SHORT)))
    credit = Protection(sl_price=Decimal("-2.40"), tp_price=Decimal("-0.60"))

    assert call.quotable(asked).sl_price == Decimal("187.35")
    assert shares.quotable(asked) == asked
    assert spread.quotable(credit) == credit


def test_the_least_price_is_the_instruments() -> None:
    """A-07: where nobody bids, a sale rests there."""
    assert least_price("SPX") == Decimal("0.05")
    assert least_price("SPX", Instrument.EQUITY) == Decimal("0.01")


def test_no_class_is_on_both_lists() -> None:
    """A-07: a class has one tick rule."""
    assert frozenset() == PENNY_CLASSES & NICKEL_CLASSES == PENNY_CLASSES & PENNY_THROUGHOUT

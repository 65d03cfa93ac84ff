"""Legs and structures for tests: short to write (`call(100)`, `put(95, -2)`), and random ones."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.terms import LegTerms

MARCH: Final = date(2026, 3, 20)
APRIL: Final = MARCH + timedelta(days=28)
ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)


def option(
    right: OptionType,
    strike: str | Decimal | int,
    count: int = 1,
    expiry: date = MARCH,
    multiplier: int = 100,
) -> LegTerms:
    """Return an option leg: `count` above 0 long, below 0 short."""
    return LegTerms(
        instrument=Instrument.OPTION,
        side=LegSide.LONG if count > 0 else LegSide.SHORT,
        ratio=abs(count),
        multiplier=Decimal(multiplier),
        option_type=right,
        strike=Decimal(strike),
        expiry=expiry,
    )


def call(strike: str | Decimal | int, count: int = 1, expiry: date = MARCH) -> LegTerms:
    """Return a call leg."""
    return option(OptionType.CALL, strike, count, expiry)


def put(strike: str | Decimal | int, count: int = 1, expiry: date = MARCH) -> LegTerms:
    """Return a put leg."""
    return option(OptionType.PUT, strike, count, expiry)


def shares(count: int, instrument: Instrument = Instrument.EQUITY) -> LegTerms:
    """Return a leg of shares."""
    return LegTerms(
        instrument=instrument,
        side=LegSide.LONG if count > 0 else LegSide.SHORT,
        ratio=abs(count),
        multiplier=ONE,
    )


CONDOR: Final = (put(90), put(95, -1), call(105, -1), call(110))

signed_ratios: Final = st.integers(-3, 3).filter(bool)
strikes: Final = st.integers(1, 400).map(lambda halves: Decimal(halves) / 2)


def option_legs(expiries: tuple[date, ...] = (MARCH,)) -> st.SearchStrategy[LegTerms]:
    """Draw an option leg of one of these expiries."""
    return st.builds(option, st.sampled_from(OptionType), strikes, signed_ratios, st.sampled_from(expiries))


def structures(expiries: tuple[date, ...] = (MARCH,)) -> st.SearchStrategy[tuple[LegTerms, ...]]:
    """Draw one to four legs, shares among them at times, with an option when there are several."""
    options = st.lists(option_legs(expiries), min_size=1, max_size=3)
    held = st.lists(st.integers(-2, 2).filter(bool).map(lambda hundreds: shares(100 * hundreds)), max_size=1)
    return st.builds(lambda some, more: (*some, *more), options, held)

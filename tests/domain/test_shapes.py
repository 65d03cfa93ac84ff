"""Structures are recognised from their legs alone (W-01)."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.shapes import Shape, recognise
from chalicelib.domain.structures.terms import LegTerms
from tests.domain.structures_support import APRIL, CONDOR, call, option, put, shares, structures

KNOWN: list[tuple[Shape, tuple[LegTerms, ...]]] = [
    (Shape.LONG_CALL, (call(100),)),
    (Shape.LONG_PUT, (put("12.5"),)),
    (Shape.SHORT_CALL, (call(100, -1),)),
    (Shape.SHORT_PUT, (put(100, -1),)),
    (Shape.SHARES, (shares(1),)),
    (Shape.SHARES, (shares(-1),)),
    (Shape.CRYPTO, (shares(1, Instrument.CRYPTO),)),
    (Shape.COVERED_CALL, (shares(100), call(105, -1))),
    (Shape.PROTECTIVE_PUT, (shares(100), put(95))),
    (Shape.COLLAR, (shares(100), call(105, -1), put(95))),
    (Shape.VERTICAL, (call(100), call(105, -1))),
    (Shape.VERTICAL, (put(100, -2), put("97.5", 2))),
    (Shape.RATIO_SPREAD, (put(100), put(95, -2))),
    (Shape.CALENDAR, (call(100, -1), call(100, 1, APRIL))),
    (Shape.DIAGONAL, (call(105, -1), call(100, 1, APRIL))),
    (Shape.STRADDLE, (call(100, -1), put(100, -1))),
    (Shape.STRANGLE, (call(105, 2), put(95, 2))),
    (Shape.BUTTERFLY, (call(95), call(100, -2), call(105))),
    (Shape.BUTTERFLY, (put(95, -1), put(100, 2), put(105, -1))),
    (Shape.BROKEN_WING_BUTTERFLY, (put(90), put(100, -2), put(105))),
    (Shape.CONDOR, (call(90), call(95, -1), call(105, -1), call(110))),
    (Shape.IRON_CONDOR, CONDOR),
    (Shape.IRON_CONDOR, (put(85), put(95, -1), call(105, -1), call(110))),
    (Shape.IRON_FLY, (put(95), put(100, -1), call(100, -1), call(105))),
    (Shape.REVERSE_IRON_CONDOR, (put(90, -1), put(95), call(105), call(110, -1))),
    (Shape.REVERSE_IRON_FLY, (put(95, -1), put(100), call(100), call(105, -1))),
]

NAMELESS: dict[str, tuple[LegTerms, ...]] = {
    "calls of two strikes, both long": (call(100), call(105)),
    "a strangle whose legs are both in the money": (call(95), put(105)),
    "a long call and a short put": (call(105), put(95, -1)),
    "a calendar of unlike counts": (call(100, -1), call(100, 2, APRIL)),
    "a straddle over two expiries": (call(100), put(100, 1, APRIL)),
    "a butterfly whose body is too large": (call(95), call(100, -3), call(105)),
    "a condor with its wings inside the shorts' strikes": (put(95), put(90, -1), call(105, -1), call(110)),
    "a condor whose sides overlap": (put(90), put(108, -1), call(105, -1), call(110)),
    "a condor over two expiries": (put(90, 1, APRIL), put(95, -1), call(105, -1), call(110)),
    "a condor with no width on one side": (put(95), put(95, -1), call(105, -1), call(110)),
    "more calls than shares": (shares(100), call(105, -2)),
    "short shares and a short call": (shares(-100), call(105, -1)),
    "shares under a covered strangle": (shares(100), call(105, -1), put(95, -1)),
    "a collar over two expiries": (shares(100), call(105, -1), put(95, 1, APRIL)),
    "options of unlike multipliers": (call(100), option(OptionType.CALL, 105, -1, multiplier=10)),
    "shares twice": (shares(1), shares(2)),
}


@pytest.mark.parametrize(("shape", "legs"), KNOWN)
def test_shape_is_recognised_in_any_order(shape: Shape, legs: tuple[LegTerms, ...]) -> None:
    """W-01: named from the legs alone, however they stand."""
    assert {recognise(order) for order in permutations(legs)} == {shape}


@pytest.mark.parametrize("legs", NAMELESS.values(), ids=NAMELESS)
def test_what_has_no_name_is_custom(legs: tuple[LegTerms, ...]) -> None:
    """W-01: a name is never given to legs that only look like it."""
    assert {recognise(order) for order in permutations(legs)} == {Shape.CUSTOM}


def test_every_name_but_custom_has_an_example() -> None:
    """W-01: no shape that nothing can be recognised as."""
    assert {shape for shape, _ in KNOWN} == set(Shape) - {Shape.CUSTOM}


@given(legs=structures((APRIL,)), times=st.integers(2, 5))
def test_shape_is_the_same_whatever_the_size(legs: tuple[LegTerms, ...], times: int) -> None:
    """W-01: ten condors in one are still a condor."""
    larger = [
        LegTerms(
            instrument=leg.instrument,
            side=leg.side,
            ratio=leg.ratio * times,
            multiplier=leg.multiplier,
            option_type=leg.option_type,
            strike=leg.strike,
            expiry=leg.expiry,
        )
        for leg in legs
    ]

    assert recognise(larger) is recognise(legs)

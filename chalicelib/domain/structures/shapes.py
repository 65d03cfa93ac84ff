"""What a structure is called: recognised from its legs alone (W-01).

A name says how the legs stand to one another and nothing about risk: what it can win and lose is worked out
from the legs themselves (`payoff`), so that a shape without a name of its own is treated no worse.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import gcd
from typing import Final, NamedTuple

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.terms import LegTerms


class Shape(StrEnum):
    """The named shapes; CUSTOM is everything else."""

    LONG_CALL = "LONG_CALL"
    LONG_PUT = "LONG_PUT"
    SHORT_CALL = "SHORT_CALL"
    SHORT_PUT = "SHORT_PUT"
    COVERED_CALL = "COVERED_CALL"
    PROTECTIVE_PUT = "PROTECTIVE_PUT"
    COLLAR = "COLLAR"
    VERTICAL = "VERTICAL"
    RATIO_SPREAD = "RATIO_SPREAD"
    CALENDAR = "CALENDAR"
    DIAGONAL = "DIAGONAL"
    STRADDLE = "STRADDLE"
    STRANGLE = "STRANGLE"
    BUTTERFLY = "BUTTERFLY"
    BROKEN_WING_BUTTERFLY = "BROKEN_WING_BUTTERFLY"
    CONDOR = "CONDOR"
    IRON_CONDOR = "IRON_CONDOR"
    IRON_FLY = "IRON_FLY"
    REVERSE_IRON_CONDOR = "REVERSE_IRON_CONDOR"
    REVERSE_IRON_FLY = "REVERSE_IRON_FLY"
    SHARES = "SHARES"
    CRYPTO = "CRYPTO"
    CUSTOM = "CUSTOM"


#: What one leg alone is called: its price is the instrument's, and its side the leg's.
OF_ONE_LEG: Final = frozenset(
    {Shape.LONG_CALL, Shape.LONG_PUT, Shape.SHORT_CALL, Shape.SHORT_PUT, Shape.SHARES, Shape.CRYPTO}
)


def called(ticker: str, shape: str | None) -> str:
    """Name a trade in a sentence: `SPY iron condor`; what has one leg goes by its ticker alone."""
    if shape is None or shape in OF_ONE_LEG:
        return ticker
    name = "structure" if shape == Shape.CUSTOM else shape.replace("_", " ").lower()
    return f"{ticker} {name}"


_SINGLE: Final = {
    (LegSide.LONG, OptionType.CALL): Shape.LONG_CALL,
    (LegSide.LONG, OptionType.PUT): Shape.LONG_PUT,
    (LegSide.SHORT, OptionType.CALL): Shape.SHORT_CALL,
    (LegSide.SHORT, OptionType.PUT): Shape.SHORT_PUT,
}
#: What options make of shares that they are for one to one, by right and signed count.
_WITH_SHARES: Final = {
    (("C", -1),): Shape.COVERED_CALL,
    (("P", 1),): Shape.PROTECTIVE_PUT,
    (("P", 1), ("C", -1)): Shape.COLLAR,
}
_BUTTERFLY: Final = frozenset({(1, -2, 1), (-1, 2, -1)})
_IRON: Final = {
    (1, -1, -1, 1): (Shape.IRON_CONDOR, Shape.IRON_FLY),
    (-1, 1, 1, -1): (Shape.REVERSE_IRON_CONDOR, Shape.REVERSE_IRON_FLY),
}


class _Option(NamedTuple):
    """An option leg as it is compared: `signed_ratio` is over the largest number that all ratios share."""

    expiry: date
    strike: Decimal
    right: str
    signed_ratio: int


def recognise(legs: Sequence[LegTerms]) -> Shape:
    """Return the shape of one to four legs in whatever order they stand."""
    kinds = {leg.instrument for leg in legs}
    if kinds == {Instrument.OPTION}:
        return _of_options(legs)
    if kinds == {Instrument.OPTION, Instrument.EQUITY}:
        return _with_shares(legs)
    if len(legs) == 1:
        return Shape.CRYPTO if kinds == {Instrument.CRYPTO} else Shape.SHARES
    return Shape.CUSTOM


def _of_options(legs: Sequence[LegTerms]) -> Shape:
    if len(legs) == 1:
        (leg,) = legs
        return _SINGLE[leg.side, leg.option_type] if leg.option_type is not None else Shape.CUSTOM
    if len({leg.multiplier for leg in legs}) > 1:
        return Shape.CUSTOM
    options = _in_order(legs)
    several = {2: _of_two, 3: _of_three, 4: _of_four}.get(len(options))
    return Shape.CUSTOM if several is None else several(options)


def _in_order(legs: Sequence[LegTerms]) -> tuple[_Option, ...]:
    """Return option legs by expiry, strike and right, puts first."""
    whole = gcd(*(leg.ratio for leg in legs))
    options = (
        _Option(leg.expiry, leg.strike, _right(leg), leg.side.sign * leg.ratio // whole)
        for leg in legs
        if leg.expiry is not None and leg.strike is not None
    )
    return tuple(sorted(options, key=lambda option: (option.expiry, option.strike, option.right == "C")))


def _right(leg: LegTerms) -> str:
    return "C" if leg.option_type is OptionType.CALL else "P"


def _of_two(options: tuple[_Option, ...]) -> Shape:
    first, second = options
    is_even = abs(first.signed_ratio) == abs(second.signed_ratio)
    is_opposite = first.signed_ratio * second.signed_ratio < 0
    if first.right == second.right:
        if not is_opposite:
            return Shape.CUSTOM
        if first.expiry == second.expiry:
            return Shape.VERTICAL if is_even else Shape.RATIO_SPREAD
        if not is_even:
            return Shape.CUSTOM
        return Shape.CALENDAR if first.strike == second.strike else Shape.DIAGONAL
    if is_opposite or not is_even or first.expiry != second.expiry:
        return Shape.CUSTOM
    if first.strike == second.strike:
        return Shape.STRADDLE
    # The put is struck lower; the other way round both are in the money, which has no name here.
    return Shape.STRANGLE if first.right == "P" else Shape.CUSTOM


def _of_three(options: tuple[_Option, ...]) -> Shape:
    counts = tuple(option.signed_ratio for option in options)
    strikes = tuple(option.strike for option in options)
    if not _on_one_line(options) or counts not in _BUTTERFLY:
        return Shape.CUSTOM
    low, middle, high = strikes
    return Shape.BUTTERFLY if middle - low == high - middle else Shape.BROKEN_WING_BUTTERFLY


def _of_four(options: tuple[_Option, ...]) -> Shape:
    counts = tuple(option.signed_ratio for option in options)
    if _on_one_line(options):
        return Shape.CONDOR if counts in _IRON else Shape.CUSTOM
    low, put, call, high = options
    rights = tuple(option.right for option in options)
    if len({option.expiry for option in options}) > 1 or rights != ("P", "P", "C", "C"):
        return Shape.CUSTOM
    if low.strike == put.strike or call.strike == high.strike or counts not in _IRON:
        return Shape.CUSTOM
    condor, fly = _IRON[counts]
    return fly if put.strike == call.strike else condor


def _on_one_line(options: tuple[_Option, ...]) -> bool:
    """Say whether all are of one right and one expiry, each at a strike of its own."""
    return len({(option.expiry, option.right) for option in options}) == 1 and len(
        {option.strike for option in options}
    ) == len(options)


def _with_shares(legs: Sequence[LegTerms]) -> Shape:
    shares = sum(leg.units for leg in legs if leg.instrument is Instrument.EQUITY)
    options = [leg for leg in legs if leg.instrument is Instrument.OPTION]
    if shares <= 0 or any(abs(leg.units) != shares for leg in options):
        return Shape.CUSTOM
    if len({leg.expiry for leg in options}) > 1:
        return Shape.CUSTOM
    rights = tuple(
        (_right(leg), leg.side.sign)
        for leg in sorted(options, key=lambda leg: leg.option_type is OptionType.CALL)
    )
    return _WITH_SHARES.get(rights, Shape.CUSTOM)

"""What a structure can come to owe, at every expiry that it lives through.

When the first of several expiries has passed, the later legs stand alone. A short call is covered only by
calls that live as long and by shares, a short put by puts that live as long; so each stage of a structure's
life is looked at.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.terms import LegTerms


def intrinsic(leg: LegTerms, spot: Decimal) -> Decimal:
    """Return what one share's worth of the leg is worth at this price without any time left."""
    if leg.instrument is not Instrument.OPTION or leg.strike is None:
        return spot
    gain = spot - leg.strike if leg.option_type is OptionType.CALL else leg.strike - spot
    return max(gain, ZERO)


def first_expiry(legs: Sequence[LegTerms]) -> date | None:
    """Return the earliest expiry, None without options."""
    return min((leg.expiry for leg in legs if leg.expiry is not None), default=None)


def rising_units(legs: Sequence[LegTerms]) -> Decimal:
    """Return dollars per structure that a dollar's rise brings once the price is above every strike."""
    return sum((leg.units for leg in legs if leg.option_type is not OptionType.PUT), ZERO)


def stages(legs: Sequence[LegTerms]) -> Iterator[tuple[LegTerms, ...]]:
    """Yield the legs alive at each expiry in turn; all of them once when nothing expires.

    What is held when the last option has gone is no stage of the structure: short shares are covered by a
    long call until then.
    """
    for expiry in sorted({leg.expiry for leg in legs if leg.expiry is not None}):
        yield tuple(leg for leg in legs if leg.expiry is None or leg.expiry >= expiry)
    if first_expiry(legs) is None:
        yield tuple(legs)


def uncovered_units(legs: Sequence[LegTerms]) -> Decimal:
    """Return how many of the underlying one structure lacks at worst when the price rises."""
    return max((-rising_units(alive) for alive in stages(legs)), default=ZERO).max(ZERO)


def is_unlimited(legs: Sequence[LegTerms]) -> bool:
    """Say whether a rise can cost without end: a call naked now or once its cover has expired (W-01)."""
    return uncovered_units(legs) > 0


def owed_at_worst(legs: Sequence[LegTerms]) -> Decimal:
    """Return the dollars that one structure of limited loss owes at most, at the worst price of any stage.

    What entering it cost or brought is not counted. Later legs count at intrinsic value, which a long one is
    worth at least.
    """
    return max((_owed(alive) for alive in stages(legs)), default=ZERO)


def _owed(legs: Sequence[LegTerms]) -> Decimal:
    spots = {ZERO, *(leg.strike for leg in legs if leg.strike is not None)}
    worst = min(sum((leg.units * intrinsic(leg, spot) for leg in legs), ZERO) for spot in spots)
    return max(-worst, ZERO)

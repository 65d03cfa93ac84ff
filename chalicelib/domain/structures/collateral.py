"""What a structure needs of its account before it may be entered (W-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.structures.exposure import owed_at_worst, stages, uncovered_units
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.terms import LegTerms

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collateral:
    """What has to be there for the whole quantity.

    `cash`: dollars to enter with. `reserve`: dollars that stay put aside while it is open, after the entry
    has been paid or has paid. `shares`: how many of the underlying must be in the account's books and are
    promised to it; an account that has none of them would be naked short, which nobody may be.
    """

    cash: Decimal
    reserve: Decimal
    shares: Decimal


def collateral_of(legs: Sequence[LegTerms], price: Decimal, qty: Decimal) -> Collateral:
    """Return what `qty` structures entered at `price` (W-02's) need.

    A short put without a long one needs its strike in cash, whatever it brought; everything else that can
    lose no more than it is known to needs its maximum loss: what it can come to owe, and what entering it
    took. Coins are had without leverage: a short puts aside what it brought, and needs as much again.
    """
    if legs[0].instrument is Instrument.CRYPTO:
        return _of_coins(legs[0], price * qty)
    shares = uncovered_units(legs)
    covered = [*legs, _shares(shares)] if shares else list(legs)
    reserve = owed_at_worst(covered) * qty
    paid = structure_sign(legs) * price * unit_multiplier(legs) * qty
    cash = reserve + (max(paid, ZERO) if _has_uncovered_put(legs) else paid)
    return Collateral(cash=to_cents(max(cash, ZERO)), reserve=to_cents(reserve), shares=shares * qty)


def _of_coins(leg: LegTerms, notional: Decimal) -> Collateral:
    put_aside = notional if leg.side is LegSide.SHORT else ZERO
    return Collateral(cash=to_cents(notional), reserve=to_cents(put_aside), shares=ZERO)


def _shares(units: Decimal) -> LegTerms:
    return LegTerms(instrument=Instrument.EQUITY, side=LegSide.LONG, ratio=int(units), multiplier=_ONE)


def _has_uncovered_put(legs: Sequence[LegTerms]) -> bool:
    """Say whether at some expiry more puts are short than long ones live as long."""
    return any(
        sum((leg.units for leg in alive if leg.option_type is OptionType.PUT), ZERO) < 0
        for alive in stages(legs)
    )

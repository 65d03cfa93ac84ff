"""What becomes of each leg when it expires or is assigned, and what is left of the structure (W-05, I-17).

Pure: who asks brings the one price at which all legs of an expiry settle, and says whether shares are
delivered. A delivery changes hands at the strike, so the option itself is worth nothing then and the shares'
cost is the strike; without one the option is settled in cash at its intrinsic value. Both come to the same
result at that price.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import CENT, ZERO, to_cents
from chalicelib.domain.structures.exposure import intrinsic, is_unlimited, owed_at_worst
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.structures.terms import LegTerms

_ONE: Final = Decimal(1)
#: W-05: what the paper broker delivers shares for, where cash is the rule. A call sold alone is covered by
#: shares of the same account's books: nobody may be naked short (W-01).
_DELIVERED_ON_PAPER: Final = frozenset({Shape.SHORT_PUT, Shape.SHORT_CALL, Shape.COVERED_CALL})


class Outcome(StrEnum):
    """What became of a leg."""

    EXPIRED = "EXPIRED"
    CASH_SETTLED = "CASH_SETTLED"
    ASSIGNED = "ASSIGNED"
    EXERCISED = "EXERCISED"

    @property
    def event(self) -> str:
        """Return the word of the trade's history (B-16): cash at expiry is an expiry."""
        return (Outcome.EXPIRED if self is Outcome.CASH_SETTLED else self).value


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many contracts or shares of a leg are held; the terms' ratio counts nothing here."""

    terms: LegTerms
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSettlement:
    """What became of `quantity` contracts of the leg with this number (from 0).

    `value` is what one share's worth of the option was settled at. `shares` came by it at `share_price`,
    above 0 bought and below 0 sold; 0 without a delivery. Dollars per share.
    """

    leg: int
    outcome: Outcome
    quantity: Decimal
    value: Decimal
    shares: Decimal
    share_price: Decimal

    def cash(self, terms: LegTerms) -> Decimal:
        """Return the dollars that it brought, below 0 when it took some."""
        settled = terms.side.sign * terms.multiplier * self.quantity * self.value
        return settled - self.shares * self.share_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of the legs that an event touched, and everything that is held afterwards."""

    legs: tuple[LegSettlement, ...]
    left: tuple[Held, ...]
    cash: Decimal


def delivers_shares(*, broker_delivers: bool, is_cash_settled: bool, is_on_paper: bool, shape: Shape) -> bool:
    """Say whether legs in the money deliver shares: at real brokers, on paper for what is about shares."""
    if is_cash_settled:
        return False
    return broker_delivers or (is_on_paper and shape in _DELIVERED_ON_PAPER)


def settle_expiry(held: Sequence[Held], expiry: date, price: Decimal, *, delivers: bool) -> Settlement:
    """Settle all legs of this expiry at one price of the underlying; legs of a later one live on.

    In the money is by a cent or more (the clearing house's exercise by exception).
    """
    settled = tuple(
        _settle(number, one, price, delivers=delivers)
        for number, one in enumerate(held)
        if one.terms.expiry == expiry and one.quantity > 0
    )
    return _after(held, settled)


def assign_early(held: Sequence[Held], leg: int, quantity: Decimal) -> Settlement:
    """Deliver shares against so many contracts of a short leg, the rest of it living on; two of five, say.

    Raises ValueError for a leg that is not short or holds fewer.
    """
    one = held[leg]
    if one.terms.side is not LegSide.SHORT or not 0 < quantity <= one.quantity:
        raise ValueError(f"{quantity} of leg {leg} cannot be assigned")
    return _after(held, (_delivered(leg, one.terms, quantity),))


def loss_from_here(left: Collection[Held], paid: Decimal) -> Decimal | None:
    """Return what the trade can lose at most with what is left of it, a positive amount; None: unlimited.

    `paid` is what entering and all settlements so far took, less what they brought, in dollars.
    """
    legs = [replace(one.terms, ratio=int(one.quantity)) for one in left if one.quantity > 0]
    if is_unlimited(legs):
        return None
    return to_cents(max(owed_at_worst(legs) + paid, ZERO))


def _settle(number: int, one: Held, price: Decimal, *, delivers: bool) -> LegSettlement:
    value = intrinsic(one.terms, price)
    if value < CENT:
        return _in_cash(number, one.quantity, Outcome.EXPIRED, ZERO)
    if delivers:
        return _delivered(number, one.terms, one.quantity)
    return _in_cash(number, one.quantity, Outcome.CASH_SETTLED, value)


def _in_cash(number: int, quantity: Decimal, outcome: Outcome, value: Decimal) -> LegSettlement:
    return LegSettlement(
        leg=number, outcome=outcome, quantity=quantity, value=value, shares=ZERO, share_price=ZERO
    )


def _delivered(number: int, terms: LegTerms, quantity: Decimal) -> LegSettlement:
    assert terms.strike is not None
    buys = 1 if terms.option_type is OptionType.CALL else -1
    return LegSettlement(
        leg=number,
        outcome=Outcome.ASSIGNED if terms.side is LegSide.SHORT else Outcome.EXERCISED,
        quantity=quantity,
        value=ZERO,
        shares=buys * terms.side.sign * terms.multiplier * quantity,
        share_price=terms.strike,
    )


def _after(held: Sequence[Held], settled: tuple[LegSettlement, ...]) -> Settlement:
    gone = {one.leg: one.quantity for one in settled}
    options = (
        replace(one, quantity=one.quantity - gone.get(number, ZERO))
        for number, one in enumerate(held)
        if one.terms.instrument is not Instrument.EQUITY
    )
    shares = sum((one.shares for one in settled), ZERO) + sum(
        (one.terms.units / one.terms.ratio * one.quantity for one in held if _is_shares(one)), ZERO
    )
    left = [one for one in options if one.quantity > 0]
    return Settlement(
        legs=settled,
        left=(*_shares(shares), *left),
        cash=sum((one.cash(held[one.leg].terms) for one in settled), ZERO),
    )


def _is_shares(one: Held) -> bool:
    return one.terms.instrument is Instrument.EQUITY


def _shares(count: Decimal) -> Iterator[Held]:
    """Yield the one EQUITY leg of so many shares, short below 0; none for none."""
    if count:
        side = LegSide.LONG if count > 0 else LegSide.SHORT
        yield Held(
            terms=LegTerms(instrument=Instrument.EQUITY, side=side, ratio=1, multiplier=_ONE),
            quantity=abs(count),
        )

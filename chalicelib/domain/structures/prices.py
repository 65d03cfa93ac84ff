"""The price of a structure and its one sign rule (W-02).

A structure of one leg has its instrument's price. One of several has the price that is *paid* for one unit
of it, per share: above 0 for a debit, below 0 for a credit; entering it is buying, leaving it is selling. In
both cases P&L = sign × (price now − price at entry) × quantity × unit multiplier, with the leg's sign for
one leg and 1 for several.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.structures.terms import LegTerms

_ONE: Final = Decimal(1)


class UnlikeMultipliers(ValueError):
    """Options of one structure stand for unlike quantities, so that it has no price per share."""

    def __init__(self, multipliers: Sequence[Decimal]) -> None:
        told = ", ".join(f"{multiplier.normalize():f}" for multiplier in multipliers)
        super().__init__(f"options of one structure stand for {told} shares")


class Touch(Protocol):
    """What is bid and asked per share; None: not told, 0: nobody."""

    @property
    def bid(self) -> Decimal | None: ...
    @property
    def ask(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPrice:
    """Why a structure has no price: the first leg (counted from 0) that has none, and its want."""

    leg: int
    reason: str


def structure_sign(legs: Sequence[LegTerms]) -> int:
    """Return 1 where a higher price of the structure is a gain, -1 where it is a loss."""
    return legs[0].side.sign if len(legs) == 1 else 1


def unit_multiplier(legs: Sequence[LegTerms]) -> Decimal:
    """Return dollars per structure for one dollar of its price; raises UnlikeMultipliers.

    The options' own multiplier for several legs, whatever their ratios: a covered call of 100 shares and one
    call is priced per share.
    """
    if len(legs) == 1:
        return legs[0].ratio * legs[0].multiplier
    multipliers = sorted({leg.multiplier for leg in legs if leg.instrument is Instrument.OPTION})
    if len(multipliers) > 1:
        raise UnlikeMultipliers(multipliers)
    return multipliers[0] if multipliers else _ONE


def net_price(legs: Sequence[LegTerms], prices: Sequence[Decimal]) -> Decimal:
    """Return the structure's price from its legs' prices, in their order; dollars per share."""
    if len(legs) == 1:
        (price,) = prices
        return price
    paid = sum((leg.units * price for leg, price in zip(legs, prices, strict=True)), ZERO)
    return to_price(paid / unit_multiplier(legs))


def mid_price(legs: Sequence[LegTerms], touches: Sequence[Touch | None]) -> Decimal | NoPrice:
    """Return the price at the middle of every leg's quote; none when a leg is not quoted on both sides."""
    return _all_or_nothing(legs, touches, _mid)


def natural_entry_price(legs: Sequence[LegTerms], touches: Sequence[Touch | None]) -> Decimal | NoPrice:
    """Return the price at which the structure can be entered at once: asks are paid, bids are had."""
    return _all_or_nothing(legs, touches, lambda leg, touch: _paid(leg.side, touch))


def natural_exit_price(legs: Sequence[LegTerms], touches: Sequence[Touch | None]) -> Decimal | NoPrice:
    """Return the price at which the structure can be left at once: bids are had, asks are paid.

    Of several legs a long one that nobody bids for brings 0, so that a worthless wing holds up no exit. A
    single leg cannot be sold to nobody: it has no price then.
    """
    is_alone = len(legs) == 1

    def left_at(leg: LegTerms, touch: Touch) -> Decimal | str:
        nobody_bids = touch.bid == 0 and touch.ask is not None and touch.ask > 0
        if leg.side is LegSide.LONG and nobody_bids and not is_alone:
            return ZERO
        return _paid(LegSide.SHORT if leg.side is LegSide.LONG else LegSide.LONG, touch)

    return _all_or_nothing(legs, touches, left_at)


def _all_or_nothing(
    legs: Sequence[LegTerms],
    touches: Sequence[Touch | None],
    price_of: Callable[[LegTerms, Touch], Decimal | str],
) -> Decimal | NoPrice:
    prices: list[Decimal] = []
    for number, (leg, touch) in enumerate(zip(legs, touches, strict=True)):
        price = "no quote" if touch is None else price_of(leg, touch)
        if isinstance(price, str):
            return NoPrice(leg=number, reason=price)
        prices.append(price)
    return net_price(legs, prices)


def _mid(_leg: LegTerms, touch: Touch) -> Decimal | str:
    if touch.bid is None or touch.bid <= 0:
        return "no bid"
    if touch.ask is None or touch.ask <= 0:
        return "no ask"
    return to_price((touch.bid + touch.ask) / 2)


def _paid(side: LegSide, touch: Touch) -> Decimal | str:
    """Return what a leg taken on this side costs or brings at once."""
    price, want = (touch.ask, "no ask") if side is LegSide.LONG else (touch.bid, "no bid")
    return price if price is not None and price > 0 else want

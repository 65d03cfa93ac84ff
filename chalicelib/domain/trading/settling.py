"""What the end of some of a trade's legs does to it: fills, shares that come, what it can lose then. Pure.

The rule of a single event is `structures.settlement`; here it meets what a trade's fills say it holds.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.structures.exposure import intrinsic
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.settlement import Held, Outcome, assign_early, loss_from_here, settle_expiry
from chalicelib.domain.trading.legs import Leg, LegOrigin
from chalicelib.domain.trading.position import LegBook, Position
from chalicelib.domain.trading.trades import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnd:
    """How so many contracts of a leg end: what one share's worth is settled at, and the shares that come.

    `quantity` is above 0 of what is held and below 0 of what was sold beyond it (I-09). `shares` change
    hands at the strike, above 0 bought and below 0 sold.
    """

    leg: Leg
    outcome: Outcome
    quantity: Decimal
    value: Decimal
    shares: Decimal = ZERO

    @property
    def is_buy(self) -> bool:
        """Say whether its fill buys: a short leg is bought back, as is what was oversold of a long one."""
        side = self.leg.side.closes_by if self.quantity > 0 else self.leg.side.opens_by
        return side.is_buy

    @property
    def origin(self) -> LegOrigin:
        """Return what brought its shares."""
        return LegOrigin.ASSIGNED if self.leg.side is LegSide.SHORT else LegOrigin.EXERCISED

    @property
    def shares_per_structure(self) -> int:
        """Return how many shares the leg stands for in one structure."""
        return int(self.leg.ratio * self.leg.multiplier)


def ends_at_expiry(
    books: Sequence[LegBook], ending: Collection[int], price: Decimal, *, delivers: bool
) -> tuple[LegEnd, ...]:
    """Return how the legs with these numbers end at one price of the underlying (I-17).

    Deliveries that take each other away bring no shares: such legs settle at their value, which is the same.
    """
    found = []
    for book in books:
        if book.leg.leg_no in ending and book.held != 0:
            (end,) = _ended(book, price, delivers=delivers and book.held > 0)
            found.append(end)
    if sum((end.shares for end in found), ZERO) == 0:
        found = [replace(end, value=intrinsic(end.leg.terms, price), shares=ZERO) for end in found]
    return tuple(found)


def _ended(book: LegBook, price: Decimal, *, delivers: bool) -> list[LegEnd]:
    assert book.leg.expiry is not None
    held = Held(terms=book.leg.terms, quantity=abs(book.held))
    settled = settle_expiry([held], book.leg.expiry, price, delivers=delivers).legs
    return [
        LegEnd(leg=book.leg, outcome=one.outcome, quantity=book.held, value=one.value, shares=one.shares)
        for one in settled
    ]


def ends_early(book: LegBook, quantity: Decimal) -> LegEnd:
    """Return how so many contracts of a leg end before their expiry: shares change hands at the strike."""
    terms = book.leg.terms
    if terms.side is LegSide.SHORT:
        (one,) = assign_early([Held(terms=terms, quantity=book.held)], 0, quantity).legs
        return LegEnd(leg=book.leg, outcome=one.outcome, quantity=quantity, value=ZERO, shares=one.shares)
    as_short = replace(terms, side=LegSide.SHORT)
    (one,) = assign_early([Held(terms=as_short, quantity=book.held)], 0, quantity).legs
    return LegEnd(leg=book.leg, outcome=Outcome.EXERCISED, quantity=quantity, value=ZERO, shares=-one.shares)


def is_over(position: Position) -> bool:
    """Say whether nothing is held of any leg, either way."""
    return all(book.held == 0 for book in position.books)


def loss_left(position: Position) -> Decimal | None:
    """Return the dollars that the trade can lose at most from here, all told; None: without end."""
    paid = sum((book.cost - book.proceeds for book in position.books), ZERO)
    return loss_from_here(
        [Held(terms=book.leg.terms, quantity=book.held) for book in position.books if book.held > 0], paid
    )


def floor_of(trade: Trade, loss: Decimal) -> Decimal:
    """Return the risk floor by which a trade's heat is what it can lose from here (`limits.risk_of_one`)."""
    terms = [leg.terms for leg in trade.legs if leg.origin is None]
    price = trade.entry_price or ZERO
    paid = structure_sign(terms) * price * unit_multiplier(terms)
    return max(to_cents(loss / trade.open_qty - paid), ZERO) if trade.open_qty > 0 else ZERO


def what_is_left(position: Position) -> str:
    """Name what is held, for its owner."""
    held = [_named(book) for book in position.books if book.held > 0]
    return ", ".join(held) or "nothing"


def _named(book: LegBook) -> str:
    side = "long" if book.leg.side is LegSide.LONG else "short"
    unit = " shares of" if book.leg.instrument is Instrument.EQUITY else ""
    return f"{side} {book.held.normalize():f}{unit} {book.leg.symbol}"

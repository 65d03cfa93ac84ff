"""What shares that came or went say of option contracts that are gone: were they delivered (W-05)? Pure.

Nothing is concluded from a contract that is gone alone: its shares must have moved, at its strike as far as
the account's cost of them tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import CENT, ZERO
from chalicelib.domain.trading.legs import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Contracts of a trade's leg that an account holds no more, and that no order explains."""

    trade_id: UUID
    leg: Leg
    quantity: Decimal

    @property
    def shares_of_one(self) -> Decimal:
        """Return the shares that one contract's delivery brings, below 0 takes."""
        buys = 1 if self.leg.option_type is OptionType.CALL else -1
        return buys * self.leg.side.sign * self.leg.multiplier

    @property
    def strike(self) -> Decimal:
        """Return what a share changes hands for."""
        assert self.leg.strike is not None
        return self.leg.strike


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares of one underlying that came (above 0) or went, and that no trade explains.

    `paid` is dollars per share of all that the account holds, None where that says nothing of these.
    """

    beyond: Decimal
    paid: Decimal | None


def delivered(gone: Sequence[Gone], shares: Shares) -> list[tuple[Gone, Decimal]]:
    """Return how many contracts of which legs these shares came of; `gone` is all of one underlying.

    Where the shares are what all of them net to, a call's against a put's, all were delivered. Contracts
    whose shares would take each other away whole leave no trace: of those nothing is said.
    """
    net = sum((one.quantity * one.shares_of_one for one in gone), ZERO)
    if net == shares.beyond != 0 and _is_paid_together(gone, shares):
        return [(one, one.quantity) for one in gone]
    found, left = [], shares.beyond
    for one in gone:
        count = min(one.quantity, left // one.shares_of_one) if left * one.shares_of_one > 0 else ZERO
        if count > 0 and _is_at(one.strike, one.strike, shares):
            found.append((one, count))
            left -= count * one.shares_of_one
    return found


def _is_paid_together(gone: Sequence[Gone], shares: Shares) -> bool:
    """Say whether their strikes make what the shares cost.

    What a broker keeps of both ways is of the larger one, and of which of its strikes is not told.
    """
    surplus = [one for one in gone if one.shares_of_one * shares.beyond > 0]
    lowest, highest = min(one.strike for one in surplus), max(one.strike for one in surplus)
    if len(surplus) == len(gone):
        number = sum((one.quantity for one in gone), ZERO)
        lowest = highest = sum((one.quantity * one.strike for one in gone), ZERO) / number
    return _is_at(lowest, highest, shares)


def _is_at(lowest: Decimal, highest: Decimal, shares: Shares) -> bool:
    return shares.paid is None or lowest - CENT <= shares.paid <= highest + CENT

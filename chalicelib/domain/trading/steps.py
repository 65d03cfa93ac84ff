"""The steps that a trade can take next, as values; which one it is `next_step.py` decides."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.protection import WHOLE, Protection
from chalicelib.domain.trading.trades import CloseReason, PendingChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing can or need be done now."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtMarket:
    """Read the quote of what is held and ask again: whether and how to sell depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookForTurn:
    """Look whether another entry of the account walks, and ask again: one at a time does (B-05)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendEntry:
    """Send the stored entry; `look_again_after` is set where it walks: when its next step is due."""

    order: Order
    look_again_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkOn:
    """Send the next step of an entry that walks, over what is left of it (B-05)."""

    quantity: Decimal
    limit_price: Decimal
    look_again_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWalk:
    """The time of a walk is up and its last order gone: what filled is kept, else nothing was entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndUnplaced:
    """End a pending trade whose entry was never sent."""

    reason: CloseReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrders:
    """Cancel what works at the broker (an OCO once, by its parent) and confirm it by reading."""

    orders: tuple[Order, ...]
    orphaned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceProtection:
    """Put this stop and target over this quantity; `target_no` is the number of the slice."""

    protection: Protection
    quantity: Decimal
    target_no: int = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyChange:
    """The bracket stands as the pending change wants it: record that."""

    change: PendingChange


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginClose:
    """Move to CLOSING."""

    reason: CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SendExit:
    """Sell what is held (`flatten` False) or buy back what was sold beyond it (True).

    `limit_price` is set where nobody bids: the sale rests at the least price until somebody does; and for
    several legs and the desk's always. `look_again_after` is set where a limit walks: when its next step is
    due. `at_market` is the one override (B-05): where it is not allowed, the limit stands in for it.
    """

    quantity: Decimal
    flatten: bool
    limit_price: Decimal | None = None
    look_again_after: timedelta | None = None
    at_market: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWorst:
    """Store how far a strategy's exit may go, before its first order leaves."""

    worst: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FlattenLeg:
    """Give back so much of a leg that an entry filled without the others, by an aggressive limit (B-05)."""

    leg_no: int
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonClose:
    """The sale failed, its owner withdrew it, or the session is over: back to OPEN, bracket put back, alert.

    `is_told`: that its sale rests was told when nobody bid, that it was withdrawn is its owner's own word.
    `part_left` is what of a part is still to be sold when the request is kept.
    """

    detail: str
    keep_request: bool
    failed_order_ids: tuple[UUID, ...] = ()
    is_told: bool = False
    part_left: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPart:
    """The part that was to be closed is sold: the request is over, the trade stays OPEN."""


Step = (
    Wait
    | LookAtMarket
    | LookForTurn
    | SendEntry
    | WalkOn
    | EndWalk
    | EndUnplaced
    | CancelOrders
    | PlaceProtection
    | ApplyChange
    | BeginClose
    | NameWorst
    | SendExit
    | FlattenLeg
    | AbandonClose
    | EndPart
)


class SessionState(StrEnum):
    """Whether orders may leave now."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"

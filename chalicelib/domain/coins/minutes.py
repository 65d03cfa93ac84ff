"""What candles of a minute do to what rests: entries, stops, targets (C-05). Pure; oldest first.

A candle says where a market was, not in which order: where both the stop and a target lie inside one, the
stop was first, and the fill is marked as ambiguous.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.coins import CoinCandle

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """Prices of [starts_at, a minute later)."""

    starts_at: datetime
    opening: Decimal
    high: Decimal
    low: Decimal
    closing: Decimal

    @property
    def ends_at(self) -> datetime:
        """Return when it closed."""
        return self.starts_at + _MINUTE


Minutes = Mapping[str, Sequence[Minute]]
"""Closed minutes by coin, oldest first, without gaps."""


def minutes_of(candles: Sequence[CoinCandle]) -> tuple[Minute, ...]:
    """Return candles of one minute as what resting orders live through."""
    return tuple(
        Minute(
            starts_at=one.starts_at,
            opening=one.opening,
            high=one.high,
            low=one.low,
            closing=one.closing,
        )
        for one in candles
    )


def minute_end(at: datetime) -> datetime:
    """Return when the minute ends that an instant is in; what happens at its end belongs to it."""
    past = timedelta(seconds=at.second, microseconds=at.microsecond)
    return at if not past else at - past + _MINUTE


class RestKind(StrEnum):
    """What an order does."""

    ENTRY = "ENTRY"
    STOP = "STOP"
    TARGET = "TARGET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """An order that rests; `side` is the position's, `id` its own. It can fill from `since` on."""

    id: str
    kind: RestKind
    side: LegSide
    price: Decimal
    quantity: Decimal
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteFill:
    """A fill of a whole order at the close of its minute."""

    order_id: str
    kind: RestKind
    price: Decimal
    quantity: Decimal
    at: datetime
    is_ambiguous: bool = False


def fills_of(orders: Sequence[Resting], minute: Minute) -> tuple[MinuteFill, ...]:
    """Return what one minute fills of a position's orders.

    A stop takes all that is open: what targets rest for goes with it. An entry fills alone; what protects it
    rests from then on.
    """
    met = [
        one
        for one in orders
        if one.since <= minute.starts_at and is_touched(one.kind, one.side, one.price, minute)
    ]
    entries = [one for one in met if one.kind is RestKind.ENTRY]
    stops = [one for one in met if one.kind is RestKind.STOP]
    targets = [one for one in met if one.kind is RestKind.TARGET]
    if stops:
        return tuple(_filled(one, minute, is_ambiguous=bool(targets)) for one in stops)
    return tuple(_filled(one, minute) for one in (*entries, *targets))


def replay(orders: Iterable[Resting], minutes: Iterable[Minute]) -> tuple[MinuteFill, ...]:
    """Let one position's orders live through minutes in their order; each fills once.

    A target that fills leaves the stop with what is left.
    """
    resting = {one.id: one for one in orders}
    found: list[MinuteFill] = []
    for minute in minutes:
        for fill in fills_of(tuple(resting.values()), minute):
            found.append(fill)
            del resting[fill.order_id]
            resting = _after(resting, fill)
    return tuple(found)


def _after(resting: dict[str, Resting], fill: MinuteFill) -> dict[str, Resting]:
    if fill.kind is RestKind.STOP:
        return {name: one for name, one in resting.items() if one.kind is RestKind.ENTRY}
    if fill.kind is RestKind.ENTRY:
        return resting
    smaller = {
        name: replace(one, quantity=one.quantity - fill.quantity) if one.kind is RestKind.STOP else one
        for name, one in resting.items()
    }
    return {name: one for name, one in smaller.items() if one.quantity > 0}


def is_touched(kind: RestKind, side: LegSide, price: Decimal, minute: Minute) -> bool:
    """Say whether the market was at an order's price or beyond it.

    A long's entry and stop are reached by a fall, its target by a rise; of a short the reverse.
    """
    by_a_fall = (kind is not RestKind.TARGET) is (side is LegSide.LONG)
    return minute.low <= price if by_a_fall else minute.high >= price


def _filled(order: Resting, minute: Minute, *, is_ambiguous: bool = False) -> MinuteFill:
    """A stop fills at the worse of its price and the open, where the market gapped; others at their price."""
    price = order.price
    if order.kind is RestKind.STOP:
        price = min(price, minute.opening) if order.side is LegSide.LONG else max(price, minute.opening)
    return MinuteFill(
        order_id=order.id,
        kind=order.kind,
        price=price,
        quantity=order.quantity,
        at=minute.ends_at,
        is_ambiguous=is_ambiguous,
    )

"""What an account's trades made of a stretch of time, from our own fills and marks (api.md, account).

Change of a trade = worth now − worth then + cash of the fills between, fees included. One sum serves the day
(since the last close) and the equity (since the broker last told it). A position that no usable mark prices
at either end is left out and counted: unknown is never a stand-in (I-15).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.domain.money import ZERO, to_cents, to_price


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedFill:
    """One execution: price per share, fees in dollars."""

    at: datetime
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fees: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLeg:
    """A leg with its fills and its usable marks, dollars per share; None: not usable.

    `marks_then` are by the instant from which a change is asked for.
    """

    multiplier: Decimal
    mark: Decimal | None
    marks_then: dict[datetime, Decimal | None]
    fills: Sequence[BookedFill]

    def held_at(self, at: datetime | None = None) -> Decimal:
        """Return the signed holding after the fills up to `at`, inclusive; None: after all."""
        return sum(
            (
                fill.quantity if fill.is_buy else -fill.quantity
                for fill in self.fills
                if at is None or fill.at <= at
            ),
            ZERO,
        )

    def change_since(self, since: datetime) -> Decimal | None:
        """Return what the leg made since then, in dollars net of fees; None when an end has no price."""
        then, now = self.held_at(since), self.held_at()
        mark_then, mark_now = self._price_at(since), self.mark
        if (then and mark_then is None) or (now and mark_now is None):
            return None
        worth_then = then * mark_then if mark_then is not None else ZERO
        worth_now = now * mark_now if mark_now is not None else ZERO
        return (worth_now - worth_then) * self.multiplier + self._cash_since(since)

    def _price_at(self, at: datetime) -> Decimal | None:
        """Return the usable mark of that instant, else the price it traded at that very instant.

        Shares that an exercise delivers come at the close's price and have no mark before the next session.
        """
        mark = self.marks_then.get(at)
        if mark is not None:
            return mark
        return next((fill.price for fill in reversed(self.fills) if fill.at == at), None)

    def _cash_since(self, since: datetime) -> Decimal:
        return sum(
            (
                (-1 if fill.is_buy else 1) * fill.quantity * fill.price * self.multiplier - fill.fees
                for fill in self.fills
                if fill.at > since
            ),
            ZERO,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedTrade:
    """A trade of the account with its legs; `mark`, both stops are its own price, per share.

    `per_point` is what one dollar of that price makes of all that is held: below 0 for a short.
    `strategy_stop` is where the desk leaves it by its strategy's stops.
    """

    trade_id: UUID
    sl_price: Decimal | None
    strategy_stop: Decimal | None = None
    unrealized_pnl: Decimal | None
    mark: Decimal | None
    per_point: Decimal
    legs: Sequence[PricedLeg]

    @property
    def is_held(self) -> bool:
        """Say whether anything is held of it."""
        return any(leg.held_at() for leg in self.legs)

    @property
    def stop(self) -> Decimal | None:
        """Return the price at which somebody ends its fall: its own stop, else its strategy's."""
        return self.strategy_stop if self.sl_price is None else self.sl_price

    @property
    def worth(self) -> Decimal | None:
        """Return what it would bring at its marks; below 0 what it would cost. None when a leg has none."""
        held = [(leg.held_at(), leg) for leg in self.legs]
        if any(quantity and leg.mark is None for quantity, leg in held):
            return None
        return sum((quantity * (leg.mark or ZERO) * leg.multiplier for quantity, leg in held), ZERO)

    def change_since(self, since: datetime) -> Decimal | None:
        """Return what the trade made since then, in dollars net of fees; None when a leg has no price."""
        changes = [leg.change_since(since) for leg in self.legs]
        known = [change for change in changes if change is not None]
        return sum(known, ZERO) if len(known) == len(changes) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFigures:
    """What is open now, in dollars: `risk_to_stops` is what the stops would lose from the present marks."""

    open_pnl: Decimal
    risk_to_stops: Decimal
    unprotected: int
    unprotected_value: Decimal
    unpriced: int


def open_figures(trades: Iterable[PricedTrade]) -> OpenFigures:
    """Sum up what is held; what has no usable mark is counted and left out of every sum.

    A position without a stop has no risk to one: it counts as unprotected, with all it is worth.
    """
    pnl = risk = unprotected_value = ZERO
    unprotected = unpriced = 0
    for trade in trades:
        if not trade.is_held:
            continue
        if trade.stop is None:
            unprotected += 1
        worth = trade.worth
        if trade.mark is None or worth is None:
            unpriced += 1
            continue
        pnl += trade.unrealized_pnl or ZERO
        if trade.stop is None:
            unprotected_value += abs(worth)
        else:
            risk += max((trade.mark - trade.stop) * trade.per_point, ZERO)
    return OpenFigures(
        open_pnl=to_cents(pnl),
        risk_to_stops=to_cents(risk),
        unprotected=unprotected,
        unprotected_value=to_cents(unprotected_value),
        unpriced=unpriced,
    )


def stop_of_strategy(
    *, entry_price: Decimal | None, per_point: Decimal, stop_pct: Decimal | None, stop_usd: Decimal | None
) -> Decimal | None:
    """Return the net price at which a strategy's stop ends a trade, the nearer of two, or None (B-06).

    `stop_pct` is of the credit or debit, `stop_usd` of all that is held. A structure's net price, a credit's
    below 0, falls as it loses; the price of one short leg rises.
    """
    if entry_price is None or per_point == 0:
        return None
    falls = [
        *([] if stop_pct is None else [abs(entry_price) * stop_pct / 100]),
        *([] if stop_usd is None else [stop_usd / abs(per_point)]),
    ]
    if not falls:
        return None
    return to_price(entry_price - min(falls).copy_sign(per_point))


def change_since(trades: Iterable[PricedTrade], since: datetime) -> Decimal:
    """Sum up what the trades made since then, as far as they can be priced."""
    changes = (trade.change_since(since) for trade in trades)
    return to_cents(sum((change for change in changes if change is not None), ZERO))


def unpriced_since(trades: Iterable[PricedTrade], since: datetime) -> int:
    """Count the trades that moved or may have moved since then and cannot be priced."""
    return sum(1 for trade in trades if trade.change_since(since) is None)

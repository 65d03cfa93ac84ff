"""A position of a replay: it lives by the paper engine's rules and by the trader's own (C-05)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.domain.ai.replays.tape import Beyond, Tape
from chalicelib.domain.ai.rules.levels import Ridden, is_held_too_long, ruled_stop
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.ai.validation.changes import Levels
from chalicelib.domain.ai.validation.facts import HeldTarget, Position
from chalicelib.domain.coins.minutes import Minute, Resting, RestKind, fills_of, minute_end
from chalicelib.domain.coins.slippage import slipped
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO

_STOP: Final = "stop"


class Ended(StrEnum):
    """Why a position of a replay ended."""

    SL_HIT = "SL_HIT"
    TP_HIT = "TP_HIT"
    STRATEGY_EXIT = "STRATEGY_EXIT"
    HELD_TOO_LONG = "HELD_TOO_LONG"


@dataclass(slots=True, kw_only=True)
class Goal:
    """A target that rests; `quantity` in coins."""

    price: Decimal
    quantity: Decimal


@dataclass(slots=True, kw_only=True)
class Riding:
    """What is held: `pnl` is realised, net of all fees so far; `next` is the minute to meet next."""

    id: UUID
    trade_id: UUID | None
    tape: Tape
    trading: Trading
    fee_rate: Decimal
    side: LegSide
    confidence: Decimal
    entry_at: datetime
    entry_price: Decimal
    quantity: Decimal
    stop: Decimal
    goals: dict[str, Goal]
    open_quantity: Decimal = field(init=False)
    first_stop: Decimal = field(init=False)
    best: Decimal = field(init=False)
    pnl: Decimal = field(init=False)
    fees: Decimal = field(init=False)
    sold_worth: Decimal = ZERO
    trailing_pct: Decimal | None = None
    last_change_at: datetime | None = None
    ended_at: datetime | None = None
    ended: Ended | None = None
    next: int = field(init=False)

    def __post_init__(self) -> None:
        self.open_quantity, self.first_stop, self.best = self.quantity, self.stop, self.entry_price
        self.fees = self.entry_price * self.quantity * self.fee_rate
        self.pnl = -self.fees
        self.next = self.tape.index_from(minute_end(self.entry_at))

    @property
    def is_open(self) -> bool:
        """Say whether something is held."""
        return self.open_quantity > 0

    @property
    def close_price(self) -> Decimal:
        """Return the mean by quantity at which it was sold."""
        return self.sold_worth / self.quantity

    def worth(self, at: datetime) -> Decimal:
        """Return realised and open P&L at an instant, by the last minute's close."""
        minute = self.tape.last(at)
        price = self.entry_price if minute is None or minute.ends_at <= self.entry_at else minute.closing
        return self.pnl + (price - self.entry_price) * self.side.sign * self.open_quantity

    def position(self) -> Position:
        """Return it as changes are judged against it: shares are of what is left."""
        return Position(
            side=self.side,
            entry_price=self.entry_price,
            quantity=self.open_quantity,
            stop=self.stop,
            targets={
                name: HeldTarget(price=goal.price, share=goal.quantity / self.open_quantity)
                for name, goal in self.goals.items()
            },
            last_ai_change_at=self.last_change_at,
        )

    def change(self, levels: Levels, at: datetime) -> None:
        """Put levels that were judged in place; they rest from the next minute on."""
        self.stop = self.stop if levels.stop is None else levels.stop
        self.trailing_pct = levels.trailing_pct or self.trailing_pct
        self.last_change_at = at
        held = self.position().targets
        self.goals = {
            name: self.goals[name]
            if name in self.goals and held[name] == one
            else Goal(price=one.price, quantity=self._cut(one.share * self.open_quantity))
            for name, one in levels.targets.items()
        }

    def live_until(self, at: datetime) -> None:
        """Meet every minute that has ended by an instant, in its order."""
        end = self.tape.ended_by(at)
        while self.is_open and self.next < end:
            found = min(self._next_event(end), self._too_long_at(end))
            best = self.tape.best_close(self.next, found, self.side)
            if best is not None and (best - self.best) * self.side.sign > 0:
                self.best = best
            self.next = found
            if found < end:
                self._meet(self.tape.minutes[found])
                self.next = found + 1

    def sell(self, quantity: Decimal, at: datetime, why: Ended) -> None:
        """Sell at market, slipped against us."""
        minute = self.tape.last(at)
        price = self.entry_price if minute is None else minute.closing
        is_buy = self.side is LegSide.SHORT
        self._book(quantity, slipped(price, self.tape.slip(at), is_buy=is_buy), at, why)

    def _next_event(self, end: int) -> int:
        """Return the next minute that may do something: a level is touched, or a rule wants the stop."""
        if self._ruled_stop() is not None:
            return self.next
        is_long = self.side is LegSide.LONG
        prices = [goal.price for goal in self.goals.values()]
        target = (min(prices) if is_long else max(prices)) if prices else None
        below, above = (self.stop, target) if is_long else (target, self.stop)
        return self.tape.next_event(self.next, end, below=below, above=above, beyond=self._ruled_beyond())

    def _ruled_beyond(self) -> Beyond | None:
        """Return the close from which on a rule may want the stop elsewhere."""
        if self.trading.trailing_pct is not None or self.trailing_pct is not None:
            return Beyond(self.best, self.side, or_at=False)
        mark = self.trading.breakeven_at_pct
        keeps_entry = (self.stop - self.entry_price) * self.side.sign > 0
        if mark is None or keeps_entry:
            return None
        return Beyond(self.entry_price * (1 + self.side.sign * mark / 100), self.side, or_at=True)

    def _meet(self, minute: Minute) -> None:
        for fill in fills_of(self._resting(minute.starts_at), minute):
            if fill.kind is RestKind.STOP:
                self._book(self.open_quantity, fill.price, fill.at, Ended.SL_HIT)
                return
            goal = self.goals.pop(fill.order_id)
            self._book(min(goal.quantity, self.open_quantity), fill.price, fill.at, Ended.TP_HIT)
            if not self.is_open:
                return
        if (minute.closing - self.best) * self.side.sign > 0:
            self.best = minute.closing
        if is_held_too_long(self.trading, self._ridden(), minute.ends_at):
            self.sell(self.open_quantity, minute.ends_at, Ended.HELD_TOO_LONG)
            return
        self.stop = self._ruled_stop() or self.stop

    def _ridden(self) -> Ridden:
        return Ridden(
            side=self.side,
            entry_price=self.entry_price,
            stop=self.stop,
            best=self.best,
            opened_at=self.entry_at,
            fee_rate=self.fee_rate,
            trailing_pct=self.trailing_pct,
        )

    def _ruled_stop(self) -> Decimal | None:
        """Return where rules want the stop, on the exchange's step; None where it stands there."""
        wanted = ruled_stop(self.trading, self._ridden())
        stop = None if wanted is None else self._on_tick(wanted)
        return stop if stop is not None and (stop - self.stop) * self.side.sign > 0 else None

    def _resting(self, since: datetime) -> list[Resting]:
        def rest(name: str, kind: RestKind, price: Decimal, quantity: Decimal) -> Resting:
            return Resting(id=name, kind=kind, side=self.side, price=price, quantity=quantity, since=since)

        targets = [
            rest(name, RestKind.TARGET, goal.price, goal.quantity) for name, goal in self.goals.items()
        ]
        return [rest(_STOP, RestKind.STOP, self.stop, self.open_quantity), *targets]

    def _book(self, quantity: Decimal, price: Decimal, at: datetime, why: Ended) -> None:
        fees = price * quantity * self.fee_rate
        self.fees += fees
        self.pnl += (price - self.entry_price) * self.side.sign * quantity - fees
        self.sold_worth += price * quantity
        self.open_quantity -= quantity
        if self.open_quantity <= 0:
            self.ended_at, self.ended = at, why

    def _cut(self, quantity: Decimal) -> Decimal:
        filters = self.tape.filters
        return quantity if filters is None else filters.to_lot(quantity)

    def _on_tick(self, price: Decimal) -> Decimal:
        filters = self.tape.filters
        return price if filters is None else filters.to_tick(price)

    def _too_long_at(self, end: int) -> int:
        """Return the minute at whose end the longest holding is over."""
        longest = self.trading.max_holding_minutes
        if longest is None:
            return end
        over = self.entry_at + timedelta(minutes=longest)
        return max(self.next, self.tape.index_from(over - timedelta(minutes=1)))

"""Carry a trade on, step by step, until it stands as it should or has to wait.

`next_step` decides from what is stored; this module gives each step its effect. It runs under the account's
lease, in API calls and in syncs alike, and may be killed between any two lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.trading import steps
from chalicelib.domain.trading.entry_walk import is_under_way
from chalicelib.domain.trading.next_step import next_step
from chalicelib.domain.trading.tradable import tradable
from chalicelib.domain.trading.trades import CloseReason, Trade
from chalicelib.observability.facts import bound
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle import entry_order, protect
from chalicelib.services.lifecycle.cancel_orders import cancel_and_confirm
from chalicelib.services.lifecycle.market_look import look_at_market
from chalicelib.services.lifecycle.order_reader import OrderReader
from chalicelib.services.lifecycle.order_sender import OrderSender, Taken
from chalicelib.services.lifecycle.shown_legs import legs_are_shown
from chalicelib.services.lifecycle.stood import Stood, look_at
from chalicelib.services.lifecycle.stored_steps import end_unplaced_entry, store_step
from chalicelib.services.lifecycle.turns import has_turn, pass_turn_on
from chalicelib.services.lifecycle.waiting_exit import tell_of_waiting_exit
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import VendorError

#: A trade never needs more steps than this in one go, and a look and an order for each of several targets: a
#: bound, not a budget.
_STEPS_MAX: Final = 12
_STEPS_OF_TARGET: Final = 2


class TradeWorker:
    """Drives trades of one account; one instance per lease."""

    def __init__(
        self,
        keeper: AccountKeeper,
        calendar: MarketCalendar,
        *,
        revalidate: Callable[[Trade], str | None] | None = None,
        reads_back: bool = True,
    ) -> None:
        """`revalidate` judges an entry that waited for the session; None sends what was just validated.

        Without `reads_back` the work ends with an order's 200: the account is let go of, and `to_read_back`
        names what `drive` is to be called with a second later, under a new lease.
        """
        self.keeper = keeper
        self.env = keeper.env
        self._calendar = calendar
        self._revalidate = revalidate
        self._reader = OrderReader(keeper, calendar)
        self._protector = protect.Protector(keeper)
        self._sender = OrderSender(keeper, self._reader, reads_back=reads_back)

    @property
    def to_read_back(self) -> str | None:
        """Return the order that is left to be read back, None for none."""
        return self._sender.to_read_back

    @property
    def last_error(self) -> VendorError | None:
        """Return what the broker's line last failed with, None once something went through."""
        return self._reader.last_error

    @last_error.setter
    def last_error(self, error: VendorError | None) -> None:
        self._reader.last_error = error

    def drive(self, trade_id: UUID, *, read_back: str | None = None, stored: Stood | None = None) -> Stood:
        """Take steps until the trade has to wait; returns where it then stands.

        `read_back` is an order's id that a former drive left to be read first. `stored` is where the trade
        stood when its caller stored it: another look is spared, and each step looks under its lock anyway.
        """
        with bound(trade_id=str(trade_id)):
            if read_back is None:
                found = stored or self.look(trade_id)
            else:
                read = self._reader.read_and_book(trade_id, read_back, Urgency.ORDER)
                if read is None:
                    return self.look(trade_id)
                found = read
            stood = self._drive(found)
            has_walked = stood.trade.walk is not None and not is_under_way(stood.trade, stood.orders)
            if has_walked and self.to_read_back is None:
                pass_turn_on(self.keeper, stood.trade)
            return stood

    def _drive(self, stood: Stood) -> Stood:
        self._protector.begin()
        trade_id = stood.trade.id
        for _ in range(_STEPS_MAX + _STEPS_OF_TARGET * len(stood.trade.targets)):
            step = self._next_step(stood)
            if isinstance(step, steps.Wait):
                return stood
            error_before = self.last_error
            taken = self._take(stood, step)
            if self.to_read_back is not None:
                return stood
            if taken is False:
                if self.last_error is not error_before:
                    tell_of_waiting_exit(self.keeper, stood.trade, self.last_error)
                return self.look(trade_id)
            stood = taken if isinstance(taken, Stood) else self.look(trade_id)
        return stood

    def is_due(self, stood: Stood) -> bool:
        """Say whether something can and need be done for a trade now."""
        return not isinstance(self._next_step(stood), steps.Wait)

    def _next_step(self, stood: Stood) -> steps.Step:
        now = self.env.clock.now()
        return next_step(
            stood.trade,
            stood.orders,
            stood.change,
            stood.session,
            now,
            stood.market,
            has_turn=stood.has_turn,
        )

    def look(self, trade_id: UUID) -> Stood:
        """Read what is stored of the trade."""
        (stood,) = self.look_at([trade_id])
        return stood

    def look_at(self, trade_ids: Sequence[UUID]) -> list[Stood]:
        """Read what is stored of these trades, all at one moment."""
        return self.env.database.run(
            lambda connection: look_at(self.env, connection, self._calendar, trade_ids),
            username=self.keeper.username,
        )

    def _take(self, stood: Stood, step: steps.Step) -> Taken:
        """Take one step."""
        match step:
            case steps.Wait():
                return False
            case steps.LookAtMarket():
                # Nothing was written; what others wrote meanwhile, each step looks at under its lock.
                return replace(stood, market=look_at_market(self.env, self._tradable(stood.trade)))
            case steps.LookForTurn():
                return replace(stood, has_turn=has_turn(self.keeper, stood.trade))
            case steps.SendEntry():
                return self._send_entry(stood.trade, step)
            case steps.WalkOn():
                order = entry_order.next_of(self.keeper, stood.orders, step)
                return self._sender.enter(stood.trade, order, step.look_again_after)
            case steps.CancelOrders():
                return cancel_and_confirm(self.keeper, self._reader, stood.trade, step)
            case steps.PlaceProtection():
                return self._protect(stood, step)
            case steps.SendExit():
                left = replace(stood, trade=self._tradable(stood.trade))
                return legs_are_shown(self.keeper, left) and self._sender.leave(left.trade, step)
            case steps.FlattenLeg():
                return self._sender.flatten(stood.trade, step)
            case _:
                return store_step(self.keeper, stood, step)

    def _tradable(self, trade: Trade) -> Trade:
        return tradable(trade, new_york_date(self.env.clock.now()))

    def _send_entry(self, trade: Trade, step: steps.SendEntry) -> Taken:
        refusal = self._revalidate(trade) if self._revalidate is not None else None
        if refusal is not None:
            stood = self.look(trade.id)
            end_unplaced_entry(self.keeper, stood, CloseReason.NOT_PLACED, refusal)
            return False
        return self._sender.enter(trade, step.order, step.look_again_after)

    def _protect(self, stood: Stood, step: steps.PlaceProtection) -> Taken:
        placed = self._protector.place(stood.trade, stood.change, step)
        self.last_error = placed.error or self.last_error
        if placed.broker_order_id is not None:
            return self._reader.read_and_book(stood.trade.id, placed.broker_order_id, Urgency.ORDER) or False
        return placed.look_again

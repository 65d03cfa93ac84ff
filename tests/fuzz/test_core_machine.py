"""The pure core driven at random against a toy broker: steps, news and owners' wishes in any order.

The services carry the same steps out with a database and a network; here they are values, so that thousands
of interleavings of lost answers, late news, races and withdrawals cost seconds.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading import steps
from chalicelib.domain.trading.booking import status_after, unbooked_fills
from chalicelib.domain.trading.lifecycle import Move, standing
from chalicelib.domain.trading.market_seen import UNREADABLE, WITHDRAWN, MarketSeen, rests
from chalicelib.domain.trading.next_step import due_slices, is_protected, next_step
from chalicelib.domain.trading.orders import (
    UNSETTLED,
    Fill,
    Order,
    OrderRole,
    OrderStatus,
    OrderType,
    check_order_edge,
    newest,
)
from chalicelib.domain.trading.position import position_of
from chalicelib.domain.trading.protection import Protection, Target
from chalicelib.domain.trading.refusals import RETRY_AFTER
from chalicelib.domain.trading.slices import unfinished
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import (
    ENTERING,
    Actor,
    CloseReason,
    PendingChange,
    TradeStatus,
    Trigger,
    check_transition,
)
from chalicelib.domain.trading.walk import EntryWalk
from tests.domain.support import LONG_CALL, NOON, PENDING_TRADE, a_fill, an_order
from tests.fuzz.toy_broker import ToyBroker

#: No close is asked for.
NO_CLOSE: Final[dict[str, Any]] = {  # Any: a trade's facts
    "close_requested_at": None,
    "closing_reason": None,
    "closing_qty": None,
}
ZERO: Final = Decimal(0)
STEPS_TO_REST_MAX: Final = 160
STEPS_IN_A_DRIVE: Final = 6
prices = st.integers(50, 900).map(lambda cents: Decimal(cents) / 100)
markets = st.sampled_from(
    [
        UNREADABLE,
        MarketSeen(bid=Decimal(0), ask=Decimal("0.01")),
        MarketSeen(bid=Decimal(0), ask=Decimal(6)),
        MarketSeen(bid=Decimal("3.5"), ask=Decimal("3.6")),
        MarketSeen(bid=Decimal(5), ask=Decimal("5.1")),
        MarketSeen(bid=Decimal(9), ask=Decimal("9.1")),
        MarketSeen(bid=Decimal(12), ask=Decimal(12)),
    ]
)
stops = st.sampled_from([None, Decimal(3), Decimal(4)])
targets = st.sampled_from([None, Decimal(7), Decimal(8)])
#: Shares of several targets, at prices apart: all of it, or with a rest that the stop alone is over.
#: Mostly none; else an entry that walks from 5.00 (B-05).
walks = st.sampled_from([None, None, EntryWalk(worst=Decimal("5.15")), EntryWalk(worst=Decimal(9))])
cuts = st.sampled_from(
    [(), ("0.2",) * 4, ("0.5", "0.5"), ("0.34", "0.33", "0.33"), ("0.5",), ("0.25", "0.25")]
)


class CoreMachine(RuleBasedStateMachine):
    """One trade, its orders as we know them, and the broker's truth."""

    def __init__(self) -> None:
        super().__init__()
        self.trade = PENDING_TRADE
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.change: PendingChange | None = None
        self.session = SessionState.OPEN
        self.now = NOON
        self.market = UNREADABLE
        self.broker = ToyBroker()
        self.raced = False
        self.has_turn = True

    @initialize(
        quantity=st.integers(1, 5),
        stop=stops,
        goal=targets,
        walk=walks,
        is_held=st.booleans(),
        stops_max=st.sampled_from([None, 1, 2]),
    )
    def ask_for_a_trade(
        self,
        quantity: int,
        stop: Decimal | None,
        goal: Decimal | None,
        walk: EntryWalk | None,
        is_held: bool,
        stops_max: int | None,
    ) -> None:
        """An entry that waits to be sent, or one that has filled whole: most of a life is spent holding."""
        asked = replace(PENDING_TRADE, created_at=self.now, limit_price=Decimal(5), walk=walk)
        self.trade = replace(asked, qty=Decimal(quantity), sl_price=stop, tp_price=goal, stops_max=stops_max)
        first = self._order(OrderRole.ENTRY, Decimal(quantity), OrderStatus.INTENT)
        self.orders = [replace(first, limit_price=Decimal(5), submitted_at=None)]
        if is_held:
            self.take_the_next_step("yes")
            self.broker.fill(str(self.orders[0].id), Decimal(quantity), Decimal(5), race=False)
            self._hear(self.orders[0].id)

    @rule(answered=st.sampled_from(["yes", "lost after", "lost before"]))
    def take_the_next_step(self, answered: str) -> None:
        """A worker does one step; its answer may be lost after the broker acted, or never have reached it."""
        step = self._next()
        match step:
            case steps.SendEntry():
                self._send([step.order], answered)
            case steps.WalkOn():
                self._send([self._next_entry(step)], answered)
            case steps.PlaceProtection():
                self._send(self._bracket(step), answered)
            case steps.SendExit():
                self._send([self._exit(step)], answered)
            case steps.CancelOrders() if answered == "yes":
                self._cancel(step)
            case steps.CancelOrders():
                return
            case steps.Wait():
                return
            case _:
                self._decide(step)

    @rule()
    def a_worker_drives(self) -> None:
        """A worker takes steps until it has to wait, as a call or a sync does."""
        for _ in range(STEPS_IN_A_DRIVE):
            self.take_the_next_step("yes")
            self.no_two_sales_can_sell_more_than_is_held()

    @rule(data=st.data(), price=prices, race=st.booleans())
    def the_broker_fills(self, data: st.DataObject, price: Decimal, race: bool) -> None:
        """Any working order fills in part or whole; in a race both legs of an OCO live on for a moment."""
        working = sorted(name for name, work in self.broker.orders.items() if work.is_working)
        if not working or self.session is SessionState.CLOSED:
            return
        name = data.draw(st.sampled_from(working))
        work = self.broker.orders[name]
        part = Decimal(data.draw(st.integers(1, int(work.quantity - work.filled))))
        siblings = [o for o in self.broker.orders.values() if o.group == work.group]
        self.raced = self.raced or (race and len(siblings) > 1)
        self.broker.fill(name, part, price, race=race)

    @rule(data=st.data())
    def the_broker_ends_an_order(self, data: st.DataObject) -> None:
        """A day order expires, or the broker cancels by itself."""
        working = sorted(name for name, work in self.broker.orders.items() if work.is_working)
        if working:
            self.broker.cancel(data.draw(st.sampled_from(working)))

    @rule(data=st.data())
    def we_hear_of_an_order(self, data: st.DataObject) -> None:
        """News of one order of ours; an order that the broker never had is heard of as absent."""
        self._hear(data.draw(st.sampled_from(sorted(order.id for order in self.orders))))

    @precondition(lambda self: self.trade.status in {TradeStatus.OPEN, TradeStatus.PARTIALLY_FILLED})
    @rule()
    def the_owner_closes(self) -> None:
        self._set_aside()
        self._ask_to_close(part=None)

    @precondition(lambda self: self.trade.status in {TradeStatus.OPEN, TradeStatus.PARTIALLY_FILLED})
    @rule(part=st.integers(1, 4))
    def the_owner_closes_a_part(self, part: int) -> None:
        """Refused while another is under way, or where all of it would be closed, as the service does."""
        if self.trade.close_requested_at is None and part < self.trade.open_qty:
            self._ask_to_close(part=Decimal(part))

    @precondition(lambda self: self.trade.closing_qty is not None)
    @rule()
    def the_owner_withdraws_a_part(self) -> None:
        self._set_aside()
        self.trade = replace(self.trade, **NO_CLOSE)

    @precondition(lambda self: self.trade.status in {TradeStatus.PENDING, TradeStatus.PARTIALLY_FILLED})
    @rule()
    def the_owner_withdraws(self) -> None:
        self.trade = replace(self.trade, cancel_requested_at=self.now)

    @precondition(lambda self: self.trade.status is TradeStatus.OPEN and self.change is None)
    @rule(stop=stops, goal=targets, shares=cuts)
    def the_owner_adjusts(self, stop: Decimal | None, goal: Decimal | None, shares: tuple[str, ...]) -> None:
        """One target, none, or several with numbers that none of this trade has had."""
        last_no = max([order.target_no for order in self.orders] + [one.no for one in self.trade.targets])
        several = tuple(
            Target(no=last_no + place, price=Decimal(7) + place, share=Decimal(share))
            for place, share in enumerate(shares, start=1)
        )
        self.change = PendingChange(
            id=UUID(int=900),
            at=self.now,
            triggered_by=Trigger.USER_MANUAL,
            before=self.trade.protection,
            after=Protection(sl_price=stop, tp_price=several[0].price if several else goal, targets=several),
        )

    @rule(session=st.sampled_from(SessionState), seconds=st.sampled_from([0, 4, 10, 11, 60, 180]))
    def time_passes(self, session: SessionState, seconds: int) -> None:
        self.session = session
        self.now += timedelta(seconds=seconds)

    @rule(has_turn=st.booleans())
    def another_entry_walks_or_ends(self, has_turn: bool) -> None:
        self.has_turn = has_turn

    @rule(market=markets)
    def the_market_moves(self, market: MarketSeen) -> None:
        self.market = market

    @precondition(lambda self: self.trade.status is TradeStatus.CLOSING)
    @rule()
    def the_owner_withdraws_a_close(self) -> None:
        """Taken only while a sale rests where nobody bids, as the service checks."""
        last = newest(self.orders, {OrderRole.EXIT})
        if last is not None and last.is_live and rests(last, self.trade):
            self.trade = replace(self.trade, cancel_requested_at=self.now)

    @invariant()
    def no_two_sales_can_sell_more_than_is_held(self) -> None:
        """I-08: without a race inside the broker, nothing that works can leave the owner short."""
        if not self.raced:
            assert self.broker.sellable <= max(self.broker.position, ZERO)
            assert self.broker.position >= 0

    @invariant()
    def no_more_stops_rest_than_may(self) -> None:
        """C-06: whatever else sells beside them."""
        stops = [order for order in self.orders if order.role is OrderRole.STOP_LOSS]
        works = [self.broker.orders.get(str(order.id)) for order in stops]
        resting = sum(work is not None and work.is_working for work in works)
        assert self.trade.stops_max is None or resting <= self.trade.stops_max

    @invariant()
    def never_more_is_bought_than_was_asked_for(self) -> None:
        """I-01, I-03: one entry, ever, whatever was lost; what is bought beyond it gives back an excess."""
        entries = [order for order in self.orders if order.role is OrderRole.ENTRY]
        assert len(entries) <= 1 or self.trade.walk is not None
        assert self.trade.filled_qty <= self.trade.qty
        bought = [self.broker.orders[str(one.id)] for one in entries if str(one.id) in self.broker.orders]
        assert sum((work.filled for work in bought), ZERO) <= self.trade.qty

    @invariant()
    def a_walk_has_one_working_order_and_never_passes_its_worst(self) -> None:
        """I-39; the next step begins when the end of the one before is known."""
        entries = [order for order in self.orders if order.role is OrderRole.ENTRY]
        working = [
            one for one in entries if (work := self.broker.orders.get(str(one.id))) and work.is_working
        ]
        assert len(working) <= 1
        assert all(order.is_ended for order in entries[:-1])
        prices = [order.limit_price for order in entries if order.limit_price is not None]
        assert prices == sorted(prices)
        if self.trade.walk is not None:
            assert prices[-1] <= self.trade.walk.worst

    @invariant()
    def a_holding_never_ends_as_cancelled(self) -> None:
        """I-30."""
        if self.trade.status is TradeStatus.CANCELED:
            assert self.broker.position == 0

    def teardown(self) -> None:
        """Once everything is heard and the market is open, the trade comes to rest as it should (I-28)."""
        if not self.orders:
            return
        self.session = SessionState.OPEN
        self.market, self.has_turn = UNREADABLE, True
        for _ in range(STEPS_TO_REST_MAX):
            for order in list(self.orders):
                self._hear(order.id)
            step = self._next()
            if isinstance(step, steps.Wait) and step.why == "refused again and again":
                self.now += RETRY_AFTER[-1]
                continue
            if isinstance(step, steps.Wait) and self._walks():
                self.now += timedelta(seconds=10)
                continue
            if isinstance(step, steps.Wait) and step.why != "exit working":
                break
            self.take_the_next_step("yes")
            self._market_fills_exits()
        self._check_rest(self._next())

    def _walks(self) -> bool:
        return self.trade.walk is not None and self.trade.status in ENTERING

    def _check_rest(self, step: steps.Step) -> None:
        assert isinstance(step, steps.Wait), step
        assert not self._walks(), "a walk ends (I-28)"
        if self.trade.is_ended:
            assert self.broker.position == 0
            assert not [work for work in self.broker.orders.values() if work.is_working]
        elif self.trade.status is not TradeStatus.PENDING:
            assert self.trade.status in {TradeStatus.OPEN, TradeStatus.PARTIALLY_FILLED}
            assert self.trade.open_qty == self.broker.position > 0
            assert self.trade.close_requested_at is None
            assert is_protected(self.trade, self.orders) or self.trade.protection.is_none
            due = sum((one.quantity for one in due_slices(self.trade, self.orders, None)), ZERO)
            assert self.broker.sellable == due

    def _ask_to_close(self, part: Decimal | None) -> None:
        self.now += timedelta(seconds=1)
        self.trade = replace(
            self.trade,
            close_requested_at=self.now,
            closing_reason=CloseReason.MANUAL_CLOSE,
            closing_qty=part,
        )

    def _set_aside(self) -> None:
        for order in self.orders:
            if order.role is OrderRole.EXIT:
                self._keep(replace(order, handled=True))

    def _market_fills_exits(self) -> None:
        for order in self.orders:
            work = self.broker.orders.get(str(order.id))
            if order.role is OrderRole.EXIT and work is not None and work.is_working:
                self.broker.fill(str(order.id), work.quantity - work.filled, Decimal(5), race=False)

    def _next(self) -> steps.Step:
        return next_step(
            self.trade,
            self.orders,
            self.change,
            self.session,
            self.now,
            self.market,
            has_turn=self.has_turn,
        )

    def _order(self, role: OrderRole, quantity: Decimal, status: OrderStatus, *, buys: bool = False) -> Order:
        side = OrderSide.BUY_TO_CLOSE if buys else None
        made = an_order(role, status, quantity=quantity, number=10 + len(self.orders), side=side)
        return replace(made, broker_order_id=None, submitted_at=self.now)

    def _next_entry(self, step: steps.WalkOn) -> Order:
        assert 0 < step.quantity == self.trade.qty - self.trade.filled_qty
        entry = self._order(OrderRole.ENTRY, step.quantity, OrderStatus.INTENT)
        self.orders.append(replace(entry, limit_price=step.limit_price))
        return self.orders[-1]

    def _bracket(self, step: steps.PlaceProtection) -> list[Order]:
        """Store the legs of the bracket, intent first."""
        legs: list[Order] = []
        wanted = step.protection
        for role, stop_price, limit_price in (
            (OrderRole.STOP_LOSS, wanted.sl_price, None),
            (OrderRole.TAKE_PROFIT, None, wanted.tp_price),
        ):
            if stop_price is not None or limit_price is not None:
                leg = self._order(role, step.quantity, OrderStatus.INTENT)
                priced = replace(leg, stop_price=stop_price, limit_price=limit_price)
                self.orders.append(replace(priced, target_no=step.target_no))
                legs.append(self.orders[-1])
        return legs

    def _exit(self, step: steps.SendExit) -> Order:
        assert step.quantity > 0
        if self.trade.status is not TradeStatus.CLOSING:
            assert step.quantity <= (self.trade.closing_qty or ZERO)
            sold = sum(o.filled_quantity for o in self.orders if o.role is OrderRole.EXIT and not o.handled)
            assert self.trade.closing_qty is not None
            assert sold < self.trade.closing_qty
        sale = self._order(OrderRole.EXIT, step.quantity, OrderStatus.INTENT, buys=step.flatten)
        if step.limit_price is not None:
            sale = replace(sale, type=OrderType.LIMIT, limit_price=step.limit_price)
        self.orders.append(sale)
        return self.orders[-1]

    def _send(self, sent: list[Order], answered: str) -> None:
        """Send orders as one (an OCO is one call); what came back is known, or it is not."""
        for order in sent:
            if answered != "lost before":
                self.broker.take(
                    str(order.id), buys=order.side.is_buy, quantity=order.quantity, group=str(sent[0].id)
                )
            status = OrderStatus.SENT if answered == "yes" else OrderStatus.UNKNOWN
            self._keep(replace(order, status=status, submitted_at=order.submitted_at or self.now))
        if answered == "yes":
            for order in sent:
                self._hear(order.id)

    def _cancel(self, step: steps.CancelOrders) -> None:
        """Cancel, and confirm it by reading."""
        for order in step.orders:
            self._keep(replace(order, cancel_requested_at=self.now))
            if str(order.id) in self.broker.orders:
                self.broker.cancel(str(order.id))
        for order in step.orders:
            self._hear(order.id)

    def _decide(self, step: steps.Step) -> None:
        """Carry out a step that only changes what is stored."""
        match step:
            case steps.EndUnplaced():
                self._keep(replace(self.orders[0], status=OrderStatus.CANCELED))
                self._move(TradeStatus.CANCELED)
            case steps.BeginClose():
                self.change = None
                if self.trade.closing_qty is not None:
                    self._set_aside()
                self._move(TradeStatus.CLOSING)
                self.trade = replace(
                    self.trade,
                    closing_reason=step.reason,
                    close_requested_at=self.trade.close_requested_at or self.now,
                    closing_qty=None,
                    cancel_requested_at=None,
                )
            case steps.EndWalk():
                self.trade = replace(self.trade, walk_ended_at=self.now)
                self._restate()
            case steps.EndPart():
                self._set_aside()
                self.trade = replace(self.trade, **NO_CLOSE)
            case steps.ApplyChange():
                after = step.change.after
                self.trade = replace(
                    self.trade, sl_price=after.sl_price, tp_price=after.tp_price, targets=after.targets
                )
                self.change = None
            case steps.AbandonClose():
                for order in self.orders:
                    if order.id in step.failed_order_ids:
                        reason = WITHDRAWN if step.detail == WITHDRAWN else order.reason
                        self._keep(replace(order, handled=True, reason=reason))
                if self.trade.status is TradeStatus.CLOSING:
                    self._move(TradeStatus.OPEN)
                if not step.keep_request:
                    self.trade = replace(self.trade, **NO_CLOSE, cancel_requested_at=None)
                elif step.part_left is not None:
                    self.trade = replace(self.trade, closing_qty=step.part_left)
            case _:
                raise AssertionError(step)

    def _hear(self, order_id: UUID) -> None:
        """Take over what the broker says of an order; absent from two complete lists means never placed."""
        order = next(one for one in self.orders if one.id == order_id)
        work = self.broker.orders.get(str(order_id))
        if work is None:
            if order.status in UNSETTLED:
                self._keep(replace(order, status=OrderStatus.CANCELED, handled=True, missed_at=self.now))
                self._restate()
            return
        told = work.news()
        new, status = unbooked_fills(order, told), status_after(order, told)
        check_order_edge(order.status, status)
        heard = replace(order, status=status, broker_order_id=work.broker_id)
        for fill in new:
            heard = replace(heard, filled_quantity=told.filled_quantity, avg_fill_price=told.avg_fill_price)
            self.fills.append(a_fill(order, fill.quantity, fill.price, number=100 + len(self.fills)))
        self._keep(heard)
        self._restate()

    def _restate(self) -> None:
        position = position_of(self.fills, self.orders, LONG_CALL)
        stands = standing(self.trade, self.orders, position)
        for move in stands.moves:
            self._move(move)
        left = unfinished(self.trade.protection, self.orders)
        if self.trade.targets:
            self.trade = replace(self.trade, tp_price=left[0].price if left else None)
        if not self.trade.is_ended or stands.moves:
            self.trade = replace(
                self.trade,
                filled_qty=position.filled_qty,
                open_qty=stands.open_qty,
                excess_qty=stands.excess_qty,
            )

    def _move(self, to: TradeStatus | Move) -> None:
        move = to if isinstance(to, Move) else Move(to_status=to, actor=Actor.SYSTEM, reason="step")
        check_transition(self.trade.status, move.to_status)
        self.trade = replace(self.trade, status=move.to_status)

    def _keep(self, order: Order) -> None:
        self.orders = [order if one.id == order.id else one for one in self.orders]


TestTheCore = CoreMachine.TestCase
TestTheCore.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, derandomize=True, database=None
)

"""Orders at the emulated Interactive Brokers: placed, asked about, listed, cancelled (wire, 10)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.net_prices import NET
from infra.local.emulators.brokerage.orders import LINKED, Order, OrderClass, OrderType
from infra.local.emulators.brokerage.refusals import FinalizedOrder, UnauthorizedAccount
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.venue import newest
from infra.local.emulators.ibkr import views
from infra.local.emulators.ibkr.asked import read_body
from infra.local.emulators.ibkr.bodies import NewOrder, read_orders
from infra.local.emulators.ibkr.callers import Callers
from infra.local.emulators.ibkr.changing import changed
from infra.local.emulators.ibkr.contracts import Contracts
from infra.local.emulators.ibkr.oauth import Registration
from infra.local.emulators.ibkr.previews import previewed
from infra.local.emulators.ibkr.problems import ApiRefusal, cannot_cancel, no_route, no_such_order
from infra.local.emulators.ibkr.questions import Asked, passes_the_market, question_id, questions_about
from infra.local.emulators.ibkr.sessions import Session
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultKind

ORDERS_PATH: Final = re.compile(r"/iserver/account/([^/]+)/orders")
ORDER_PATH: Final = re.compile(r"/iserver/account/([^/]+)/order/(\d+)")
WHATIF_PATH: Final = re.compile(r"/iserver/account/([^/]+)/orders/whatif")
STATUS_PATH: Final = re.compile(r"/iserver/account/order/status/(\d+)")
LIST: Final = "/iserver/account/orders"
TRADES: Final = "/iserver/account/trades"
LISTS: Final = frozenset({FaultKind.EMPTY_LISTS, FaultKind.NULL_LISTS})
#: No least distance between the two orders of a group is documented.
OCO_DISTANCE: Final = Decimal("0.01")
_DAYS_MAX: Final = 7
_REFERENCES_UNIQUE: Final = timedelta(hours=24)


class OrderDesk:
    """Takes orders of every account of a broker's."""

    def __init__(
        self, broker: Broker, callers: Callers, contracts: Contracts, clock: Callable[[], datetime]
    ) -> None:
        self._broker = broker
        self._callers = callers
        self._contracts = contracts
        self._clock = clock
        self._asked: dict[str, Asked] = {}
        self._numbers = count(1)
        #: Questions that the next order is asked besides: message id and text.
        self.more_questions: list[tuple[str, str]] = []
        #: Whether what a user suppressed is asked all the same.
        self.forgets_suppressions = False
        #: Whether the next group of two loses its second order.
        self.refuses_second_half = False

    def void_question(self, username: str) -> None:
        """Void a question: something else was asked for before it was answered."""
        self._asked.pop(username, None)

    def answer(
        self,
        request: EmulatorRequest,
        path: str,
        who: Registration,
        session: Session,
        fault: Fault | None,
        now: datetime,
    ) -> EmulatorResponse:
        """Answer a call about orders. Raises Refusal."""
        if request.method == "GET" and path == LIST:
            return self._listed(who, session, fault, now)
        if request.method == "GET" and path == TRADES:
            self._callers.keep_pace(who, path, now)
            return self._trades(who, request.query.get("days", "1"), fault, now)
        status = STATUS_PATH.fullmatch(path)
        if status is not None and request.method == "GET":
            return json_response(views.single_body(self._shown(who, int(status[1])), self._contracts))
        placed = ORDERS_PATH.fullmatch(path)
        if placed is not None and request.method == "POST":
            account = self._callers.account(who, placed[1])
            return self._ordered(request, who, account, session, fault)
        tried = WHATIF_PATH.fullmatch(path)
        if tried is not None and request.method == "POST":
            standing = self._broker.standing(self._callers.account(who, tried[1]))
            return json_response(previewed(request, standing, session, self._contracts, OCO_DISTANCE))
        one = ORDER_PATH.fullmatch(path)
        if one is not None and request.method == "POST":
            account = self._callers.account(who, one[1])
            return json_response(changed(request, self._broker, account, int(one[2]), self._contracts))
        if one is not None and request.method == "DELETE":
            return self._cancelled(self._callers.account(who, one[1]), int(one[2]), fault)
        raise no_route()

    def _ordered(
        self,
        request: EmulatorRequest,
        who: Registration,
        account: Account,
        session: Session,
        fault: Fault | None,
    ) -> EmulatorResponse:
        standing = self._broker.standing(account)
        order = read_orders(read_body(request.body), standing, self._contracts)
        _refuse_known(self._broker.orders_of(account), order, self._clock())
        asked_of = replace(session, suppressed=set()) if self.forgets_suppressions else session
        left = [*questions_about(order, standing, asked_of), *self.more_questions]
        self.more_questions = []
        if not left:
            return self._placed(account, order, fault)
        asked = Asked(
            question_id=question_id(next(self._numbers)),
            account_id=account.account_id,
            order=order,
            left=left,
            fault=fault,
        )
        self._asked[who.username] = asked
        return json_response(asked.shown())

    def replied(self, request: EmulatorRequest, who: Registration, asked_id: str) -> EmulatorResponse:
        """Take the answer to a question. Raises Refusal."""
        asked = self._asked.pop(who.username, None)
        if asked is None or asked.question_id != asked_id:
            raise ApiRefusal(503, "Service Unavailable")
        if read_body(request.body).get("confirmed") is not True:
            return json_response({"error": "Order was not confirmed"})
        asked.confirmed.add(asked.left.pop(0)[0])
        if not asked.left:
            return self._placed(self._broker.accounts[asked.account_id], asked.order, asked.fault)
        asked.question_id = question_id(next(self._numbers))
        self._asked[who.username] = asked
        return json_response(asked.shown())

    def _placed(self, account: Account, order: NewOrder, fault: Fault | None) -> EmulatorResponse:
        standing = self._broker.standing(account)
        form = order.form
        if form.head is not None and not form.legs and passes_the_market(form, standing):
            # Confirmed all the same: it triggers at once.
            form = replace(form, head=replace(form.head, order_type=OrderType.MARKET, stop=None))
        check(form, standing, oco_distance=OCO_DISTANCE, nets=True)
        if form.order_class is OrderClass.OCO and self.refuses_second_half:
            return self._placed_half(account, order)
        placed = self._broker.place(account, form, fault)
        if placed.order_class in LINKED:
            for leg, reference in zip(placed.legs, order.references, strict=True):
                leg.tag = reference
        rows = [
            {"order_id": str(one.order_id), "order_status": "PreSubmitted", "encrypt_message": "1"}
            for one in views.orders_in(placed)
        ]
        return json_response(rows)

    def _placed_half(self, account: Account, order: NewOrder) -> EmulatorResponse:
        """Take the first order of a group and refuse the second, in the list form of a rejection."""
        self.refuses_second_half = False
        first = order.form.legs[0]
        alone = replace(
            order.form, order_class=first.order_class, head=first, legs=(), tag=order.references[0]
        )
        taken = self._broker.place(account, alone, None)
        said = "The number of orders of this side exceeds the allowed number"
        return json_response(
            [
                {"order_id": str(taken.order_id), "order_status": "PreSubmitted", "encrypt_message": "1"},
                {"error": said, "cqe": None, "action": "order_submit_issue"},
            ]
        )

    def _cancelled(self, account: Account, order_id: int, fault: Fault | None) -> EmulatorResponse:
        try:
            order = self._broker.find(account, order_id)
        except UnauthorizedAccount as error:
            raise cannot_cancel(order_id) from error
        if not order.working:
            raise cannot_cancel(order_id)
        if fault is not None and fault.kind is FaultKind.CANCEL_LOSES:
            self._broker.forced.force(self._broker.parent_of(order_id))
        else:
            try:
                self._broker.cancel(account, order_id)
            except FinalizedOrder as error:
                raise cannot_cancel(order_id) from error
        return json_response(
            {
                "msg": "Request was submitted",
                "order_id": order_id,
                "conid": -1 if order.order_class in NET else self._contracts.conid(order.instrument),
                "account": account.account_id,
            }
        )

    def _listed(
        self, who: Registration, session: Session, fault: Fault | None, now: datetime
    ) -> EmulatorResponse:
        """Return the session's orders; the first look within it shows none, and does not count."""
        if not session.has_listed:
            session.has_listed = True
            return json_response({"orders": [], "snapshot": False})
        self._callers.keep_pace(who, LIST, now)
        if fault is not None and fault.kind in LISTS:
            nothing: object = [] if fault.kind is FaultKind.EMPTY_LISTS else None
            return json_response({"orders": nothing, "snapshot": True})
        shown = [order for account in self._callers.own(who) for order in self._broker.listed(account)]
        if fault is not None and fault.kind is FaultKind.LIST_MISSES:
            missed = newest(shown, now)[-fault.count :]
            shown = [order for order in shown if order not in missed]
        rows = [views.listed_row(one, self._contracts) for order in shown for one in views.orders_in(order)]
        return json_response({"orders": rows, "snapshot": True})

    def _trades(self, who: Registration, days: str, fault: Fault | None, now: datetime) -> EmulatorResponse:
        if not days.isdigit() or not 1 <= int(days) <= _DAYS_MAX:
            raise ApiRefusal(400, "days is a number from 1 to 7")
        since = now - timedelta(days=int(days))
        twice = fault is not None and fault.kind is FaultKind.FILL_TWICE
        rows = [
            row
            for account in self._callers.own(who)
            for order in self._broker.orders_of(account)
            if order.changed_at >= since
            for one in views.orders_in(order)
            for row in views.execution_rows(one, self._contracts, twice=twice)
        ]
        return json_response(rows)

    def _shown(self, who: Registration, order_id: int) -> Order:
        """Return an order of the present session. Raises ApiRefusal (503)."""
        for account in self._callers.own(who):
            for order in self._broker.listed(account):
                for one in views.orders_in(order):
                    if one.order_id == order_id:
                        return one
        raise no_such_order(order_id)


def _refuse_known(placed: Sequence[Order], order: NewOrder, now: datetime) -> None:
    """Refuse a reference that was used within a day."""
    since = now - _REFERENCES_UNIQUE
    used = {one.tag for known in placed if known.created_at > since for one in views.orders_in(known)}
    for reference in order.references:
        if reference is not None and reference in used:
            said = f"Order couldn't be submitted: Local order ID={reference} is already registered."
            raise ApiRefusal(200, said)

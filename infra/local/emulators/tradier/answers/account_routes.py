"""Everything under one account: its orders, positions and balances."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.changes import Change
from infra.local.emulators.brokerage.orders import Duration, OrderType, render
from infra.local.emulators.brokerage.refusals import BadParameter, UnauthorizedAccount
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.tickets import NET_TYPES, SINGLE_TYPES
from infra.local.emulators.brokerage.venue import has_filled, newest, position_rows
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.serving.faults import Fault, FaultKind
from infra.local.emulators.tradier.answers.account_views import balances
from infra.local.emulators.tradier.answers.history import account_history
from infra.local.emulators.tradier.answers.paging import paging
from infra.local.emulators.tradier.answers.preview import preview_body
from infra.local.emulators.tradier.answers.struck import OF_LISTS, nothing_listed, render_twice
from infra.local.emulators.tradier.answers.wire import envelope, flag
from infra.local.emulators.tradier.forms import price_of, read_form
from infra.local.emulators.tradier.problems import no_route
from infra.local.emulators.tradier.quirks import Quirks

ORDER_PATH: Final = re.compile(r"/orders/(\d+)")


class AccountRoutes:
    """The paths under `/v1/accounts/{account}` of one environment; `partner` is in each acknowledgement.

    `has_history`: whether the clearing firm's nightly books are shown, which live accounts have alone.
    """

    def __init__(
        self,
        broker: Broker,
        clock: Callable[[], datetime],
        partner: str,
        quirks: Quirks,
        *,
        has_history: bool,
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._partner = partner
        self._quirks = quirks
        self._has_history = has_history

    def answer(self, request: EmulatorRequest, account: Account, rest: str, fault: Fault | None) -> object:
        """Answer a call of one account's path. Raises Refusal."""
        order = ORDER_PATH.fullmatch(rest)
        if order is not None:
            return self._order(request, account, int(order[1]), fault)
        if rest == "/orders" and request.method == "POST":
            return self._place(request, account, fault)
        if request.method != "GET":
            raise no_route()
        if rest == "/orders":
            return self._order_list(request, account, fault)
        if rest == "/balances":
            return balances(self._broker.standing(account))
        if rest == "/positions":
            return _listed("positions", "position", position_rows(account), fault)
        if rest == "/history":
            return self._history(request, account)
        if rest == "/gainloss":
            return {"gainloss": "null"}  # a nightly batch that is not emulated
        raise no_route()

    def _history(self, request: EmulatorRequest, account: Account) -> object:
        if not self._has_history:
            return {"history": "null"}
        orders, today = self._broker.orders_of(account), new_york_date(self._clock())
        return account_history(account, orders, today, request.query)

    def _place(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> object:
        form = read_form(request.fields)
        standing = self._broker.standing(account)
        check(form, standing)
        if form.preview:
            return preview_body(form, standing)
        order = self._broker.place(account, form, fault)
        return {"order": {"id": order.order_id, "status": "ok", "partner_id": self._partner}}

    def _order(
        self, request: EmulatorRequest, account: Account, order_id: int, fault: Fault | None
    ) -> object:
        kind = None if fault is None else fault.kind
        if request.method == "GET":
            order = self._broker.find(account, order_id)
            if self._quirks.hides(self._broker.parent_of(order_id), self._clock()):
                raise UnauthorizedAccount(account.account_id)
            show = render_twice if kind is FaultKind.FILL_TWICE else render
            return {"order": show(order, with_tag=flag(request.query, "includeTags"))}
        if request.method == "DELETE" and kind is FaultKind.CANCEL_LOSES:
            self._broker.forced.force(self._broker.parent_of(order_id))
            return {"order": {"id": order_id, "status": "ok"}}
        if request.method == "DELETE":
            self._broker.cancel(account, order_id)
            return {"order": {"id": order_id, "status": "ok"}}
        if request.method == "PUT":
            self._modify(request, account, order_id)
            return {"order": {"id": order_id, "status": "ok", "partner_id": self._partner}}
        raise no_route()

    def _modify(self, request: EmulatorRequest, account: Account, order_id: int) -> None:
        form = request.fields
        if "quantity" in form:
            raise BadParameter("quantity", "cannot be changed.")
        kind, duration = form.get("type", ""), form.get("duration", "")
        if kind and kind not in SINGLE_TYPES | NET_TYPES:
            raise BadParameter("type", "is not valid")
        if duration and duration not in set(Duration):
            raise BadParameter("duration", "is not valid")
        change = Change(
            order_type=OrderType(kind) if kind else None,
            duration=Duration(duration) if duration else None,
            price=price_of(form, "price"),
            stop=price_of(form, "stop"),
        )
        self._broker.modify(account, order_id, change)

    def _order_list(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> object:
        wanted = {status for status in request.query.get("status", "").split(",") if status}
        now = self._clock()
        orders = [order for order in self._broker.listed(account) if not self._quirks.hides(order, now)]
        if fault is not None and fault.kind is FaultKind.LIST_MISSES:
            missed = newest(orders, self._clock())[-fault.count :]
            orders = [order for order in orders if order not in missed]
        chosen = [order for order in orders if not wanted or order.status in wanted]
        page, limit = paging(request.query)
        shown = chosen[(page - 1) * limit : page * limit]
        tags = flag(request.query, "includeTags")
        rows = [render(order, with_tag=tags) for order in shown]
        if fault is not None and fault.kind is FaultKind.FILL_TWICE:
            filled = [order for order in shown if has_filled(order)][-1:]
            twice = [render_twice(order, with_tag=tags) for order in filled]
            rows = [row for row in rows if row["id"] not in {one["id"] for one in twice}] + twice * 2
        return _listed("orders", "order", rows, fault)


def _listed(
    plural: str, singular: str, rows: list[dict[str, object]], fault: Fault | None
) -> Mapping[str, object]:
    body = envelope(plural, singular, rows, "null")
    if fault is None or fault.kind not in OF_LISTS:
        return body
    return nothing_listed(body, fault.kind, of_account=True)

"""Calls that place, end and read orders (wire/binance.md, 6.1 and 6.2)."""

from datetime import timedelta
from typing import Any, Final

from infra.local.emulators.binance.problems import BinanceRefusal, missing
from infra.local.emulators.binance.trading import reports
from infra.local.emulators.binance.trading.call import UNKNOWN, Answer, SignedCall
from infra.local.emulators.binance.trading.counts import TooManyOrders
from infra.local.emulators.binance.trading.forming import Former
from infra.local.emulators.binance.trading.orders import CoinOrder, State

_ARCHIVED: Final = timedelta(days=90)
_NO_ORDER: Final = "Order does not exist."


def place(call: SignedCall) -> Answer:
    """Take one order."""
    former = call.former()
    order = former.single()
    call.given.end()
    return _enter(call, former, order)


def try_out(call: SignedCall) -> Answer:
    """Check an order and take none."""
    call.given.has("computeCommissionRates")
    call.former().single()
    call.given.end()
    return {}


def _enter(call: SignedCall, former: Former, order: CoinOrder) -> dict[str, Any]:  # Any: JSON
    call.count(former, [order])
    trades = call.floor.enter(call.book, order, call.now, fraction=call.bent.fraction, step=former.step)
    if trades:
        call.counts.give_back(1)
    return reports.placed(order, trades, order.response)


def cancel(call: SignedCall) -> Answer:
    """End an order, or one of several states alone."""
    order, by = call.ordered(call.pair(), UNKNOWN, -2011), call.by()
    restriction = call.given.text("cancelRestrictions")
    call.given.end()
    wanted = {"ONLY_NEW": State.NEW, "ONLY_PARTIALLY_FILLED": State.PARTIALLY_FILLED}
    if restriction is not None and restriction not in wanted:
        raise BinanceRefusal(-1145, "Invalid cancelRestrictions")
    if restriction is not None and order.is_open and order.state is not wanted[restriction]:
        raise BinanceRefusal(-2011, "Order was not canceled due to cancel restrictions.")
    return cancel_order(call, order, by)


def cancel_order(call: SignedCall, order: CoinOrder, by: str) -> dict[str, Any]:  # Any: JSON
    if call.bent.cancel_loses and order.is_open:
        call.floor.fill_nearest(call.book, order, call.now)
    ended = call.floor.cancel(call.book, order, call.now)
    held = call.book.lists.get(order.list_id)
    if held is None:
        return reports.cancelled(order, by)
    return reports.list_row(call.book, held, [reports.cancelled(one, by) for one in ended])


def cancel_all(call: SignedCall) -> Answer:
    """End every open order of a pair."""
    symbol = call.pair()
    call.given.end()
    open_orders = [one for one in call.book.of_symbol(symbol) if one.is_open]
    if not open_orders:
        raise BinanceRefusal(-2011, UNKNOWN)
    return [cancel_order(call, one, call.new_client_id()) for one in open_orders if one.is_open]


def replace(call: SignedCall) -> Answer:
    """Cancel one order and place another, which is not one act: each half has an outcome of its own."""
    given = call.given
    mode = given.word("cancelReplaceMode", ("STOP_ON_FAILURE", "ALLOW_FAILURE"), -1144, "Invalid mode.")
    order_id, client_id = given.whole("cancelOrderId"), given.client_id("cancelOrigClientOrderId")
    by = given.client_id("cancelNewClientOrderId") or call.new_client_id()
    cancels_only = given.text("orderRateLimitExceededMode") == "CANCEL_ONLY"
    if order_id is None and client_id is None:
        raise missing("cancelOrderId")
    former = call.former()
    order = former.single()
    given.end()
    too_many = _too_many(call)
    if too_many is not None and not cancels_only:
        raise too_many
    cancelled: dict[str, Any]  # Any: JSON
    try:
        old = call.found(former.pair.symbol, order_id, client_id)
        if old is None:
            raise BinanceRefusal(-2011, UNKNOWN)
        cancelled, did_cancel = cancel_order(call, old, by), True
    except BinanceRefusal as refusal:
        cancelled, did_cancel = refusal.body, False
    new: dict[str, Any] | None = None  # Any: as above
    did_place: bool | None = None
    if did_cancel or mode == "ALLOW_FAILURE":
        try:
            if too_many is not None:
                raise too_many
            new, did_place = _enter(call, former, order), True
        except BinanceRefusal as refusal:
            new, did_place = refusal.body, False
    words = {True: "SUCCESS", False: "FAILURE", None: "NOT_ATTEMPTED"}
    halves = {
        "cancelResult": words[did_cancel],
        "newOrderResult": words[did_place],
        "cancelResponse": cancelled,
        "newOrderResponse": new,
    }
    if did_cancel and did_place:
        return halves
    if did_cancel or did_place:
        status = 429 if too_many is not None else 409
        raise HalfDone(-2021, "Order cancel-replace partially failed.", status, halves)
    raise HalfDone(-2022, "Order cancel-replace failed.", 400, halves)


def _too_many(call: SignedCall) -> TooManyOrders | None:
    try:
        call.counts.check(1, call.now)
    except TooManyOrders as refusal:
        return refusal
    return None


def read(call: SignedCall) -> Answer:
    """Show one order."""
    order = call.ordered(call.pair(), _NO_ORDER, -2013)
    call.given.end()
    if reports.is_gone(order) and call.now - order.updated_at > _ARCHIVED:
        raise BinanceRefusal(
            -2026,
            "Order was canceled or expired with no executed qty over 90 days ago and has been archived.",
        )
    return reports.queried(order)


def open_orders(call: SignedCall) -> Answer:
    """Show what is open, of a pair or of all."""
    symbol = call.pair() if call.given.has("symbol") else None
    call.given.end()
    return [reports.queried(one) for one in call.book.of_symbol(symbol) if one.is_open]


def all_orders(call: SignedCall) -> Answer:
    """Show orders of a pair, whatever became of them."""
    symbol, first = call.pair(), call.given.whole("orderId")
    start, end, limit = call.span()
    call.given.end()
    found = [one for one in call.book.of_symbol(symbol) if call.is_within(one.created_at, start, end)]
    if first is not None:
        return [reports.queried(one) for one in found if one.id >= first][:limit]
    kept = found[:limit] if start is not None else found[-limit:]
    return [reports.queried(one) for one in kept]


class HalfDone(BinanceRefusal):
    """A cancel-replace of which a half failed, or both; `halves` are their outcomes."""

    def __init__(self, code: int, message: str, status: int, halves: dict[str, Any]) -> None:  # Any: JSON
        super().__init__(code, message, status)
        self._halves = halves

    @property
    def body(self) -> dict[str, object]:
        """The answer."""
        return {**super().body, "data": self._halves}

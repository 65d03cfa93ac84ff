"""Calls that place, end and read lists of orders (wire/binance.md, 6.3)."""

from collections.abc import Callable

from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading import reports
from infra.local.emulators.binance.trading.call import UNKNOWN, Answer, SignedCall
from infra.local.emulators.binance.trading.forming import Former
from infra.local.emulators.binance.trading.listing import (
    place_list,
    read_oco,
    read_old_oco,
    read_oto,
    read_otoco,
)
from infra.local.emulators.binance.trading.order_calls import cancel_order
from infra.local.emulators.binance.trading.orders import CoinOrder, Contingency


def place_oco(call: SignedCall) -> Answer:
    """Take two orders of which one ends the other."""
    return _place_list(call, read_oco, Contingency.OCO)


def place_old_oco(call: SignedCall) -> Answer:
    """Take the same in its deprecated form."""
    return _place_list(call, read_old_oco, Contingency.OCO)


def place_oto(call: SignedCall) -> Answer:
    """Take an order, and one that waits for it."""
    return _place_list(call, read_oto, Contingency.OTO)


def place_otoco(call: SignedCall) -> Answer:
    """Take an order, and a pair that waits for it."""
    return _place_list(call, read_otoco, Contingency.OTO)


def _place_list(
    call: SignedCall, read: Callable[[Former], list[CoinOrder]], contingency: Contingency
) -> Answer:
    former = call.former()
    orders = read(former)
    form = former.response() or "RESULT"
    for name in ("selfTradePreventionMode", "listClientOrderId"):
        call.given.has(name)
    call.given.end()
    call.count(former, orders)
    # As the answer shows them: what one of them does at once is asked for after it.
    held = place_list(call.floor, call.book, former, orders, contingency)
    return reports.list_row(
        call.book, held, [reports.placed(call.book.orders[one.id], [], form) for one in orders]
    )


def read_list(call: SignedCall) -> Answer:
    """Show a list."""
    order_list = call.order_list(
        call.given.client_id("origClientOrderId"), -2018, "Order list does not exist."
    )
    call.given.end()
    return reports.list_row(call.book, order_list)


def cancel_list(call: SignedCall) -> Answer:
    """End a list."""
    call.pair()
    order_list = call.order_list(call.given.client_id("listClientOrderId"), -2011, UNKNOWN)
    by = call.by()
    call.given.end()
    first = next((call.book.orders[one] for one in order_list.orders if call.book.orders[one].is_open), None)
    if first is None:
        raise BinanceRefusal(-2011, UNKNOWN)
    return cancel_order(call, first, by)


def open_lists(call: SignedCall) -> Answer:
    """Show the lists that are not over."""
    call.given.end()
    return [reports.list_row(call.book, one) for one in call.book.lists.values() if not one.is_done]


def all_lists(call: SignedCall) -> Answer:
    """Show lists, whatever became of them."""
    first = call.given.whole("fromId")
    start, end, limit = call.span()
    call.given.end()
    found = [
        one
        for one in call.book.lists.values()
        if (first is None or one.id >= first) and call.is_within(one.created_at, start, end)
    ]
    return [reports.list_row(call.book, one) for one in found[-limit:]]

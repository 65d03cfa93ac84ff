"""Reading orders at Binance: one by one or a pair at a time, each with what its executions cost (C-06)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from chalicelib.brokers.binance.answers import NotOpen
from chalicelib.brokers.binance.client import BinanceTrading
from chalicelib.brokers.binance.ids import OrderName
from chalicelib.brokers.binance.memory import ExchangeMemory
from chalicelib.brokers.binance.parse import QUOTE, Execution, Shown, parse_executions, parse_order
from chalicelib.brokers.binance.parse import with_fees as priced
from chalicelib.brokers.binance.payloads import milliseconds, must_whole, rows
from chalicelib.brokers.binance.symbols import SymbolRules, parse_symbols
from chalicelib.brokers.errors import Refused, UnknownOrder
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import OutcomeUnknown
from chalicelib.vendors.wire import UnreadablePayload, as_list, as_node

#: The list holds what is open and what has moved in this time: longer than any trading day of ours.
LISTED: Final = timedelta(hours=24)
_ROWS: Final = 1000
_MINUTE: Final = timedelta(minutes=1)
_CLOSE: Final = 4

T = TypeVar("T")


class OrderReading:
    """Reads the orders of one account. Every call raises VendorError."""

    def __init__(self, client: BinanceTrading, memory: ExchangeMemory, clock: Clock) -> None:
        self._client = client
        self._memory = memory
        self._clock = clock
        self._prices: dict[tuple[str, datetime], Decimal] = {}

    def read(self, name: OrderName, urgency: Urgency) -> Shown:
        """Read one order; raises UnknownOrder."""
        asked = {"symbol": name.symbol, "orderId": str(name.number)}
        try:
            body = self._client.get("/order", asked, weight=4, urgency=urgency)
        except NotOpen as error:
            raise UnknownOrder(error.reason) from error
        except Refused as error:
            if "symbol" in error.reason.lower():
                raise UnknownOrder("Binance has no such pair") from error
            raise
        return understood(lambda answer: parse_order(as_node(answer, "an order")), body)

    def members(self, name: OrderName, urgency: Urgency) -> Sequence[OrderName]:
        """Read which orders a list has; raises UnknownOrder."""
        try:
            body = self._client.get(
                "/orderList", {"orderListId": str(name.number)}, weight=4, urgency=urgency
            )
        except Refused as error:  # its code for a list that it does not have is none of an order's
            raise UnknownOrder(error.reason) from error
        numbers = understood(numbers_of_list, body)
        if not numbers:
            raise OutcomeUnknown("Binance shows an order list without orders")
        return [OrderName(symbol=name.symbol, number=number) for number in numbers]

    def of_symbol(self, symbol: str, now: datetime) -> list[Shown]:
        """Read what is open of a pair, and what has moved in the last day."""
        asked = {"symbol": symbol, "limit": str(_ROWS)}
        body = self._client.get("/allOrders", asked, weight=20, urgency=Urgency.ORDER)
        found = understood(_parse_orders, body)
        if len(found) >= _ROWS:  # what rests for long may have left the newest ones
            body = self._client.get("/openOrders", {"symbol": symbol}, weight=6, urgency=Urgency.ORDER)
            known = {one.number for one in found}
            found = [one for one in understood(_parse_orders, body) if one.number not in known] + found
        kept = [one for one in found if not one.has_ended or _has_moved(one, now - LISTED)]
        whole_lists = {one.list_id for one in kept if one.list_id is not None}
        kept += [one for one in found if one.list_id in whole_lists and one not in kept]
        return self.with_fees(symbol, kept, Urgency.ORDER, since=now - LISTED)

    def with_fees(
        self, symbol: str, orders: Sequence[Shown], urgency: Urgency, *, since: datetime | None = None
    ) -> list[Shown]:
        """Add what executions cost; of many orders by one call, of what that lacks one by one."""
        filled = [one for one in orders if one.executed > 0]
        if not filled:
            return list(orders)
        rules = self.rules(symbol, urgency)
        known: list[Execution] = []
        if since is not None:
            asked = {"symbol": symbol, "startTime": milliseconds(since), "limit": str(_ROWS)}
            known = self._executions(asked, 20, urgency)
        by_order: dict[int, list[Execution]] = {}
        for one in known:
            by_order.setdefault(one.order_id, []).append(one)
        found = []
        for shown in orders:
            executions = by_order.get(shown.number, [])
            if shown.executed > 0 and sum(one.quantity for one in executions) != shown.executed:
                executions = self._executions({"symbol": symbol, "orderId": str(shown.number)}, 5, urgency)
            is_filled = shown.executed > 0
            found.append(priced(shown, executions, rules, self._price_at(urgency)) if is_filled else shown)
        return found

    def _executions(self, asked: dict[str, str], weight: int, urgency: Urgency) -> list[Execution]:
        return understood(
            parse_executions, self._client.get("/myTrades", asked, weight=weight, urgency=urgency)
        )

    def _price_at(self, urgency: Urgency) -> Callable[[str, datetime], Decimal]:
        """Return what values an asset at an instant: the close of its minute."""

        def price(asset: str, at: datetime) -> Decimal:
            minute = at.replace(second=0, microsecond=0)
            if (asset, minute) not in self._prices:
                asked = {
                    "symbol": f"{asset}{QUOTE}",
                    "interval": "1m",
                    "startTime": milliseconds(minute),
                    "endTime": milliseconds(minute + _MINUTE),
                    "limit": "1",
                }
                body = self._client.public("/klines", asked, weight=2, urgency=urgency)
                self._prices[asset, minute] = understood(_close_of, body)
            return self._prices[asset, minute]

        return price

    def rules(self, symbol: str, urgency: Urgency) -> SymbolRules:
        """Return what orders of a pair keep to; raises Refused for one that does not trade."""
        host, now = self._client.environment.base_url, self._clock.now()
        known = self._memory.rules(host, symbol, now)
        if known is not None:
            return known
        body = self._client.public("/exchangeInfo", {"symbol": symbol}, weight=20, urgency=urgency)
        found = understood(parse_symbols, body).get(symbol)
        if found is None:
            raise Refused("Binance does not trade this pair now")
        self._memory.note_rules(host, found, now)
        return found


def _parse_orders(body: object) -> list[Shown]:
    return [parse_order(row) for row in rows(body, "orders")]


def numbers_of_list(body: object) -> list[int]:
    """Read which orders a list has."""
    return [must_whole(row, "orderId") for row in rows(as_node(body, "a list").get("orders"), "orders")]


def _has_moved(shown: Shown, since: datetime) -> bool:
    at = shown.order.updated_at or shown.order.created_at
    return at is None or at >= since


def _close_of(body: object) -> Decimal:
    (row,) = as_list(body) or [None]
    if not isinstance(row, list) or len(row) <= _CLOSE:
        raise UnreadablePayload("a fee's asset has no price")
    return Decimal(str(row[_CLOSE]))


def understood(parse: Callable[[object], T], body: object) -> T:
    """Parse an answer; one of an unknown shape says nothing of what it was asked for."""
    try:
        return parse(body)
    except UnreadablePayload as error:
        raise OutcomeUnknown(f"Binance's answer cannot be read: {error}") from error

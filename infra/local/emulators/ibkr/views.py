"""Orders and executions in Interactive Brokers' shape: numbers here, texts there, and other names in each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.net_prices import NET, net_limit, net_of, unit_count, units_filled
from infra.local.emulators.brokerage.orders import LINKED, ZERO, Order, OrderType, Status
from infra.local.emulators.ibkr.bodies import COMBINATION
from infra.local.emulators.ibkr.contracts import Contracts

Shown = dict[str, object]
_STATUSES: Final = {
    Status.PENDING: "PreSubmitted",
    Status.OPEN: "Submitted",
    Status.PARTIALLY_FILLED: "Submitted",
    Status.FILLED: "Filled",
    Status.EXPIRED: "Cancelled",
    Status.CANCELED: "Cancelled",
    Status.REJECTED: "Inactive",
}
_TYPES: Final = {
    OrderType.MARKET: ("MARKET", "Market"),
    OrderType.STOP: ("STOP", "Stop"),
    OrderType.STOP_LIMIT: ("STOP_LIMIT", "Stop Limit"),
}
_LIMIT: Final = ("LIMIT", "Limit")
_CODES: Final = {"Filled": "2", "Cancelled": "4", "Inactive": "8"}


def orders_in(order: Order) -> Iterator[Order]:
    """Yield the orders that the vendor makes of one of the books: linked ones have no parent here."""
    if order.order_class in LINKED:
        yield from order.legs
    else:
        yield order


def status_of(order: Order) -> str:
    """Return a state's word; a stop that waits is simulated, and called so."""
    if order.status is Status.OPEN and order.order_type is OrderType.STOP and not order.triggered:
        return "PreSubmitted"
    return _STATUSES[order.status]


def listed_row(order: Order, contracts: Contracts) -> Shown:
    """Return an order as `/iserver/account/orders` shows it."""
    terms = _Terms(order, contracts)
    status = status_of(order)
    row: Shown = {
        "acct": order.account,
        "account": order.account,
        "conidex": terms.conidex,
        "conid": terms.conid,
        "orderId": order.order_id,
        "cashCcy": "USD",
        "sizeAndFills": f"{terms.filled}/{terms.quantity}",
        "orderDesc": f"{terms.word} {terms.quantity} {terms.kind[1]}, {terms.tif}",
        "description1": order.symbol,
        "ticker": order.symbol,
        "secType": terms.sec_type,
        "listingExchange": "SMART",
        "remainingQuantity": float(terms.quantity - terms.filled),
        "filledQuantity": float(terms.filled),
        "totalSize": float(terms.quantity),
        "companyName": order.symbol,
        "status": status,
        "order_ccp_status": status,
        "origOrderType": terms.kind[0],
        "supportsTaxOpt": "1",
        "lastExecutionTime": f"{order.changed_at.astimezone(UTC):%y%m%d%H%M%S}",
        "orderType": terms.kind[1],
        "bgColor": "#FFFFFF",
        "fgColor": "#000000",
        "timeInForce": terms.tif,
        "lastExecutionTime_r": _milliseconds(order.changed_at),
        "side": terms.side,
    }
    if order.tag is not None:
        row["order_ref"] = order.tag
    if terms.average is not None:
        row["avgPrice"] = str(terms.average)
    if terms.limit is not None:
        row["price"] = f"{terms.limit:,.2f}"
    if order.stop is not None:
        row["auxPrice"] = f"{order.stop:,.2f}"
    return row


def single_body(order: Order, contracts: Contracts) -> Shown:
    """Return an order as `/iserver/account/order/status` shows it: without its reference."""
    terms = _Terms(order, contracts)
    status = status_of(order)
    body: Shown = {
        "sub_type": None,
        "request_id": "209",
        "server_id": "0",
        "order_id": order.order_id,
        "conidex": terms.conidex,
        "conid": terms.conid,
        "symbol": order.symbol,
        "side": terms.side[0],
        "contract_description_1": order.symbol,
        "listing_exchange": "SMART",
        "option_acct": "c",
        "company_name": order.symbol,
        "size": f"{terms.quantity - terms.filled}.0",
        "total_size": f"{terms.quantity}.0",
        "currency": "USD",
        "account": order.account,
        "order_type": terms.kind[0],
        "cum_fill": f"{terms.filled}.0",
        "order_status": status,
        "order_ccp_status": _CODES.get(status, "0"),
        "order_status_description": f"Order {status}",
        "tif": terms.tif,
        "order_not_editable": not order.working,
        "cannot_cancel_order": not order.working,
        "deactivate_order": False,
        "sec_type": terms.sec_type,
        "order_description": f"{terms.word} {terms.quantity} {terms.kind[1]}, {terms.tif}",
        "child_order_type": "0",
        "order_clearing_account": order.account,
        "size_and_fills": f"{terms.filled}/{terms.quantity}",
        "allowed_duplicate_opposite": True,
        "order_time": f"{order.changed_at.astimezone(UTC):%y%m%d%H%M%S}",
    }
    if terms.average is not None:
        body["average_price"] = str(terms.average)
    if terms.limit is not None:
        body["limit_price"] = f"{terms.limit:,.2f}"
    if order.stop is not None:
        body["stop_price"] = f"{order.stop:,.2f}"
    return body


def execution_rows(order: Order, contracts: Contracts, *, twice: bool = False) -> Iterator[Shown]:
    """Yield the executions of an order and of its legs; a combination has one of its own, too."""
    is_net = order.order_class in NET
    for leg in order.trading_legs() if is_net else [order]:
        commission = Decimal("0.65") if leg.option_symbol else ZERO
        executions = [*leg.executions, *(leg.executions[-1:] if twice else [])]
        for number, one in enumerate(executions, 1):
            index = min(number, len(leg.executions))
            yield _execution(order, leg, contracts) | {
                "execution_id": f"0000e0d5.{leg.order_id:08x}.{index:02d}.01",
                "trade_time": f"{one.at.astimezone(UTC):%Y%m%d-%H:%M:%S}",
                "trade_time_r": _milliseconds(one.at),
                "size": float(one.quantity),
                "price": str(one.price),
                "commission": str(commission * one.quantity),
                "net_amount": float(one.price * one.quantity * leg.multiplier),
            }
    terms = _Terms(order, contracts)
    if is_net and terms.filled and terms.average is not None:
        yield _execution(order, order, contracts) | {
            "execution_id": f"0000e0d5.{order.order_id:08x}.00.01",
            "sec_type": "BAG",
            "conid": int(COMBINATION),
            "conidEx": terms.conidex,
            "side": "B",
            "trade_time": f"{order.changed_at.astimezone(UTC):%Y%m%d-%H:%M:%S}",
            "trade_time_r": _milliseconds(order.changed_at),
            "size": float(terms.filled),
            "price": str(terms.average),
            "commission": "0.0",
            "net_amount": 0.0,
        }


def _execution(order: Order, leg: Order, contracts: Contracts) -> Shown:
    row: Shown = {
        "symbol": leg.symbol,
        "supports_tax_opt": "1",
        "side": "B" if leg.buys else "S",
        "order_description": f"{'Bot' if leg.buys else 'Sold'} {leg.quantity}",
        "submitter": "user1234",
        "exchange": "CBOE",
        "account": order.account,
        "accountCode": order.account,
        "company_name": leg.symbol,
        "contract_description_1": leg.symbol,
        "sec_type": "OPT" if leg.option_symbol else "STK",
        "listing_exchange": "SMART",
        "clearing_id": "IB",
        "clearing_name": "IB",
        "liquidation_trade": "0",
    }
    if leg.instrument and not (leg is order and leg.order_class in NET):
        row |= {"conid": contracts.conid(leg.instrument), "conidEx": str(contracts.conid(leg.instrument))}
    if order.tag is not None:
        row["order_ref"] = order.tag
    return row


class _Terms:
    """What both answers about an order tell."""

    def __init__(self, order: Order, contracts: Contracts) -> None:
        self.kind = _TYPES.get(order.order_type or OrderType.LIMIT, _LIMIT)
        first = order.legs[0] if order.legs else order
        self.tif = "GTC" if first.duration == "gtc" else "DAY"
        if order.order_class in NET:
            self.conid = int(COMBINATION)
            units = unit_count(order.legs)
            legs = (
                f"{contracts.conid(leg.instrument)}/{leg.quantity // units * (1 if leg.buys else -1)}"
                for leg in order.legs
            )
            self.conidex = f"{COMBINATION};;;{','.join(legs)}"
            self.side, self.sec_type = "BUY", "BAG"
            self.quantity, self.filled = units, units_filled(order)
            self.limit = net_limit(order)
            averages = [leg.average for leg in order.legs]
            self.average = round(net_of(order.legs, averages), 8) if self.filled else None
        else:
            self.conid = contracts.conid(order.instrument)
            self.conidex = str(self.conid)
            self.side = "BUY" if order.buys else "SELL"
            self.sec_type = "OPT" if order.option_symbol else "STK"
            self.quantity, self.filled = order.quantity, order.filled
            self.limit = order.price
            self.average = round(order.average, 8) if order.filled else None
        self.word = {"BUY": "Buy", "SELL": "Sell"}[self.side]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)

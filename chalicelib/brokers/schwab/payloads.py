"""Schwab's words (wire/schwab.md, 3 and 6); lists and objects come in no envelope."""

from collections.abc import Mapping
from typing import Final

from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.wire import Node, UnreadablePayload, as_node

OPTION_INSTRUCTIONS: Final[Mapping[OrderSide, str]] = {
    OrderSide.BUY_TO_OPEN: "BUY_TO_OPEN",
    OrderSide.SELL_TO_OPEN: "SELL_TO_OPEN",
    OrderSide.BUY_TO_CLOSE: "BUY_TO_CLOSE",
    OrderSide.SELL_TO_CLOSE: "SELL_TO_CLOSE",
}
EQUITY_INSTRUCTIONS: Final[Mapping[OrderSide, str]] = {
    OrderSide.BUY_TO_OPEN: "BUY",
    OrderSide.SELL_TO_OPEN: "SELL_SHORT",
    OrderSide.BUY_TO_CLOSE: "BUY_TO_COVER",
    OrderSide.SELL_TO_CLOSE: "SELL",
}
TYPES: Final = {OrderType.MARKET: "MARKET", OrderType.LIMIT: "LIMIT", OrderType.STOP: "STOP"}
DURATIONS: Final = {Duration.DAY: "DAY", Duration.GTC: "GOOD_TILL_CANCEL"}
OPTION: Final = "OPTION"
EQUITY: Final = "EQUITY"
SINGLE: Final = "SINGLE"
OCO: Final = "OCO"
TRIGGER: Final = "TRIGGER"
NET_DEBIT: Final = "NET_DEBIT"
NET_CREDIT: Final = "NET_CREDIT"
NET_ZERO: Final = "NET_ZERO"
#: Wire, 6.4. What is under way works on; `UNKNOWN`, or a state that is not listed, cannot be read, since
#: guessing whether an order lives is how positions are sold twice.
STATUSES: Final[Mapping[str, OrderStatus]] = {
    "NEW": OrderStatus.PENDING,
    "ACCEPTED": OrderStatus.PENDING,
    "PENDING_ACTIVATION": OrderStatus.PENDING,
    "PENDING_ACKNOWLEDGEMENT": OrderStatus.PENDING,
    "QUEUED": OrderStatus.PENDING,
    "AWAITING_PARENT_ORDER": OrderStatus.PENDING,
    "AWAITING_CONDITION": OrderStatus.PENDING,
    "AWAITING_STOP_CONDITION": OrderStatus.PENDING,
    "AWAITING_MANUAL_REVIEW": OrderStatus.PENDING,
    "AWAITING_RELEASE_TIME": OrderStatus.PENDING,
    "WORKING": OrderStatus.OPEN,
    "AWAITING_UR_OUT": OrderStatus.OPEN,
    "PENDING_CANCEL": OrderStatus.OPEN,
    "PENDING_REPLACE": OrderStatus.OPEN,
    "PENDING_RECALL": OrderStatus.OPEN,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "REPLACED": OrderStatus.CANCELED,
    "EXPIRED": OrderStatus.EXPIRED,
    "REJECTED": OrderStatus.REJECTED,
}


def rows_of(body: object) -> list[Node]:
    """Return the objects of a list, none included; it must be a list (I-06)."""
    if not isinstance(body, list):
        raise UnreadablePayload("the answer is not a list")
    return [as_node(value, "an item") for value in body]


def securities_account(body: object) -> Node:
    """Return the account of an answer about one."""
    return as_node(as_node(body, "the answer").get("securitiesAccount"), "securitiesAccount")

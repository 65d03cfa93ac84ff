"""The form of Tradier's `POST /orders`, read and checked for shape; business rules are not checked here."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, TypeVar

from infra.local.emulators.brokerage.orders import LINKED, Duration, OrderClass, OrderType
from infra.local.emulators.brokerage.refusals import BadParameter, PlainText
from infra.local.emulators.brokerage.tickets import NET_TYPES, SINGLE_TYPES, OrderForm, Ticket
from infra.local.emulators.market.occ import parse

TAG: Final = re.compile(r"[A-Za-z0-9-]+")
INDEXED: Final = re.compile(r"(\w+)\[(\d+)\]")
LONGEST_TAG: Final = 255
MOST_LEGS: Final = 4
DECIMALS: Final = 2
EQUITY_SIDES: Final = frozenset({"buy", "sell", "sell_short", "buy_to_cover"})
OPTION_SIDES: Final = frozenset({"buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"})
LINKED_LEGS: Final = {OrderClass.OTO: 2, OrderClass.OCO: 2, OrderClass.OTOCO: 3}

Choice = TypeVar("Choice", bound=StrEnum)


def read_form(form: Mapping[str, str]) -> OrderForm:
    """Read the form of a new order. Raises BadParameter and PlainText."""
    order_class = _choice(form, "class", OrderClass)
    tag = _tag(form.get("tag"))
    preview = form.get("preview", "").lower() == "true"
    indices = {int(found[2]) for found in map(INDEXED.fullmatch, form) if found}
    head: Ticket | None = None
    legs: tuple[Ticket, ...] = ()
    if order_class in LINKED:
        wanted = LINKED_LEGS[order_class]
        if indices != set(range(wanted)):
            raise PlainText(f"{order_class} orders need {wanted} indexed legs")
        legs = tuple(_linked_leg(form, index) for index in range(wanted))
    elif order_class in {OrderClass.MULTILEG, OrderClass.COMBO}:
        if not 2 <= len(indices) <= MOST_LEGS or indices != set(range(len(indices))):
            raise PlainText(f"{order_class} orders need 2 to {MOST_LEGS} indexed legs from 0 on")
        head = _net_head(form, order_class)
        legs = tuple(_net_leg(form, index, head) for index in range(len(indices)))
    else:
        if indices:
            raise PlainText("legs are not allowed for this order class")
        head = _single(form, order_class)
    return OrderForm(order_class=order_class, head=head, legs=legs, tag=tag, preview=preview)


def price_of(form: Mapping[str, str], name: str) -> Decimal | None:
    """Read a positive price of at most two decimals, None when absent. Raises BadParameter."""
    text = form.get(name, "")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise BadParameter(name, "is not valid") from error
    if not value.is_finite() or value <= 0:
        raise BadParameter(name, "must be greater than 0.")
    if value != round(value, DECIMALS):
        raise BadParameter(name, f"must have at most {DECIMALS} decimal places.")
    return value


def _single(form: Mapping[str, str], order_class: OrderClass) -> Ticket:
    option = _option_symbol(form, "option_symbol") if order_class is OrderClass.OPTION else None
    sides = OPTION_SIDES if option else EQUITY_SIDES
    return Ticket(
        order_class=order_class,
        symbol=_required(form, "symbol").upper(),
        option_symbol=option,
        side=_side(form, "side", sides),
        quantity=_quantity(form, "quantity"),
        order_type=_type(form, "type", SINGLE_TYPES),
        duration=_choice(form, "duration", Duration),
        price=price_of(form, "price"),
        stop=price_of(form, "stop"),
    )


def _linked_leg(form: Mapping[str, str], index: int) -> Ticket:
    option_key, symbol_key = f"option_symbol[{index}]", f"symbol[{index}]"
    option = _option_symbol(form, option_key) if form.get(option_key) else None
    symbol = form.get(symbol_key, "").upper()
    if not symbol:
        if option is None:
            raise BadParameter("symbol", "is not valid")
        contract = parse(option)
        symbol = option[:-15] if contract is None else contract.underlying
    duration = f"duration[{index}]" if f"duration[{index}]" in form else "duration"
    return Ticket(
        order_class=OrderClass.OPTION if option else OrderClass.EQUITY,
        symbol=symbol,
        option_symbol=option,
        side=_side(form, f"side[{index}]", OPTION_SIDES if option else EQUITY_SIDES),
        quantity=_quantity(form, f"quantity[{index}]"),
        order_type=_type(form, f"type[{index}]", SINGLE_TYPES),
        duration=_choice(form, duration, Duration),
        price=price_of(form, f"price[{index}]"),
        stop=price_of(form, f"stop[{index}]"),
    )


def _net_head(form: Mapping[str, str], order_class: OrderClass) -> Ticket:
    return Ticket(
        order_class=order_class,
        symbol=_required(form, "symbol").upper(),
        option_symbol=None,
        side="buy",
        quantity=0,
        order_type=_type(form, "type", NET_TYPES),
        duration=_choice(form, "duration", Duration),
        price=price_of(form, "price"),
        stop=None,
    )


def _net_leg(form: Mapping[str, str], index: int, head: Ticket) -> Ticket:
    key = f"option_symbol[{index}]"
    shares = head.order_class is OrderClass.COMBO and index == 0 and form.get(key, "null") in {"", "null"}
    option = None if shares else _option_symbol(form, key)
    return Ticket(
        order_class=OrderClass.EQUITY if shares else OrderClass.OPTION,
        symbol=head.symbol,
        option_symbol=option,
        side=_side(form, f"side[{index}]", EQUITY_SIDES if shares else OPTION_SIDES),
        quantity=_quantity(form, f"quantity[{index}]"),
        order_type=head.order_type,
        duration=head.duration,
        price=head.price,
        stop=None,
    )


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name, "").strip()
    if not value:
        raise BadParameter(name, "is required.")
    return value


def _choice(form: Mapping[str, str], name: str, kind: type[Choice]) -> Choice:
    value = _required(form, name)
    try:
        return kind(value.lower())
    except ValueError as error:
        raise BadParameter(name, "is not valid") from error


def _type(form: Mapping[str, str], name: str, allowed: frozenset[OrderType]) -> OrderType:
    kind = _choice(form, name, OrderType)
    if kind not in allowed:
        raise BadParameter(name, "is not valid")
    return kind


def _side(form: Mapping[str, str], name: str, allowed: frozenset[str]) -> str:
    side = _required(form, name).lower()
    if side not in allowed:
        raise BadParameter(name, "is not valid")
    return side


def _quantity(form: Mapping[str, str], name: str) -> int:
    text = _required(form, name)
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise BadParameter(name, "is not valid") from error
    if not value.is_finite() or value != int(value):
        raise BadParameter(name, "is not valid")
    return int(value)


def _option_symbol(form: Mapping[str, str], name: str) -> str:
    return _required(form, name).upper()


def _tag(tag: str | None) -> str | None:
    if tag is None or tag == "":
        return None
    if len(tag) > LONGEST_TAG:
        raise BadParameter("tag", f"contains more than {LONGEST_TAG} characters.")
    if TAG.fullmatch(tag) is None:
        raise BadParameter("tag", "contains invalid characters.")
    return tag

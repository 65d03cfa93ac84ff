"""The JSON of a new order, read and checked for shape as tastytrade does (wire, 7.2)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.orders import Duration, OrderClass, OrderType
from infra.local.emulators.brokerage.refusals import BadParameter
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.occ import parse
from infra.local.emulators.tastytrade.problems import ApiRefusal, PreflightRefusal

Body = Mapping[str, object]
SYMBOL_CHARACTERS: Final = 21
OPTION_LEGS_MAX: Final = 4
DECIMALS: Final = 2
Meaning = TypeVar("Meaning")
_OPTION: Final = "Equity Option"
_EQUITY: Final = "Equity"
_TYPES: Final = {
    "Market": OrderType.MARKET,
    "Limit": OrderType.LIMIT,
    "Stop": OrderType.STOP,
    "Stop Limit": OrderType.STOP_LIMIT,
}
_DURATIONS: Final = {"Day": Duration.DAY, "GTC": Duration.GTC}
_OPTION_SIDES: Final = {
    "Buy to Open": "buy_to_open",
    "Buy to Close": "buy_to_close",
    "Sell to Open": "sell_to_open",
    "Sell to Close": "sell_to_close",
}
_EQUITY_SIDES: Final = {
    "Buy to Open": "buy",
    "Buy to Close": "buy_to_cover",
    "Sell to Open": "sell_short",
    "Sell to Close": "sell",
}
_OPENED_INSTEAD: Final = {
    "sell_to_close": "sell_to_open",
    "sell": "sell_short",
    "buy_to_close": "buy_to_open",
    "buy_to_cover": "buy",
}
_COMPLEX: Final = {"OCO": OrderClass.OCO, "OTO": OrderClass.OTO, "OTOCO": OrderClass.OTOCO}
_ORDERS_OF: Final = {OrderClass.OCO: 2, OrderClass.OTO: 1, OrderClass.OTOCO: 2}


def read_body(raw: bytes) -> Body:
    """Read a JSON object. Raises ApiRefusal."""
    try:
        body = json.loads(raw, parse_float=Decimal)
    except ValueError as error:
        raise ApiRefusal(400, "bad_request", "The request body is not JSON") from error
    if not isinstance(body, dict):
        raise ApiRefusal(400, "bad_request", "The request body is not an object")
    return body


def read_order(body: Body, account: Account) -> OrderForm:
    """Read a new order over one leg or several. Raises Refusal."""
    legs = _legs(body)
    kind, duration = _word(body, "order-type", _TYPES), _word(body, "time-in-force", _DURATIONS)
    strict = _is_strict(body)
    tag = body.get("external-identifier")
    tickets = [_ticket(leg, kind, duration, account, strict=strict) for leg in legs]
    if len(tickets) == 1:
        head = _priced(tickets[0], body)
        return OrderForm(
            order_class=head.order_class, head=head, legs=(), tag=_text_or_none(tag), preview=False
        )
    if kind is not OrderType.LIMIT:
        raise PreflightRefusal("market_order_single_leg_only", "Orders of several legs must be limit orders.")
    shares = [one for one in tickets if one.option_symbol is None]
    ordered = shares + [one for one in tickets if one.option_symbol is not None]
    order_class = OrderClass.COMBO if shares else OrderClass.MULTILEG
    price, net = _net(body)
    net_legs = tuple(replace(one, order_type=net, price=price) for one in ordered)
    head = replace(
        ordered[0],
        order_class=order_class,
        option_symbol=None,
        side="buy",
        quantity=0,
        order_type=net,
        price=price,
    )
    return OrderForm(order_class=order_class, head=head, legs=net_legs, tag=_text_or_none(tag), preview=False)


def read_complex(body: Body, account: Account) -> OrderForm:
    """Read a new complex order. Raises Refusal."""
    order_class = _word(body, "type", _COMPLEX)
    orders = body.get("orders")
    if not isinstance(orders, list) or len(orders) != _ORDERS_OF[order_class]:
        raise ApiRefusal(422, "validation_error", f"{order_class} needs {_ORDERS_OF[order_class]} orders")
    wanted = [one for one in (body.get("trigger-order"), *orders) if isinstance(one, dict)]
    if len(wanted) != len(orders) + (order_class is not OrderClass.OCO):
        raise ApiRefusal(422, "validation_error", "trigger-order is missing or not allowed")
    forms = [read_order(one, account) for one in wanted]
    heads = [form.head for form in forms if form.head is not None and not form.legs]
    if len(heads) != len(forms):
        raise PreflightRefusal(
            "complex_order_single_leg_only", "Orders of a complex order have one leg here."
        )
    return OrderForm(order_class=order_class, head=None, legs=tuple(heads), tag=forms[0].tag, preview=False)


def _legs(body: Body) -> Sequence[Body]:
    legs = body.get("legs")
    if not isinstance(legs, list) or not legs or not all(isinstance(leg, dict) for leg in legs):
        raise ApiRefusal(422, "validation_error", "legs is missing")
    options = sum(leg.get("instrument-type") == _OPTION for leg in legs)
    if options > OPTION_LEGS_MAX or len(legs) - options > 1:
        raise PreflightRefusal("too_many_legs", "An order has at most four option legs and one of shares.")
    if len({leg.get("symbol") for leg in legs}) != len(legs):
        raise PreflightRefusal("duplicate_legs", "Each leg must have a symbol of its own.")
    return legs


def _ticket(leg: Body, kind: OrderType, duration: Duration, account: Account, *, strict: bool) -> Ticket:
    instrument, symbol = leg.get("instrument-type"), str(leg.get("symbol") or "")
    if instrument not in {_OPTION, _EQUITY}:
        raise BadParameter("instrument-type", "is not traded here")
    option = _compact(symbol) if instrument == _OPTION else None
    contract = parse(option) if option else None
    side = _word(leg, "action", _OPTION_SIDES if option else _EQUITY_SIDES)
    held = account.held(option or symbol)
    if not strict and (held >= 0 if side.startswith("buy") else held <= 0):
        side = _OPENED_INSTEAD.get(side, side)  # silently corrected (wire, 7.2)
    return Ticket(
        order_class=OrderClass.OPTION if option else OrderClass.EQUITY,
        symbol=symbol if contract is None else contract.underlying,
        option_symbol=option,
        side=side,
        quantity=_whole(leg.get("quantity")),
        order_type=kind,
        duration=duration,
        price=None,
        stop=None,
    )


def _compact(symbol: str) -> str:
    """Return a padded symbol as the books have it: the root fills six characters (wire, 8)."""
    compact = symbol[:6].rstrip() + symbol[6:]
    if len(symbol) != SYMBOL_CHARACTERS or parse(compact) is None:
        raise ApiRefusal(422, "invalid_symbol", f"{symbol!r} is not a symbol")
    return compact


def _priced(ticket: Ticket, body: Body) -> Ticket:
    price, stop = _price(body, "price"), _price(body, "stop-trigger")
    buys = ticket.side.startswith("buy")
    if ticket.order_type in {OrderType.MARKET, OrderType.STOP} and price is not None:
        raise PreflightRefusal("price_not_allowed", "This order type has no price.")
    effect = body.get("price-effect")
    if price is not None and buys and effect == "Credit":
        raise PreflightRefusal("cant_buy_for_credit", "You cannot buy for a credit.")
    if price is not None and not buys and effect == "Debit":
        raise PreflightRefusal("cant_sell_for_debit", "You cannot sell for a debit.")
    opens = ticket.side not in _OPENED_INSTEAD
    if ticket.order_type is OrderType.STOP and opens and ticket.duration is Duration.GTC:
        raise PreflightRefusal("gtc_opening_stop_not_supported", "An opening stop may not be GTC.")
    return replace(ticket, price=price, stop=stop)


def _net(body: Body) -> tuple[Decimal | None, OrderType]:
    price = _number(body.get("price"), "price")
    if price is None:
        raise BadParameter("price", "is required.")
    if not price:
        return None, OrderType.EVEN
    match body.get("price-effect"):
        case "Debit":
            return _price(body, "price"), OrderType.DEBIT
        case "Credit":
            return _price(body, "price"), OrderType.CREDIT
        case _:
            raise BadParameter("price-effect", "must be Debit or Credit.")


def _price(body: Body, name: str) -> Decimal | None:
    value = _number(body.get(name), name)
    if value is None:
        return None
    if value <= 0:
        raise BadParameter(name, "must be greater than 0.")
    if value != round(value, DECIMALS):
        raise BadParameter(name, f"must have at most {DECIMALS} decimal places.")
    return value


def _number(value: object, name: str) -> Decimal | None:
    """Read what comes as a number from some clients and as a text from others."""
    if value is None:
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation as error:
        raise BadParameter(name, "is not valid") from error
    if isinstance(value, bool) or not read.is_finite():
        raise BadParameter(name, "is not valid")
    return read


def _whole(value: object) -> int:
    read = _number(value, "quantity")
    if read is None or read != int(read):
        raise BadParameter("quantity", "is not valid")
    return int(read)


def _word(body: Body, name: str, meanings: Mapping[str, Meaning]) -> Meaning:
    word = body.get(name)
    if not isinstance(word, str) or word not in meanings:
        raise BadParameter(name, "is not valid")
    return meanings[word]


def _is_strict(body: Body) -> bool:
    instructions = body.get("advanced-instructions")
    return isinstance(instructions, dict) and instructions.get("strict-position-effect-validation") is True


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

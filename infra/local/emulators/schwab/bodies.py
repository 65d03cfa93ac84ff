"""The JSON of a new order, read and checked for shape as Schwab does (wire, 6.2)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from infra.local.emulators.brokerage.orders import Duration, OrderClass, OrderType
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.occ import parse
from infra.local.emulators.schwab.problems import TraderRefusal

Body = Mapping[str, object]
SYMBOL_CHARACTERS: Final = 21
Meaning = TypeVar("Meaning")
_OPTION: Final = "OPTION"
_EQUITY: Final = "EQUITY"
_SINGLE_TYPES: Final = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "STOP": OrderType.STOP,
    "STOP_LIMIT": OrderType.STOP_LIMIT,
}
_NET_TYPES: Final = {
    "NET_DEBIT": OrderType.DEBIT,
    "NET_CREDIT": OrderType.CREDIT,
    "NET_ZERO": OrderType.EVEN,
}
_DURATIONS: Final = {"DAY": Duration.DAY, "GOOD_TILL_CANCEL": Duration.GTC}
_OPTION_SIDES: Final = {
    "BUY_TO_OPEN": "buy_to_open",
    "BUY_TO_CLOSE": "buy_to_close",
    "SELL_TO_OPEN": "sell_to_open",
    "SELL_TO_CLOSE": "sell_to_close",
}
_EQUITY_SIDES: Final = {
    "BUY": "buy",
    "BUY_TO_COVER": "buy_to_cover",
    "SELL_SHORT": "sell_short",
    "SELL": "sell",
}
_ASKED: Final = frozenset(
    {
        "activationPrice",
        "childOrderStrategies",
        "complexOrderStrategyType",
        "duration",
        "orderLegCollection",
        "orderStrategyType",
        "orderType",
        "price",
        "quantity",
        "session",
        "specialInstruction",
        "stopPrice",
        "stopPriceLinkBasis",
        "stopPriceLinkType",
        "stopPriceOffset",
        "stopType",
        "taxLotMethod",
    }
)


def read_body(raw: bytes) -> Body:
    """Read a JSON object. Raises TraderRefusal."""
    try:
        body = json.loads(raw, parse_float=Decimal)
    except ValueError as error:
        raise TraderRefusal(400, "The request body is not JSON") from error
    if not isinstance(body, dict):
        raise TraderRefusal(400, "The request body is not an object")
    return body


def read_order(body: Body) -> OrderForm:
    """Read a new order of any strategy that is emulated. Raises Refusal."""
    unknown = sorted(set(body) - _ASKED)
    if unknown:
        raise TraderRefusal(400, f"{unknown[0]} is not part of an order request")
    match body.get("orderStrategyType"):
        case "SINGLE":
            return _single(body)
        case "OCO":
            legs = _pair(body)
            return OrderForm(order_class=OrderClass.OCO, head=None, legs=legs, tag=None, preview=False)
        case "TRIGGER":
            return _trigger(body)
        case _:
            raise TraderRefusal(400, "orderStrategyType is not valid")


def _single(body: Body) -> OrderForm:
    legs = _legs(body)
    if len(legs) == 1:
        head = _ticket(legs[0], body, _SINGLE_TYPES)
        return OrderForm(order_class=head.order_class, head=head, legs=(), tag=None, preview=False)
    tickets = [_ticket(leg, body, _NET_TYPES) for leg in legs]
    shares = [one for one in tickets if one.option_symbol is None]
    ordered = shares + [one for one in tickets if one.option_symbol is not None]
    order_class = OrderClass.COMBO if shares else OrderClass.MULTILEG
    head = replace(ordered[0], order_class=order_class, option_symbol=None, side="buy", quantity=0)
    return OrderForm(order_class=order_class, head=head, legs=tuple(ordered), tag=None, preview=False)


def _trigger(body: Body) -> OrderForm:
    first = _head({**body, "orderStrategyType": "SINGLE", "childOrderStrategies": None})
    children = _children(body)
    if len(children) != 1:
        raise TraderRefusal(400, "A TRIGGER has one child order")
    (child,) = children
    is_bracket = child.get("orderStrategyType") == "OCO"
    rest = _pair(child) if is_bracket else (_head(child),)
    order_class = OrderClass.OTOCO if is_bracket else OrderClass.OTO
    return OrderForm(order_class=order_class, head=None, legs=(first, *rest), tag=None, preview=False)


def _pair(body: Body) -> tuple[Ticket, ...]:
    children = _children(body)
    if len(children) != 2 or body.get("orderLegCollection"):
        raise TraderRefusal(400, "An OCO has two child orders and no legs of its own")
    return tuple(_head(child) for child in children)


def _head(body: Body) -> Ticket:
    form = read_order({name: value for name, value in body.items() if value is not None})
    if form.head is None or form.legs:
        raise TraderRefusal(400, "Child orders have one leg here")
    return form.head


def _children(body: Body) -> Sequence[Body]:
    children = body.get("childOrderStrategies")
    if not isinstance(children, list) or not all(isinstance(one, dict) for one in children):
        raise TraderRefusal(400, "childOrderStrategies is missing")
    return children


def _legs(body: Body) -> Sequence[Body]:
    legs = body.get("orderLegCollection")
    if not isinstance(legs, list) or not legs or not all(isinstance(leg, dict) for leg in legs):
        raise TraderRefusal(400, "orderLegCollection is missing")
    return legs


def _ticket(leg: Body, body: Body, types: Mapping[str, OrderType]) -> Ticket:
    instrument = leg.get("instrument")
    if not isinstance(instrument, dict):
        raise TraderRefusal(400, "instrument is missing")
    asset, symbol = instrument.get("assetType"), str(instrument.get("symbol") or "")
    if asset not in {_OPTION, _EQUITY}:
        raise TraderRefusal(400, "Only EQUITY and OPTION can be traded")
    if body.get("session") != "NORMAL":
        raise TraderRefusal(400, "Only the session NORMAL is emulated")
    option = _compact(symbol) if asset == _OPTION else None
    contract = parse(option) if option else None
    kind = _word(body, "orderType", types)
    return Ticket(
        order_class=OrderClass.OPTION if option else OrderClass.EQUITY,
        symbol=symbol if contract is None else contract.underlying,
        option_symbol=option,
        side=_word(leg, "instruction", _OPTION_SIDES if option else _EQUITY_SIDES),
        quantity=_whole(leg.get("quantity")),
        order_type=kind,
        duration=_word(body, "duration", _DURATIONS),
        price=None if kind is OrderType.EVEN else _price(body, "price"),
        stop=_price(body, "stopPrice"),
    )


def _compact(symbol: str) -> str:
    """Return a padded symbol as the books have it: the root fills six characters (wire, 8)."""
    compact = symbol[:6].rstrip() + symbol[6:]
    if len(symbol) != SYMBOL_CHARACTERS or parse(compact) is None:
        raise TraderRefusal(400, f"{symbol!r} is not a valid symbol")
    return compact


def _price(body: Body, name: str) -> Decimal | None:
    """Read a price: a text from some clients, a number from others; four decimals under a dollar."""
    value = _number(body.get(name), name)
    if value is None:
        return None
    if value <= 0:
        raise TraderRefusal(400, f"{name} must be greater than 0")
    if value != round(value, 2 if value >= 1 else 4):
        raise TraderRefusal(400, f"{name} has too many decimals")
    return value


def _number(value: object, name: str) -> Decimal | None:
    if value is None:
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation as error:
        raise TraderRefusal(400, f"{name} is not valid") from error
    if isinstance(value, bool) or not read.is_finite():
        raise TraderRefusal(400, f"{name} is not valid")
    return read


def _whole(value: object) -> int:
    read = _number(value, "quantity")
    if read is None or read != int(read):
        raise TraderRefusal(400, "quantity is not valid")
    return int(read)


def _word(body: Body, name: str, meanings: Mapping[str, Meaning]) -> Meaning:
    word = body.get(name)
    if not isinstance(word, str) or word not in meanings:
        raise TraderRefusal(400, f"{name} is not valid")
    return meanings[word]

"""The JSON of new orders, read and checked for shape as Interactive Brokers does (wire, 10)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

from infra.local.emulators.brokerage.orders import Duration, OrderClass, OrderType
from infra.local.emulators.brokerage.rules import reserved
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.ibkr.asked import Body
from infra.local.emulators.ibkr.contracts import Contracts
from infra.local.emulators.ibkr.problems import ApiRefusal
from infra.local.emulators.market.occ import parse

COMBINATION: Final = "28812380"
_TYPES: Final = {
    "MKT": OrderType.MARKET,
    "LMT": OrderType.LIMIT,
    "STP": OrderType.STOP,
    "STOP_LIMIT": OrderType.STOP_LIMIT,
}
_DURATIONS: Final = {"DAY": Duration.DAY, "GTC": Duration.GTC}
_PAIR: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """One order of the books, with the reference of each order that the vendor makes of it."""

    form: OrderForm
    references: tuple[str | None, ...]


def read_orders(body: Body, standing: Standing, contracts: Contracts) -> NewOrder:
    """Read new orders: one, a group of two that cancel each other, or one with its children.

    Raises ApiRefusal.
    """
    given = body.get("orders")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise ApiRefusal(500, "Malformed request body")
    for one in given:
        if one.get("acctId", standing.account.account_id) != standing.account.account_id:
            raise ApiRefusal(400, "acctId is not the account of the address")
    references = tuple(_text(one, "cOID") for one in given)
    if len(given) == 1:
        return NewOrder(form=_single(given[0], standing, contracts), references=references)
    tickets = tuple(_ticket(one, standing, contracts) for one in given)
    parent = references[0]
    children = [one for one in given[1:] if _text(one, "parentId") is not None]
    if children:
        if parent is None or {_text(one, "parentId") for one in given[1:]} != {parent}:
            raise ApiRefusal(400, "parentId is no order of this request")
        kind = OrderClass.OTO if len(children) == 1 else OrderClass.OTOCO
        closing = tuple(replace(one, side=_closing(one)) for one in tickets[1:])
        return NewOrder(form=_linked(kind, (tickets[0], *closing)), references=references)
    if len(given) != _PAIR or not all(one.get("isSingleGroup") is True for one in given):
        raise ApiRefusal(400, "several orders are a group, or children of the first")
    return NewOrder(form=_linked(OrderClass.OCO, tickets), references=references)


def _linked(kind: OrderClass, tickets: tuple[Ticket, ...]) -> OrderForm:
    return OrderForm(order_class=kind, head=None, legs=tickets, tag=None, preview=False)


def _single(given: Body, standing: Standing, contracts: Contracts) -> OrderForm:
    conidex = _text(given, "conidex")
    if conidex is not None and ";;;" in conidex:
        return _combination(given, conidex, standing, contracts)
    ticket = _ticket(given, standing, contracts)
    return OrderForm(
        order_class=ticket.order_class, head=ticket, legs=(), tag=_text(given, "cOID"), preview=False
    )


def _combination(given: Body, conidex: str, standing: Standing, contracts: Contracts) -> OrderForm:
    if given.get("conid") is not None:
        raise ApiRefusal(400, "conid and conidex exclude each other")
    spread, _, listed = conidex.partition(";;;")
    if spread.partition("@")[0] != COMBINATION:
        raise ApiRefusal(400, "only combinations in US dollars are emulated")
    buys, units = is_purchase(given), quantity_of(given)
    legs = []
    for one in listed.split(","):
        conid, _, ratio = one.partition("/")
        if not conid.isdigit() or not ratio.lstrip("-").isdigit() or not int(ratio):
            raise ApiRefusal(400, "conidex cannot be read")
        signed = int(ratio) if buys else -int(ratio)
        symbol = contracts.symbol(int(conid))
        side = _side(symbol, standing, buys=signed > 0, quantity=abs(signed) * units)
        legs.append(_of_contract(symbol, side, abs(signed) * units, OrderType.MARKET, duration_of(given)))
    kind = type_of(given)
    if kind not in {OrderType.MARKET, OrderType.LIMIT}:
        raise ApiRefusal(400, "a combination is sent at a limit or at market")
    price, net = None, OrderType.MARKET
    if kind is OrderType.LIMIT:
        asked = price_of(given, "price")
        if asked is None:
            raise ApiRefusal(400, "price is missing")
        signed_price = asked if buys else -asked
        price = abs(signed_price) or None
        net = OrderType.EVEN
        if signed_price:
            net = OrderType.DEBIT if signed_price > 0 else OrderType.CREDIT
    shares = [leg for leg in legs if leg.option_symbol is None]
    ordered = [*shares, *(leg for leg in legs if leg.option_symbol is not None)]
    order_class = OrderClass.COMBO if shares else OrderClass.MULTILEG
    priced = tuple(replace(leg, order_type=net, price=price) for leg in ordered)
    head = replace(priced[0], order_class=order_class, option_symbol=None, side="buy", quantity=0)
    return OrderForm(order_class=order_class, head=head, legs=priced, tag=_text(given, "cOID"), preview=False)


def _ticket(given: Body, standing: Standing, contracts: Contracts) -> Ticket:
    conid = given.get("conid")
    if conid is None and (_text(given, "conidex") or "").isdigit():
        conid = int(_text(given, "conidex") or "")
    if not isinstance(conid, int):
        raise ApiRefusal(400, "conid is missing")
    symbol, kind, quantity = contracts.symbol(conid), type_of(given), quantity_of(given)
    side = _side(symbol, standing, buys=is_purchase(given), quantity=quantity)
    ticket = _of_contract(symbol, side, quantity, kind, duration_of(given))
    price, auxiliary = price_of(given, "price"), price_of(given, "auxPrice")
    if kind is OrderType.STOP:
        return replace(ticket, stop=price)
    return replace(ticket, price=None if kind is OrderType.MARKET else price, stop=auxiliary)


def _of_contract(symbol: str, side: str, quantity: int, kind: OrderType, duration: Duration) -> Ticket:
    contract = parse(symbol)
    return Ticket(
        order_class=OrderClass.EQUITY if contract is None else OrderClass.OPTION,
        symbol=symbol if contract is None else contract.underlying,
        option_symbol=None if contract is None else symbol,
        side=side,
        quantity=quantity,
        order_type=kind,
        duration=duration,
        price=None,
        stop=None,
    )


def _side(symbol: str, standing: Standing, *, buys: bool, quantity: int) -> str:
    """Return what a purchase or sale does to what is held: the vendor nets, and is told no intent."""
    held, is_option = standing.account.held(symbol), parse(symbol) is not None
    there = -held if buys else held
    closes = 0 < quantity <= there - reserved(standing.working, symbol, buying=buys)
    if buys:
        option, share = ("buy_to_close", "buy_to_cover") if closes else ("buy_to_open", "buy")
    else:
        option, share = ("sell_to_close", "sell") if closes else ("sell_to_open", "sell_short")
    return option if is_option else share


def _closing(ticket: Ticket) -> str:
    """Return the side of a child, which closes what its parent opens."""
    closing = {"sell_to_open": "sell_to_close", "sell_short": "sell"}
    closing |= {"buy_to_open": "buy_to_close", "buy": "buy_to_cover"}
    return closing.get(ticket.side, ticket.side)


def type_of(given: Body) -> OrderType:
    """Return the type of an order; raises ApiRefusal."""
    word = (_text(given, "orderType") or "").upper()
    if word not in _TYPES:
        raise ApiRefusal(400, "orderType is not valid")
    return _TYPES[word]


def duration_of(given: Body) -> Duration:
    """Return how long an order works; raises ApiRefusal."""
    word = (_text(given, "tif") or "").upper()
    if word not in _DURATIONS:
        raise ApiRefusal(400, "tif is not valid")
    return _DURATIONS[word]


def is_purchase(given: Body) -> bool:
    """Say whether an order buys; raises ApiRefusal."""
    word = (_text(given, "side") or "").upper()
    if word not in {"BUY", "SELL"}:
        raise ApiRefusal(400, "side is not valid")
    return word == "BUY"


def quantity_of(given: Body) -> int:
    """Return a quantity; raises ApiRefusal."""
    quantity = given.get("quantity")
    if not isinstance(quantity, int | Decimal) or isinstance(quantity, bool) or quantity % 1 or quantity < 1:
        raise ApiRefusal(400, "quantity is not valid")
    return int(quantity)


def price_of(given: Body, name: str) -> Decimal | None:
    """Return a price where one is given; raises ApiRefusal."""
    value = given.get(name)
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ApiRefusal(400, f"{name} is not valid") from error


def _text(given: Body, name: str) -> str | None:
    value = given.get(name)
    return value if isinstance(value, str) and value else None


def tickets_of(form: OrderForm) -> Sequence[Ticket]:
    """Return what a form is to trade."""
    return form.legs or ((form.head,) if form.head is not None else ())

"""Order lists: two orders of which one ends the other, and orders that wait for one (wire, 6.3)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from infra.local.emulators.binance.problems import BinanceRefusal, missing
from infra.local.emulators.binance.trading.floor import Floor, check_client_id
from infra.local.emulators.binance.trading.forming import Former
from infra.local.emulators.binance.trading.orders import (
    STOPS,
    TARGETS,
    CoinBook,
    CoinOrder,
    Contingency,
    Kind,
    OrderList,
    Side,
    State,
)

_RELATION: Final = "The relationship of the prices for the orders is not correct."
_TARGETS: Final = TARGETS | {Kind.LIMIT_MAKER}


def _named(word: str) -> Callable[[str], str]:
    return lambda name: word + name[0].upper() + name[1:]


def read_oco(former: Former) -> list[CoinOrder]:
    """Read the order above and the one below; raises BinanceRefusal where they are no pair."""
    side = former.side()
    quantity = former.given.must("quantity")
    above, below = (
        former.order(_named(word), side, f"{word}ClientOrderId", quantity=quantity)
        for word in ("above", "below")
    )
    return check_pair(former, above, below)


def read_old_oco(former: Former) -> list[CoinOrder]:
    """Read the deprecated form: a limit price, a stop, perhaps the stop's own limit."""
    given, side = former.given, former.side()
    has_limit = given.has("stopLimitPrice")
    if has_limit and not given.has("stopLimitTimeInForce"):
        raise missing("stopLimitTimeInForce")
    stop = {
        "type": Kind.STOP_LOSS_LIMIT.value if has_limit else Kind.STOP_LOSS.value,
        "stopPrice": given.text("stopPrice") or "",
        "timeInForce": given.text("stopLimitTimeInForce") or "",
        "price": given.text("stopLimitPrice") or "",
    }
    target = {"type": Kind.LIMIT_MAKER.value, "price": given.text("price") or ""}
    words = ("below", "above") if side is Side.SELL else ("above", "below")
    fields = {"quantity": given.text("quantity") or "", "side": side.value}
    for word, values in zip(words, (stop, target), strict=True):
        fields |= {_named(word)(name): value for name, value in values.items() if value}
    for word, name in zip(words, ("stopClientOrderId", "limitClientOrderId"), strict=True):
        found = given.client_id(name)
        if found is not None:
            fields[f"{word}ClientOrderId"] = found
    inner = Former(
        floor=former.floor,
        given=type(given)(fields),
        pair=former.pair,
        now=former.now,
        new_client_id=former.new_client_id,
    )
    return read_oco(inner)


def check_pair(former: Former, above: CoinOrder, below: CoinOrder) -> list[CoinOrder]:
    """Check that one takes profit and the other stops a loss, on the right sides of the price."""
    kinds = {above.kind, below.kind}
    if kinds <= {Kind.LIMIT_MAKER}:
        raise BinanceRefusal(-1168, "At least one of the orders must be a stop order.")
    if not kinds <= STOPS | _TARGETS or not (kinds & STOPS and kinds & _TARGETS):
        raise BinanceRefusal(-1158, "Order type not supported in OCO.")
    if above.side is Side.SELL and below.kind is Kind.LIMIT_MAKER:
        raise BinanceRefusal(-1166, "A limit order in a sell OCO must be above.")
    if above.side is Side.BUY and above.kind is Kind.LIMIT_MAKER:
        raise BinanceRefusal(-1165, "A limit order in a buy OCO must be below.")
    last = former.floor.till.last(former.pair.symbol, former.now)
    if not _level(above) > last > _level(below):
        raise BinanceRefusal(-2010, _RELATION)
    return [below, above]


def _level(order: CoinOrder) -> Decimal:
    return order.price if order.stop_price is None else order.stop_price


def read_oto(former: Former) -> list[CoinOrder]:
    """Read an order that works and the one that waits until it has filled."""
    working = _working(former)
    side = former.side("pendingSide")
    pending = former.order(_named("pending"), side, "pendingClientOrderId")
    pending.state = State.PENDING_NEW
    return [working, pending]


def read_otoco(former: Former) -> list[CoinOrder]:
    """Read an order that works and the pair that waits until it has filled."""
    working = _working(former)
    side, quantity = former.side("pendingSide"), former.given.must("pendingQuantity")
    pending = [
        former.order(_named(f"pending{word}"), side, f"pending{word}ClientOrderId", quantity=quantity)
        for word in ("Below", "Above")
    ]
    for one in pending:
        one.state = State.PENDING_NEW
    return [working, *pending]


def _working(former: Former) -> CoinOrder:
    order = former.order(_named("working"), former.side("workingSide"), "workingClientOrderId")
    if order.kind not in {Kind.LIMIT, Kind.LIMIT_MAKER}:
        raise BinanceRefusal(-1158, "The working order must be a limit order.")
    return order


def place_list(
    floor: Floor, book: CoinBook, former: Former, orders: list[CoinOrder], contingency: Contingency
) -> OrderList:
    """Take a list whole or not at all; raises BinanceRefusal."""
    given = former.given
    held = OrderList(
        id=floor.numbers.next_list(),
        client_id=given.client_id("listClientOrderId") or former.new_client_id(),
        symbol=former.pair.symbol,
        contingency=contingency,
        created_at=former.now,
        updated_at=former.now,
        orders=[one.id for one in orders],
    )
    for one in orders:
        check_client_id(book, one.client_id)
    for one in orders:
        one.list_id = held.id
    book.lists[held.id] = held
    try:
        if contingency is Contingency.OCO:
            floor.put_aside_list(book, orders, former.now)
            for one in orders:
                floor.note(book, one, former.now)
                one.working_at = former.now if one.kind is Kind.LIMIT_MAKER else None
        else:
            for one in orders[1:]:
                floor.note(book, one, former.now)
            floor.enter(book, orders[0], former.now)
    except BinanceRefusal:
        del book.lists[held.id]
        for one in orders:
            book.orders.pop(one.id, None)
        raise
    return held

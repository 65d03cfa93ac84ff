"""What orders take of an account's buying power, and what is left of it, in dollars."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from math import gcd

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.margin import Holding, requirement
from infra.local.emulators.brokerage.matching import cents
from infra.local.emulators.brokerage.net_prices import NET, unit_count, units_filled
from infra.local.emulators.brokerage.orders import (
    BUYING,
    CLOSING,
    SHARES_PER_CONTRACT,
    ZERO,
    Order,
    OrderClass,
    OrderType,
)
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import parse

#: A symbol and a signed quantity of it.
Move = tuple[str, int]


def option_buying_power(standing: Standing) -> Decimal:
    """Return cash less what short options and working orders bind, in dollars."""
    account = standing.account
    free = account.cash - short_requirement(account, standing.feed)
    return free - sum((order_cost(order, standing) for order in standing.working), ZERO)


def short_requirement(account: Account, feed: Feed, moves: Sequence[Move] = ()) -> Decimal:
    """Return what the option positions of an account require, once these moves are made, in dollars."""
    held = {position.symbol: position.quantity for position in account.positions.values()}
    for symbol, quantity in moves:
        held[symbol] = held.get(symbol, 0) + quantity
    options = {contract: held[symbol] for symbol in held if (contract := parse(symbol)) is not None}
    if all(quantity >= 0 for quantity in options.values()):
        return ZERO
    spots = {underlying: feed.spot(underlying) for underlying in {one.underlying for one in options}}
    holdings = (
        Holding(contract=contract, quantity=quantity, spot=spots[contract.underlying])
        for contract, quantity in options.items()
    )
    return requirement(holdings, {symbol: count for symbol, count in held.items() if parse(symbol) is None})


def cost_of(form: OrderForm, standing: Standing) -> Decimal:
    """Return the buying power that a new order takes, commission included."""
    if form.order_class is OrderClass.OCO:
        return ZERO
    if form.head is not None and form.legs:
        return _net_cost(form.head, form.legs, standing)
    ticket = form.head if form.head is not None else form.legs[0]
    return _single_cost(ticket, standing)


def lent_on_margin(form: OrderForm, standing: Standing) -> Decimal:
    """Return what the broker lends for a purchase of shares: half of their price, in dollars."""
    ticket = form.head
    if ticket is None or form.legs or ticket.side not in BUYING:
        return ZERO
    price = ticket.price or ticket.stop or cents(standing.feed.touch(ticket.symbol)[1])
    return _lent(ticket, price * ticket.quantity, standing)


def _lent(ticket: Ticket, cost: Decimal, standing: Standing) -> Decimal:
    on_margin = ticket.option_symbol is None and standing.account.account_type != "cash"
    return cost / 2 if on_margin and ticket.side not in CLOSING else ZERO


def order_cost(order: Order, standing: Standing) -> Decimal:
    """Return the buying power that a working order holds back."""
    if order.order_class in NET:
        return _net_reserve(order, standing)
    if order.order_class is OrderClass.OCO:
        return ZERO
    leg = order.legs[0] if order.legs else order
    if not leg.working or leg.side in CLOSING:
        return ZERO
    price = leg.price or leg.stop or _near(leg.instrument, standing, buys=leg.buys)
    paid = price * leg.remaining * leg.multiplier
    if leg.buys:
        return paid
    if leg.option_symbol is None:
        return ZERO
    return max(ZERO, _margin([(leg.option_symbol, -leg.remaining)], standing) - paid)


def _net_reserve(order: Order, standing: Standing) -> Decimal:
    if all(leg.side in CLOSING for leg in order.legs):
        return ZERO
    units = unit_count(order.legs) - units_filled(order)
    moves = [(leg.instrument, leg.remaining if leg.buys else -leg.remaining) for leg in order.legs]
    paid = _net_paid(order.order_type, order.price, moves, units, standing)
    return max(ZERO, _margin(moves, standing) + paid)


def _single_cost(ticket: Ticket, standing: Standing) -> Decimal:
    symbol = ticket.option_symbol or ticket.symbol
    fees = standing.account.fees(symbol, ticket.quantity)
    contract = parse(symbol)
    multiplier = SHARES_PER_CONTRACT if contract else 1
    buys = ticket.side in BUYING
    worth = (ticket.price or ticket.stop or _near(symbol, standing, buys=buys)) * ticket.quantity * multiplier
    if buys:
        return worth - _lent(ticket, worth, standing) + fees
    if ticket.side == "sell_to_open" and contract is not None:
        return _margin([(symbol, -ticket.quantity)], standing) - worth + fees
    return ZERO


def _net_cost(head: Ticket, legs: Sequence[Ticket], standing: Standing) -> Decimal:
    units = gcd(*(leg.quantity for leg in legs))
    moves = list(moves_of(legs))
    fees = sum((standing.account.fees(symbol, abs(quantity)) for symbol, quantity in moves), ZERO)
    paid = _net_paid(head.order_type, head.price, moves, units, standing)
    return max(ZERO, _margin(moves, standing) + paid) + fees


def moves_of(legs: Iterable[Ticket]) -> Iterator[Move]:
    """Yield what each leg changes in the account."""
    for leg in legs:
        yield leg.option_symbol or leg.symbol, leg.quantity if leg.side in BUYING else -leg.quantity


def _net_paid(
    kind: OrderType | None, price: Decimal | None, moves: Sequence[Move], units: int, standing: Standing
) -> Decimal:
    """Return what a net order pays in all, below 0 where it receives; at market what it would now."""
    match kind:
        case OrderType.DEBIT | OrderType.CREDIT if price is not None:
            return (price if kind is OrderType.DEBIT else -price) * units * SHARES_PER_CONTRACT
        case OrderType.EVEN:
            return ZERO
        case _:
            return sum((_worth(symbol, quantity, standing) for symbol, quantity in moves), ZERO)


def _worth(symbol: str, quantity: int, standing: Standing) -> Decimal:
    multiplier = 1 if parse(symbol) is None else SHARES_PER_CONTRACT
    return _near(symbol, standing, buys=quantity > 0) * quantity * multiplier


def _margin(moves: Sequence[Move], standing: Standing) -> Decimal:
    """Return how much more must be set aside for short options once these moves are made."""
    account, feed = standing.account, standing.feed
    return short_requirement(account, feed, moves) - short_requirement(account, feed)


def _near(symbol: str, standing: Standing, *, buys: bool) -> Decimal:
    bid, ask = standing.feed.touch(symbol)
    return cents(ask if buys else bid)

"""What time and quotes do to a paper account; pure but for the ledger it moves."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.brokers.paper.capabilities import MULTIPLIER
from chalicelib.brokers.paper.ledger import Holding, Ledger, PaperFill, PaperOrder
from chalicelib.brokers.paper.rules import FillTerms, Verdict, judge
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.fees import estimated_fees
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.market.quotes import Mark, OptionQuote, mark_of
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderStatus

NO_BUYING_POWER: Final = "You do not have enough buying power for this trade"
NOTHING_HELD: Final = "Sell to Close order cannot be placed unless you are closing a long option position"


def pass_time(ledger: Ledger, now: datetime, calendar: MarketCalendar) -> None:
    """End what has run out, at the instant it ran out; open what waited for the session."""
    in_session = calendar.is_open(now)
    for order in ledger.live():
        if order.expires_at <= now:
            order.end(OrderStatus.EXPIRED, order.expires_at)
            _follow_legs(ledger, order)
        elif order.status is OrderStatus.PENDING and in_session:
            order.status = OrderStatus.OPEN
            parent = ledger.orders.get(order.parent_id) if order.parent_id is not None else None
            if parent is not None:
                parent.status = OrderStatus.OPEN


def match_quotes(
    ledger: Ledger,
    quotes: Mapping[str, OptionQuote],
    now: datetime,
    *,
    calendar: MarketCalendar,
    terms: FillTerms,
    new_id: Callable[[], UUID],
) -> None:
    """Let every working order meet its quote, oldest first; nothing fills outside the session."""
    if not calendar.is_open(now):
        return
    for order in ledger.working(quotes):
        quote = quotes[order.symbol]
        if quote.quoted_at is None or not order.is_live:  # its OCO may have ended it a moment ago
            continue
        slot = (order.symbol, order.side.is_buy, quote.quoted_at)
        taken = ledger.taken.get(slot, ZERO)
        verdict = judge(order, quote, now, terms=terms, taken=taken)
        if verdict is None:
            continue
        order.triggered, order.resting = verdict.triggered, verdict.rests
        if verdict.price is not None:
            filled = _execute(ledger, order, quote, verdict, now, terms.name, new_id)
            ledger.taken[slot] = taken + filled
    _remember_marks(ledger, quotes, now)


def _execute(
    ledger: Ledger,
    order: PaperOrder,
    quote: OptionQuote,
    verdict: Verdict,
    now: datetime,
    fill_rule: str,
    new_id: Callable[[], UUID],
) -> Decimal:
    """Book what fills; an order that cash or holdings no longer cover ends instead. Returns the quantity."""
    assert verdict.price is not None
    assert quote.quoted_at is not None
    buys = order.side.is_buy
    quantity = verdict.quantity if buys else min(verdict.quantity, ledger.held(order.symbol))
    fees = estimated_fees(quantity)
    value = quantity * verdict.price * MULTIPLIER
    if quantity <= 0 or (buys and value + fees > ledger.cash):
        ended = OrderStatus.CANCELED if order.filled_quantity else OrderStatus.REJECTED
        order.end(ended, now, NO_BUYING_POWER if buys else NOTHING_HELD)
        _follow_legs(ledger, order)
        return ZERO
    fill = PaperFill(
        id=new_id(),
        order_id=order.id,
        symbol=order.symbol,
        is_buy=buys,
        quantity=quantity,
        price=verdict.price,
        fees=fees,
        fill_rule=fill_rule,
        quoted_at=quote.quoted_at,
        bid=quote.bid,
        ask=quote.ask,
        source=quote.source,
        filled_at=now,
    )
    ledger.fills.append(fill)
    _book_position(ledger, order, fill, value)
    _book_order(ledger, order, fill)
    return quantity


def _book_position(ledger: Ledger, order: PaperOrder, fill: PaperFill, value: Decimal) -> None:
    ledger.cash += (-value if fill.is_buy else value) - fill.fees
    holding = ledger.holdings.get(order.symbol)
    if fill.is_buy:
        ledger.realize(-fill.fees, fill.filled_at)
        if holding is None:
            holding = Holding(
                symbol=order.symbol, underlying=order.underlying, quantity=ZERO, cost_basis=ZERO
            )
            ledger.holdings[order.symbol] = holding
        holding.quantity += fill.quantity
        holding.cost_basis += value
        return
    assert holding is not None
    basis = holding.cost_basis * fill.quantity / holding.quantity
    ledger.realize(value - basis - fill.fees, fill.filled_at)
    holding.quantity -= fill.quantity
    holding.cost_basis -= basis
    if holding.quantity == 0:
        del ledger.holdings[order.symbol]


def _book_order(ledger: Ledger, order: PaperOrder, fill: PaperFill) -> None:
    order.filled_quantity += fill.quantity
    order.filled_value += fill.quantity * fill.price
    order.fees += fill.fees
    order.updated_at = fill.filled_at
    order.status = OrderStatus.FILLED if order.remaining == 0 else OrderStatus.PARTIALLY_FILLED
    if order.parent_id is None:
        return
    for peer in ledger.alternatives(order.parent_id):
        if peer is not order and peer.is_live:
            _shrink(peer, fill.quantity, fill.filled_at)
    _follow_legs(ledger, order)


def _shrink(peer: PaperOrder, sold: Decimal, at: datetime) -> None:
    """Take what one order of an OCO sold off the other, which ends when nothing is left for it."""
    if peer.remaining <= sold:
        peer.end(OrderStatus.CANCELED, at)
    else:
        peer.quantity -= sold
        peer.updated_at = at


def _follow_legs(ledger: Ledger, leg: PaperOrder) -> None:
    """Bring an OCO to its end when both its orders have ended: filled if one of them filled."""
    parent = ledger.orders.get(leg.parent_id) if leg.parent_id is not None else None
    if parent is None:
        return
    legs = ledger.alternatives(parent.id)
    parent.updated_at = max(parent.updated_at, leg.updated_at)
    if not any(one.is_live for one in legs):
        states = [one.status for one in legs]
        parent.status = OrderStatus.FILLED if OrderStatus.FILLED in states else leg.status


def cancel_orders(ledger: Ledger, order: PaperOrder, now: datetime) -> None:
    """End a live order, or an OCO by its own id or by one of its orders: both go, as they came."""
    group = order.id if order.is_parent else order.parent_id
    members = [order] if group is None else ledger.alternatives(group)
    for member in members:
        if member.is_live:
            member.end(OrderStatus.CANCELED, now)
            _follow_legs(ledger, member)


def settle_expired(ledger: Ledger, closes: Mapping[str, Decimal], now: datetime) -> None:
    """Take expired contracts off the books at their intrinsic value.

    `closes` maps the contracts to their underlyings' official closing prices.
    """
    for symbol, close in closes.items():
        holding = ledger.holdings.pop(symbol, None)
        if holding is None:
            continue
        contract = OptionContract.parse_occ(symbol)
        inside = (
            close - contract.strike if contract.option_type is OptionType.CALL else contract.strike - close
        )
        worth = max(inside, ZERO) * holding.quantity * MULTIPLIER
        ledger.cash += worth
        ledger.realize(worth - holding.cost_basis, now)


def _remember_marks(ledger: Ledger, quotes: Mapping[str, OptionQuote], now: datetime) -> None:
    for holding in ledger.holdings.values():
        mark = mark_of(quotes.get(holding.symbol), holding.symbol, now)
        if isinstance(mark, Mark):
            holding.mark_price = mark.price

"""What time and quotes do to a paper account; pure but for the ledger it moves."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from chalicelib.brokers.paper.combined_rules import Shown, UnitFill, judge_combined
from chalicelib.brokers.paper.execution import execute, follow_alternatives
from chalicelib.brokers.paper.hours import Hours
from chalicelib.brokers.paper.ledger import Ledger, PaperOrder
from chalicelib.brokers.paper.rules import FillTerms, judge
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.clocks.instrument_calendars import calendar_of_all
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import Mark, OptionQuote, mark_of
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderStatus


def pass_time(ledger: Ledger, now: datetime, calendar: MarketCalendar) -> None:
    """End what has run out, at the instant it ran out; open what waited for the session."""
    hours = Hours(calendar, now)
    for order in ledger.live():
        ends_at = _ends_at(order, calendar)
        if ends_at <= now:
            order.end(OrderStatus.EXPIRED, ends_at)
            follow_alternatives(ledger, order)
        elif order.status is OrderStatus.PENDING and hours.are_open(leg.symbol for leg in order.parts):
            order.status = OrderStatus.OPEN
            parent = ledger.orders.get(order.parent_id) if order.parent_id is not None else None
            if parent is not None:
                parent.status = OrderStatus.OPEN


def _ends_at(order: PaperOrder, calendar: MarketCalendar) -> datetime:
    """Return when it runs out, by the bell of that day as it is known now: one may be decreed later."""
    day = new_york_date(order.expires_at)
    if day not in calendar.closures:
        return order.expires_at
    own = calendar_of_all(calendar, ((leg.instrument, leg.symbol) for leg in order.parts), order.created_at)
    session = own.session(day)
    return order.expires_at if session is None else min(order.expires_at, session.closes_at)


def match_quotes(
    ledger: Ledger,
    quotes: Mapping[str, OptionQuote],
    now: datetime,
    *,
    calendar: MarketCalendar,
    terms: FillTerms,
    new_id: Callable[[], UUID],
) -> None:
    """Let every working order meet its quotes, oldest first; nothing fills outside its own session."""
    hours = Hours(calendar, now)
    quotes = {symbol: quote for symbol, quote in quotes.items() if hours.is_open(symbol)}
    if not quotes:
        return
    for order in ledger.working(quotes):
        if not order.is_live:  # its OCO may have ended it a moment ago
            continue
        fill = (
            judge_combined(order, quotes, now, terms=terms, taken=ledger.taken)
            if order.legs
            else _judge_single(ledger, order, quotes[order.symbol], now, terms)
        )
        if fill is not None:
            execute(ledger, order, fill, now, terms.name, new_id)
    _remember_marks(ledger, quotes, now)


def _judge_single(
    ledger: Ledger, order: PaperOrder, quote: OptionQuote, now: datetime, terms: FillTerms
) -> UnitFill | None:
    if quote.quoted_at is None:
        return None
    taken = ledger.taken.get((order.symbol, order.side.is_buy, quote.quoted_at), ZERO)
    verdict = judge(order, quote, now, terms=terms, taken=taken)
    if verdict is None:
        return None
    order.triggered, order.resting = verdict.triggered, verdict.rests
    if verdict.price is None:
        return None
    shown = Shown(quote, verdict.price, verdict.quantity)
    return UnitFill(quantity=verdict.quantity, price=verdict.price, legs=(shown,))


def cancel_orders(ledger: Ledger, order: PaperOrder, now: datetime) -> None:
    """End a live order, or an OCO by its own id or by one of its orders: both go, as they came."""
    group = order.id if order.is_parent else order.parent_id
    members = [order] if group is None else ledger.alternatives(group)
    for member in members:
        if member.is_live:
            member.end(OrderStatus.CANCELED, now)
            follow_alternatives(ledger, member)


def _remember_marks(ledger: Ledger, quotes: Mapping[str, OptionQuote], now: datetime) -> None:
    for holding in ledger.holdings.values():
        side = LegSide.LONG if holding.quantity > 0 else LegSide.SHORT
        mark = mark_of(quotes.get(holding.symbol), holding.symbol, now, side=side)
        if isinstance(mark, Mark):
            holding.mark_price = mark.price

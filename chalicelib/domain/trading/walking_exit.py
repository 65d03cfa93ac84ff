"""How a trade is left by one order with a limit: at once, or walking to the worst price (B-05, B-06, W-03).

Pure. A walk is read from its orders: it began with the first of them, and each that left was a step. Prices
are the order's own: of several legs what leaving brings, signed; of one leg its price, bid or asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick
from chalicelib.domain.trading.exit_legs import Bundle
from chalicelib.domain.trading.market_seen import MarketSeen
from chalicelib.domain.trading.orders import Order, OrderType
from chalicelib.domain.trading.parts import has_parts, sales_of_close
from chalicelib.domain.trading.trades import Originator, Trade
from chalicelib.domain.trading.walk import SECONDS_IN_ALL, SECONDS_PER_STEP, STEP, Walk, to_cents_not_past

#: B-01: how far past what leaving brings at once an exit may go, in per cent.
FILL_PRICE_BUFFER_PCT: Final = Decimal(5)
#: B-06, VIX_EMERGENCY_TIMEOUT_SECONDS: so long a fast exit is offered at a limit before the market step.
FAST_SECONDS_IN_ALL: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an exit is priced by: which way its order goes, what that brings or costs at once, and in the
    middle; None where neither a quote nor a mark says. `instrument` is None for several legs.
    """

    is_buy: bool
    near: Decimal | None
    fair: Decimal | None
    ticker: str
    instrument: Instrument | None

    def on_tick(self, price: Decimal) -> Decimal:
        """Return a price that may be quoted, never past this one."""
        if self.instrument is None:
            return to_cents_not_past(price, is_buy=self.is_buy)
        return (floor_to_tick if self.is_buy else ceil_to_tick)(self.ticker, price, self.instrument)


def offer_of(trade: Trade, bundle: Bundle, market: MarketSeen) -> Offer:
    """Return what the next exit is priced by; where the market cannot be read, the last mark.

    A quote that is missing never blocks an exit. Of what is left out of ratio no mark says what it is worth.
    """
    if bundle.is_combined:
        is_buy, instrument, near, middle = False, None, market.bid, market.mid
    else:
        (moved,) = bundle.legs
        is_buy, instrument = moved.side.is_buy, trade.leg_numbered(moved.leg_no).instrument
        near = (market.ask if is_buy else market.bid) or None
        middle = (market.bid + market.ask) / 2 if market.bid is not None and market.ask is not None else None
    mark = trade.current_price if has_parts(trade) else None
    return Offer(
        is_buy=is_buy,
        near=mark if near is None else near,
        fair=mark if middle is None else middle,
        ticker=trade.ticker,
        instrument=instrument,
    )


def leaves_by_limit(trade: Trade, bundle: Bundle) -> bool:
    """Say whether an exit has a limit: of several legs always, and of whatever the desk holds or leaves."""
    is_desks = trade.originator is Originator.DESK or trade.closing_buffer_pct is not None
    return is_desks or (trade.is_structure and bundle.is_combined)


def walks(trade: Trade) -> bool:
    """Say whether it is known what leaving may cost at worst: the limit walks there.

    Once a leg went its own way, or where its legs leave one by one, no price is the structure's any more.
    """
    is_walked = trade.is_structure or trade.closing_buffer_pct is not None
    return is_walked and has_parts(trade) and trade.closing_limit_price is not None


def lacks_worst(trade: Trade) -> bool:
    """Say whether a strategy's exit is still to be told how far it may go, by the market of its beginning."""
    return trade.closing_buffer_pct is not None and has_parts(trade) and trade.closing_limit_price is None


def is_walk_over(trade: Trade, orders: Sequence[Order], now: datetime) -> bool:
    """Say whether a walk has had its time; one that waited for the session begins with its first order."""
    return now >= _end(trade, orders, now)


def is_market_step_due(trade: Trade, orders: Sequence[Order], now: datetime) -> bool:
    """Say whether a fast exit takes its last step now: its limits had their time, and it is not tried."""
    tried = any(is_market_step(trade, orders, order) for order in sales_of_close(trade, orders))
    return trade.is_hurried and is_walk_over(trade, orders, now) and not tried


def is_market_step(trade: Trade, orders: Sequence[Order], order: Order) -> bool:
    """Say whether this order is the last step of a fast exit: it left once the limits had had their time.

    One that walked for longer before it was hurried takes it at once.
    """
    since, left_at = trade.closing_hurried_at, order.submitted_at
    if since is None or left_at is None:
        return False
    is_last_limit = left_at > since and left_at >= _end(trade, orders, left_at)
    return order.type is OrderType.MARKET or is_last_limit


def step_ends_at(trade: Trade, orders: Sequence[Order], order: Order, now: datetime) -> datetime:
    """Return when a step of a walk gives way to the next; at the worst price it rests to the walk's end."""
    end = _end(trade, orders, now)
    if order.submitted_at is None or not walks(trade) or order.limit_price == trade.closing_limit_price:
        return end
    return min(order.submitted_at + SECONDS_PER_STEP, end)


def look_again_after(
    trade: Trade, orders: Sequence[Order], limit_price: Decimal, now: datetime
) -> timedelta | None:
    """Return how long after it leaves a step is to be looked at; None where nothing follows it."""
    left = _end(trade, orders, now) - now
    if walks(trade) and limit_price != trade.closing_limit_price:
        return min(SECONDS_PER_STEP, left)
    return left if walks(trade) or trade.is_hurried else None


def worst_price(trade: Trade, offer: Offer) -> Decimal | None:
    """Return what leaving brings at once less the buffer, of what is bought plus it; None where not known."""
    if offer.near is None:
        return None
    pct = FILL_PRICE_BUFFER_PCT if trade.closing_buffer_pct is None else trade.closing_buffer_pct
    buffer = abs(offer.near) * pct / 100
    return offer.on_tick(offer.near + buffer if offer.is_buy else offer.near - buffer)


def exit_limit(trade: Trade, orders: Sequence[Order], offer: Offer) -> Decimal | None:
    """Return the limit at which a trade is offered; None where nothing is known.

    With a worst price the limit walks there from the middle: a fast exit in three steps. Without one it is
    what leaving brings at once, less the buffer (W-03); a person's structure gives up 0.05 at most.
    """
    if not walks(trade):
        worst = worst_price(trade, offer)
        if worst is None or offer.near is None or trade.closing_buffer_pct is not None or offer.instrument:
            return worst
        return Walk(is_buy=False, start=offer.near, worst=worst).price(1)
    worst = trade.closing_limit_price
    assert worst is not None, "a walk has its worst price"
    tried = sales_of_close(trade, orders)
    fair = tried[0].limit_price if tried else offer.fair
    better = min if offer.is_buy else max
    start = worst if fair is None else better(fair, worst)
    step = max(STEP, abs(start - worst) / 2) if trade.is_hurried else STEP
    walk = Walk(is_buy=offer.is_buy, start=start, worst=worst, step=step)
    price = walk.price(len(tried))
    return price if price == worst else offer.on_tick(price)


def _end(trade: Trade, orders: Sequence[Order], now: datetime) -> datetime:
    left = [order.submitted_at for order in sales_of_close(trade, orders) if order.submitted_at is not None]
    return min(left, default=now) + (FAST_SECONDS_IN_ALL if trade.is_hurried else SECONDS_IN_ALL)

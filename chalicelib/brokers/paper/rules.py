"""What the paper broker fills, when and at what price; pure (A-12, paper fills; I-15, I-16).

A fill takes the opposite side of a usable quote: a buy the ask, a sell the bid, never more than is displayed
there. A stop that the market jumps over fills at the worse price behind it. A limit fills only when the
opposite side reaches it: at touch when it was marketable on arrival, at its own price once it rests, since
then it is others who come to it. `Verdict.rests` tells which.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick, tick_size
from chalicelib.domain.market.quotes import OptionQuote, usable
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderType

#: Stands for a size that bounds nothing.
UNBOUNDED: Final = Decimal(10_000_000)
_MID_TICKS: Final = 2
_MID_FRACTION: Final = Decimal("0.005")


class FillRule(StrEnum):
    """Where a fill's price comes from; stored with each fill."""

    TOUCH = "touch"
    MID_TICKS = "mid_ticks"
    MID_PCT = "mid_pct"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillTerms:
    """How this broker fills.

    `slippage_ticks_max` moves the prices of market and stop orders by up to so many ticks against the order,
    drawn from the order's id, so that a run repeats; 0 by default: the touch is what was really shown.
    `mid_fraction` is how far from the middle `mid_pct` fills.
    """

    rule: FillRule = FillRule.TOUCH
    slippage_ticks_max: int = 0
    mid_fraction: Decimal = _MID_FRACTION

    @property
    def name(self) -> str:
        """Return what is stored with each fill."""
        return f"{self.rule}+slippage" if self.slippage_ticks_max else self.rule.value


class WorkingOrder(Protocol):
    """An order as the rules see it: the books' own rows are such, since copying each would cost the most.

    `key` draws the slippage. `resting`: a limit that was not marketable when it first met a quote.
    """

    @property
    def key(self) -> str: ...
    @property
    def underlying(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def side(self) -> OrderSide: ...
    @property
    def type(self) -> OrderType | None: ...
    @property
    def remaining(self) -> Decimal: ...
    @property
    def limit_price(self) -> Decimal | None: ...
    @property
    def stop_price(self) -> Decimal | None: ...
    @property
    def resting(self) -> bool: ...
    @property
    def triggered(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a usable quote does to an order: perhaps triggers its stop, perhaps fills some of it."""

    triggered: bool
    rests: bool
    quantity: Decimal
    price: Decimal | None


def judge(
    order: WorkingOrder,
    quote: OptionQuote | None,
    now: datetime,
    *,
    terms: FillTerms,
    taken: Decimal = ZERO,
) -> Verdict | None:
    """Say what `quote` does to `order` at `now`, inside a session; None when the quote may not be used.

    `taken` is how much of this quote's displayed size was filled before.
    """
    quote = usable(quote, order.symbol, now)
    if quote is None:
        return None
    touch = _opposite_side(order, quote)
    triggered = order.triggered or _reaches_stop(order, touch)
    works = order.type is not OrderType.STOP or triggered
    price = _price(order, quote, touch, terms) if touch is not None and works else None
    if price is None:
        return _UNFILLED[triggered, order.resting or order.type is OrderType.LIMIT]
    quantity = max(ZERO, min(order.remaining, _displayed(order, quote) - taken))
    return Verdict(
        triggered=triggered,
        rests=order.resting,
        quantity=quantity,
        price=price if quantity > 0 else None,
    )


#: Nearly every quote fills nothing: what is said of those, by `triggered` and `rests`.
_UNFILLED: Final = {
    (triggered, rests): Verdict(triggered=triggered, rests=rests, quantity=ZERO, price=None)
    for triggered in (False, True)
    for rests in (False, True)
}


def _opposite_side(order: WorkingOrder, quote: OptionQuote) -> Decimal | None:
    if order.side.is_buy:
        return quote.ask if quote.has_ask else None
    return quote.bid if quote.has_bid else None


def _displayed(order: WorkingOrder, quote: OptionQuote) -> Decimal:
    """Return the size shown on the side that is taken; a size that is not shown fills nothing.

    Quotes of shares come without sizes: those bound no fill.
    """
    return displayed_size(quote, is_buy=order.side.is_buy, are_shares=order.symbol == order.underlying)


def displayed_size(quote: OptionQuote, *, is_buy: bool, are_shares: bool) -> Decimal:
    """Return the contracts, or shares, shown on the side that is taken: none of an option's if not told."""
    size = quote.ask_size if is_buy else quote.bid_size
    if size is None and are_shares:
        return UNBOUNDED
    return Decimal(size or 0)


def _reaches_stop(order: WorkingOrder, touch: Decimal | None) -> bool:
    if order.type is not OrderType.STOP or order.stop_price is None or touch is None:
        return False
    return touch >= order.stop_price if order.side.is_buy else touch <= order.stop_price


def _price(order: WorkingOrder, quote: OptionQuote, touch: Decimal, terms: FillTerms) -> Decimal | None:
    """Return the price of a fill, None when the order's limit forbids it or the rule finds no mid."""
    fair = rule_price(order.underlying, quote, touch, terms, is_buy=order.side.is_buy)
    if fair is None:
        return None
    if order.type is not OrderType.LIMIT or order.limit_price is None:
        return _slipped(order, fair, terms.slippage_ticks_max)
    within = fair <= order.limit_price if order.side.is_buy else fair >= order.limit_price
    if not within:
        return None
    return order.limit_price if order.resting else fair


def rule_price(
    underlying: str, quote: OptionQuote, touch: Decimal, terms: FillTerms, *, is_buy: bool
) -> Decimal | None:
    """Return what its rule fills at where `touch` is the opposite side; None where it finds no mid."""
    if terms.rule is FillRule.TOUCH:
        return touch
    mid = quote.mid
    if mid is None:
        return None
    tick = tick_size(underlying, mid)
    away = tick * _MID_TICKS if terms.rule is FillRule.MID_TICKS else mid * terms.mid_fraction
    if is_buy:
        return ceil_to_tick(underlying, mid + away)
    return floor_to_tick(underlying, max(mid - away, ZERO))


def _slipped(order: WorkingOrder, price: Decimal, ticks_max: int) -> Decimal:
    """Move a price against the order by a number of ticks that its id decides."""
    if ticks_max <= 0:
        return price
    drawn = int.from_bytes(hashlib.sha256(order.key.encode()).digest()[:8], "big") % (ticks_max + 1)
    tick = tick_size(order.underlying, price)
    if order.side.is_buy:
        return ceil_to_tick(order.underlying, price + drawn * tick)
    return floor_to_tick(order.underlying, max(price - drawn * tick, ZERO))

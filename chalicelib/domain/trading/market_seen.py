"""What a look at the market says about leaving a trade: values for `next_step` (A-04, nobody bids)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import WORTHLESS_ASK_MAX, OptionQuote, usable
from chalicelib.domain.structures.prices import NoPrice, mid_price, natural_entry_price, natural_exit_price
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.domain.trading.orders import Order, OrderRole, OrderType, newest
from chalicelib.domain.trading.trades import Trade

#: Kept as the reason of a sale that rested and was withdrawn: its stop waits for somebody to bid.
WITHDRAWN: Final = "withdrawn by its owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSeen:
    """Bid and ask per share of a usable quote; a bid of 0 is nobody, None was not told.

    Of several legs they are what leaving the structure brings and entering it costs at once, signed; `mid` is
    what lies between.
    """

    bid: Decimal | None
    ask: Decimal | None
    mid: Decimal | None = None

    @property
    def nobody_bids(self) -> bool:
        """Say whether the market was seen and nobody bids in it."""
        return self.bid == 0 and self.ask is not None and self.ask > 0

    def is_through(self, stop_price: Decimal, side: LegSide = LegSide.LONG) -> bool:
        """Say whether what is held on `side` is due to be closed at this stop now.

        Where nobody bids it is when even those who offer ask no more than the stop, or when what is left is
        worthless (A-02) and worth no more. A lone higher ask says nothing: at an open, bids come later.
        """
        if side is LegSide.SHORT:
            return self.ask is not None and self.ask >= stop_price
        if self.bid is None or self.ask is None or not self.nobody_bids:
            return self.bid is not None and 0 < self.bid <= stop_price
        worth = self.ask / 2 if self.ask <= WORTHLESS_ASK_MAX else self.ask
        return worth <= stop_price

    def reaches(self, target_price: Decimal, side: LegSide = LegSide.LONG) -> bool:
        """Say whether what is held on `side` could be closed at this target or better now."""
        if side is LegSide.SHORT:
            return self.ask is not None and 0 < self.ask <= target_price
        return self.bid is not None and self.bid >= target_price

    def lets_stand(self, stop_price: Decimal, side: LegSide = LegSide.LONG) -> bool:
        """Say whether the market stands on the right side of this stop; where that is not known the broker
        decides.
        """
        if side is LegSide.SHORT:
            return self.ask is None or self.ask < stop_price
        return self.bid is None or self.bid > stop_price


#: The market could not be read, or showed nothing that may be used: nothing follows from it.
UNREADABLE: Final = MarketSeen(bid=None, ask=None)


def seen_in(quote: OptionQuote | None, symbol: str, now: datetime) -> MarketSeen:
    """Return what a quote says at `now`; UNREADABLE when it may not be used (I-15)."""
    found = usable(quote, symbol, now)
    if found is None or (found.bid == 0 and not found.nobody_bids):
        return UNREADABLE
    return MarketSeen(bid=found.bid, ask=found.ask)


def seen_of_legs(terms: Sequence[LegTerms], quotes: Sequence[OptionQuote | None]) -> MarketSeen:
    """Return what usable quotes of all legs say together; UNREADABLE while leaving has no price.

    Whether it could be entered again does not matter to who leaves: nobody bids for a short leg that ends
    worthless.
    """
    leave = natural_exit_price(terms, quotes)
    if isinstance(leave, NoPrice):
        return UNREADABLE
    enter, middle = natural_entry_price(terms, quotes), mid_price(terms, quotes)
    return MarketSeen(bid=leave, ask=_known(enter), mid=_known(middle))


def _known(price: Decimal | NoPrice) -> Decimal | None:
    return None if isinstance(price, NoPrice) else price


def rests(order: Order, trade: Trade) -> bool:
    """Say whether this is the sale of what nobody bids for: a limit at the least price there is."""
    return (
        order.role is OrderRole.EXIT
        and not order.side.is_buy
        and order.type is OrderType.LIMIT
        and not order.is_combined
        and order.limit_price is not None
        and order.limit_price <= trade.least_price
    )


def was_withdrawn(orders: Sequence[Order]) -> bool:
    """Say whether the last sale rested where nobody bid, and its owner withdrew it."""
    last = newest(orders, {OrderRole.EXIT})
    return last is not None and last.reason == WITHDRAWN

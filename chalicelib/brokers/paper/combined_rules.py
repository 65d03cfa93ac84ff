"""What fills of a combined order, and at what price; pure (W-01, W-02; I-15, I-16).

A combined order fills at its natural net price or not at all: buys pay asks, sells get bids, by quotes
of one moment, in whole units and never more than the scarcest leg shows. It fills so when it rests, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

from chalicelib.brokers.paper.collateral import terms_of
from chalicelib.brokers.paper.rules import UNBOUNDED, FillTerms, displayed_size, rule_price
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.market.quotes import OptionQuote, usable
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.prices import net_price

#: W-02: quotes whose ages are further apart are not of one moment.
SPREAD_OF_AGES_MAX: Final = timedelta(seconds=60)


class Leg(Protocol):
    """What the rules see of a leg."""

    @property
    def symbol(self) -> str: ...
    @property
    def side(self) -> OrderSide: ...
    @property
    def ratio(self) -> int: ...


class CombinedOrder(Protocol):
    """What the rules see of an order over several legs."""

    @property
    def underlying(self) -> str: ...
    @property
    def remaining(self) -> Decimal: ...
    @property
    def limit_price(self) -> Decimal | None: ...
    @property
    def parts(self) -> Sequence[Leg]: ...


class Shown(NamedTuple):
    """A leg's quote, what it fills at per share, and how much of the leg could fill."""

    quote: OptionQuote
    price: Decimal
    size: Decimal


Taken = Mapping[tuple[str, bool, datetime], Decimal]
"""How much of a quote's size was filled before: by contract, side and the quote's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFill:
    """So many units of an order at a price for one, and each leg's own: one leg is the order itself.

    The price of several is what the account pays per share, below 0 where it receives.
    """

    quantity: Decimal
    price: Decimal
    legs: tuple[Shown, ...]


def judge_combined(
    order: CombinedOrder,
    quotes: Mapping[str, OptionQuote],
    now: datetime,
    *,
    terms: FillTerms,
    taken: Taken,
) -> UnitFill | None:
    """Say what these quotes fill of a combined order at `now`, inside a session; None for nothing."""
    shown = [_shown(order, leg, quotes.get(leg.symbol), now, terms, taken) for leg in order.parts]
    legs = tuple(one for one in shown if one is not None)
    if len(legs) < len(shown) or not _are_of_one_moment(legs):
        return None
    price = net_price(terms_of(moves_of(order.parts)), [leg.price for leg in legs])
    if order.limit_price is not None and price > order.limit_price:
        return None
    units = min(one.size // leg.ratio for one, leg in zip(legs, order.parts, strict=True))
    quantity = min(order.remaining, units)
    return UnitFill(quantity=quantity, price=price, legs=legs) if quantity > 0 else None


def moves_of(legs: Sequence[Leg]) -> dict[str, Decimal]:
    """Return how one unit of an order changes positions, in the legs' order: below 0 for what is sold."""
    return {leg.symbol: Decimal(leg.side.sign * leg.ratio) for leg in legs}


def _shown(
    order: CombinedOrder,
    leg: Leg,
    quote: OptionQuote | None,
    now: datetime,
    terms: FillTerms,
    taken: Taken,
) -> Shown | None:
    quote = usable(quote, leg.symbol, now)
    if quote is None or quote.quoted_at is None:
        return None
    if leg.side is OrderSide.SELL_TO_CLOSE and quote.nobody_bids:
        # A worthless wing goes with the rest for nothing, else it would hold up the exit.
        return Shown(quote, ZERO, UNBOUNDED)
    touch = quote.ask if leg.side.is_buy else quote.bid
    if touch is None or touch <= 0:
        return None
    price = rule_price(order.underlying, quote, touch, terms, is_buy=leg.side.is_buy)
    if price is None:
        return None
    size = displayed_size(quote, is_buy=leg.side.is_buy, are_shares=leg.symbol == order.underlying)
    return Shown(quote, price, size - taken.get((leg.symbol, leg.side.is_buy, quote.quoted_at), ZERO))


def _are_of_one_moment(legs: Sequence[Shown]) -> bool:
    times = [leg.quote.quoted_at for leg in legs if leg.quote.quoted_at is not None]
    return max(times) - min(times) <= SPREAD_OF_AGES_MAX

"""Whether the paper broker takes an order: contract, prices, buying power, collateral, holdings; pure.

Raises Refused and Unsupported. The sentences are Tradier's, so that a refusal reads the same at both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.brokers.errors import InsufficientFunds, Refused, Uncovered, Unsupported
from chalicelib.brokers.paper.collateral import contract_of, terms_of
from chalicelib.brokers.paper.execution import changes
from chalicelib.brokers.paper.groups import NAKED, after_closing, collateral
from chalicelib.brokers.paper.ledger import Ledger, PaperLeg
from chalicelib.brokers.paper.positions_asked import NO_BUYING_POWER
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.instrument_calendars import calendar_of_all, last_session_of
from chalicelib.domain.instruments.fees import estimated_fees
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.ticks import is_on_tick, tick_size
from chalicelib.domain.market.quotes import OptionQuote, usable
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.structures.collateral import collateral_of
from chalicelib.domain.trading.orders import Duration

UNKNOWN_SYMBOL: Final = "Symbol does not exist."
STOP_PASSED: Final = {
    False: "Sell Stop order must have a Stop price less than the Bid price",
    True: "Buy Stop order must have a Stop price greater than the current Ask price",
}
EXPIRED: Final = "Expiration date must be greater than the current date"
#: An order for shares that is good till cancelled lapses after this: no broker here keeps one for ever.
SHARES_WORK_FOR: Final = timedelta(days=90)
_ONE: Final = Decimal(1)


def last_instant(leg: PaperLeg, underlying: str, now: datetime, calendar: MarketCalendar) -> datetime:
    """Return when a leg trades last; raises Refused for what is not of this underlying or has expired."""
    contract = contract_of(leg.symbol)
    if (leg.instrument is Instrument.EQUITY) is (contract is not None):
        raise Refused(UNKNOWN_SYMBOL)
    if contract is None:
        if leg.symbol != underlying:
            raise Refused(UNKNOWN_SYMBOL)
        return now + SHARES_WORK_FOR
    session = last_session_of(calendar, contract)
    if session is None:
        raise Refused(UNKNOWN_SYMBOL)
    if session.closes_at <= now:
        raise Refused(EXPIRED)
    return session.closes_at


def working_until(
    duration: Duration, legs: Sequence[PaperLeg], last: datetime, now: datetime, calendar: MarketCalendar
) -> datetime:
    """Return when an order ends by itself: a day order at its legs' next close, any with its contract."""
    if duration is Duration.GTC:
        return last
    own = calendar_of_all(calendar, ((leg.instrument, leg.symbol) for leg in legs), now)
    return min(last, own.next_close(now))


def check_kinds(legs: Sequence[PaperLeg]) -> None:
    """Refuse what these books do not do: short sales of shares, coins, opening and closing in one."""
    for leg in legs:
        if leg.instrument is Instrument.CRYPTO:
            raise Unsupported("the paper broker holds options and shares")
        if leg.instrument is Instrument.EQUITY and leg.side is OrderSide.SELL_TO_OPEN:
            raise Unsupported("the paper broker sells no shares short")
    if len({leg.side.is_closing for leg in legs}) > 1:
        raise Unsupported("an order of the paper broker opens or closes, not both")


def check_stop(
    stop_price: Decimal | None, side: OrderSide, quote: OptionQuote | None, symbol: str, now: datetime
) -> None:
    """Refuse a stop that the market has passed; without a usable quote nothing is known of that."""
    shown = usable(quote, symbol, now)
    if stop_price is None or shown is None:
        return
    touch = shown.ask if side.is_buy else shown.bid
    if touch is None or touch <= 0:
        return
    if stop_price <= touch if side.is_buy else stop_price >= touch:
        raise Refused(STOP_PASSED[side.is_buy])


def check_ticks(underlying: str, symbol: str, *, price: Decimal | None, stop: Decimal | None) -> None:
    """Refuse a price between the ticks of its option class, as the exchange would; shares trade in cents."""
    if symbol == underlying:
        return
    for name, asked in (("price", price), ("stop", stop)):
        if asked is not None and not is_on_tick(underlying, asked):
            raise Refused(f"Invalid parameter, {name}: must be a multiple of {tick_size(underlying, asked)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one unit of a working order holds back: dollars, and shares that cover its short calls."""

    reserve: Decimal = ZERO
    cover: Decimal = ZERO


def needs_to_open(legs: Sequence[PaperLeg], price: Decimal | None) -> Needs:
    """Return what opening a unit needs (W-01); `price` is W-02's, None where nobody knows.

    A buy whose price is not known holds nothing back; its cost is checked again when it fills. What a single
    short leg brings pays its fees.
    """
    opened, _ = changes(legs, _ONE)
    if price is None and all(leg.side.is_buy for leg in legs):
        return Needs()
    needed = collateral_of(terms_of(opened), price or ZERO, _ONE)
    fees = sum((estimated_fees(Decimal(leg.ratio), leg.instrument) for leg in legs), ZERO)
    is_single_sale = len(legs) == 1 and not legs[0].side.is_buy
    return Needs(reserve=needed.cash + (ZERO if is_single_sale else fees), cover=needed.shares)


def price_of_buy(
    limit_price: Decimal | None, quote: OptionQuote | None, symbol: str, now: datetime
) -> Decimal | None:
    """Return what a share of a buy costs at most: its limit, or the ask while it is usable."""
    if limit_price is not None:
        return limit_price
    shown = usable(quote, symbol, now)
    return shown.ask if shown is not None and shown.has_ask else None


def needs_to_close(ledger: Ledger, legs: Sequence[PaperLeg], units: Decimal) -> Needs:
    """Return what closing so many units needs: nothing, unless what stays was protected by what goes.

    Raises Uncovered where it leaves a call naked. What single orders are selling already counts as sold.
    """
    _, closed = changes(legs, units)
    if len(legs) == 1:
        (leg,) = legs
        working = ledger.committed(leg.symbol, leg.side, alone=True)
        closed = {leg.symbol: closed[leg.symbol] + leg.side.sign * working}
    before = collateral(ledger.groups)
    after = collateral(after_closing(ledger.groups, closed, ledger.held_all()))
    if before is None or after is None or after <= before:
        return Needs()
    return Needs(reserve=to_price((after - before) / units))


def check_needs(ledger: Ledger, needs: Needs, underlying: str, units: Decimal) -> None:
    """Refuse what free cash and loose shares do not cover."""
    if needs.cover and needs.cover * units > ledger.loose_shares(underlying):
        raise Uncovered(NAKED)
    if needs.reserve and needs.reserve * units > ledger.free_cash():
        raise InsufficientFunds(NO_BUYING_POWER)

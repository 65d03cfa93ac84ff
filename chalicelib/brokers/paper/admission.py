"""Whether the paper broker takes an order: contract, buying power, holdings; pure.

Raises Refused and Unsupported. The sentences are Tradier's, so that a refusal reads the same at both.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.brokers.errors import InsufficientFunds, Refused, Unsupported
from chalicelib.brokers.paper.capabilities import MULTIPLIER
from chalicelib.brokers.paper.ledger import Ledger
from chalicelib.brokers.paper.matching import NO_BUYING_POWER, NOTHING_HELD
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.fees import COMMISSION_PER_CONTRACT
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.instruments.ticks import is_on_tick, tick_size
from chalicelib.domain.market.quotes import OptionQuote, usable
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration

UNKNOWN_SYMBOL: Final = "Symbol does not exist."
STOP_PASSED: Final = "Sell Stop order must have a Stop price less than the Bid price"
EXPIRED: Final = "Expiration date must be greater than the current date"


def last_instant(symbol: str, now: datetime, calendar: MarketCalendar) -> datetime:
    """Return when a contract trades last; raises Refused for what is no contract or has expired."""
    try:
        contract = OptionContract.parse_occ(symbol)
    except NotAnOptionSymbol as error:
        raise Refused(UNKNOWN_SYMBOL) from error
    session = calendar.expiry_session(contract.expiry)
    if session is None:
        raise Refused(UNKNOWN_SYMBOL)
    if session.closes_at <= now:
        raise Refused(EXPIRED)
    return session.closes_at


def working_until(duration: Duration, last: datetime, now: datetime, calendar: MarketCalendar) -> datetime:
    """Return when an order ends by itself: a day order at the next close, any with its contract."""
    return last if duration is Duration.GTC else min(last, calendar.next_close(now))


def check_side(side: OrderSide) -> None:
    """Refuse the sides of short positions, which these books do not hold."""
    if side not in {OrderSide.BUY_TO_OPEN, OrderSide.SELL_TO_CLOSE}:
        raise Unsupported("the paper broker holds long options only")


def check_sell(ledger: Ledger, symbol: str, quantity: Decimal) -> None:
    """Refuse to sell beyond what is held and not yet being sold."""
    if quantity > ledger.held(symbol) - ledger.committed(symbol):
        raise Refused(f"{NOTHING_HELD}, please check open orders.")


def check_stop(stop_price: Decimal | None, quote: OptionQuote | None, symbol: str, now: datetime) -> None:
    """Refuse a sell stop that the market has passed; without a usable bid nothing is known of that."""
    shown = usable(quote, symbol, now)
    if stop_price is None or shown is None:
        return
    if shown.has_bid and shown.bid is not None and stop_price >= shown.bid:
        raise Refused(STOP_PASSED)


def check_ticks(underlying: str, *, price: Decimal | None, stop: Decimal | None) -> None:
    """Refuse a price between the ticks of its class, as the exchange would."""
    for name, asked in (("price", price), ("stop", stop)):
        if asked is not None and not is_on_tick(underlying, asked):
            raise Refused(f"Invalid parameter, {name}: must be a multiple of {tick_size(underlying, asked)}.")


def reserve_of(limit_price: Decimal | None, quote: OptionQuote | None, symbol: str, now: datetime) -> Decimal:
    """Return what a contract of a buy holds back: its limit, or the ask while it is usable, with the fee.

    A market buy without a usable ask holds nothing back; its cost is checked again when it fills.
    """
    price = limit_price
    if price is None:
        shown = usable(quote, symbol, now)
        price = shown.ask if shown is not None and shown.has_ask else None
    return ZERO if price is None else price * MULTIPLIER + COMMISSION_PER_CONTRACT


def check_buy(ledger: Ledger, reserve: Decimal, quantity: Decimal) -> None:
    """Refuse what cash not held back by other buys does not cover."""
    if reserve * quantity > ledger.cash - ledger.reserved():
        raise InsufficientFunds(NO_BUYING_POWER)

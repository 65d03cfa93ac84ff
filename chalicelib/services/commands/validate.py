"""Validation of entries and of protection (A-07): by the chain, the calendar, the tick and the market."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.clocks.instrument_calendars import last_session_of
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.instruments.tickers import root_of
from chalicelib.domain.instruments.ticks import is_on_tick, tick_size
from chalicelib.domain.market.quotes import OptionQuote, quote_fault
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.protection import Protection
from chalicelib.marketdata.interface import Chain, MarketDataError, Purpose
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import FieldError, Invalid, Unavailable
from chalicelib.services.market.market_refusals import market_refusal

#: Reads the chain of one expiry of a ticker.
ChainReader = Callable[[str, date], Chain]
#: Tradier's rule for an OCO, asked of every trade so that it can move between brokers (A-04).
MIN_BRACKET_DISTANCE: Final = Decimal("0.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A contract that the chain lists, with its quote as it stands (usable or not).

    `entry` is the price at which the entry is expected per share: the limit, or the ask of a market order;
    None where there is no quote to price a market order by.
    """

    symbol: str
    quote: OptionQuote
    underlying_price: Decimal | None
    usable: bool
    fault: str | None
    entry: Decimal | None


def find_contract(
    env: Environment, command: PlaceTrade, calendar: MarketCalendar, read_chain: ChainReader
) -> Listed:
    """Find the contract in the chain; raises Invalid when it does not exist or has expired."""
    now = env.clock.now()
    if _has_expired(calendar, command.expiry, env):
        raise Invalid([FieldError(field="expiry", message="This contract has expired.")])
    chain = read_chain(command.ticker, command.expiry)
    found = [quote for symbol, quote in chain.quotes.items() if _is_wanted(symbol, command)]
    if not found:
        field = "strike" if chain.quotes else "expiry"
        what = "strike for this expiry" if chain.quotes else "expiry for this ticker"
        raise Invalid([FieldError(field=field, message=f"There is no such {what}.")])
    quote = found[0]
    last = last_session_of(calendar, OptionContract.parse_occ(quote.symbol))
    if last is not None and now >= last.closes_at:
        raise Invalid([FieldError(field="expiry", message="This contract does not trade any more.")])
    fault = quote_fault(quote, quote.symbol, now)
    return Listed(
        symbol=quote.symbol,
        quote=quote,
        underlying_price=chain.underlying_price,
        usable=fault is None,
        fault=None if fault is None else str(fault),
        entry=_expected_entry(command, quote),
    )


def _expected_entry(command: PlaceTrade, quote: OptionQuote) -> Decimal | None:
    if command.limit_price is not None:
        return command.limit_price
    return quote.ask if quote.has_ask else quote.last


def chain_reader(env: Environment, username: str, purpose: Purpose) -> ChainReader:
    """Return what reads a chain as it stands, by the calls of one purpose; raises Unavailable, TooSoon."""

    def read(ticker: str, expiry: date) -> Chain:
        try:
            return env.market_data.for_user(username, purpose=purpose).chain(ticker, [expiry])
        except MarketDataError as error:
            raise market_refusal(error, "The option chain cannot be read now") from error
        except CredentialsUnreadable as error:
            raise Unavailable(str(error)) from error

    return read


def _has_expired(calendar: MarketCalendar, expiry: date, env: Environment) -> bool:
    now = env.clock.now()
    if expiry < new_york_date(now):
        return True
    session = calendar.expiry_session(expiry)
    return session is not None and now >= session.closes_at


def _is_wanted(symbol: str, command: PlaceTrade) -> bool:
    contract = OptionContract.parse_occ(symbol)
    return (contract.expiry, contract.option_type, contract.strike) == (
        command.expiry,
        command.option_type,
        command.strike,
    ) and contract.root.startswith(root_of(command.ticker))


def check_order(command: PlaceTrade) -> list[FieldError]:
    """Check what needs no market: which price goes with which order, ticks, stop against target."""
    errors: list[FieldError] = []
    if command.order_type is OrderType.LIMIT and command.limit_price is None:
        errors.append(FieldError(field="limit_price", message="A limit order needs a limit price."))
    if command.order_type is OrderType.MARKET and command.limit_price is not None:
        errors.append(FieldError(field="limit_price", message="A market order has no limit price."))
    for field in ("limit_price", "sl_price", "tp_price"):
        price = getattr(command, field)
        if price is not None:
            errors += tick_errors(command.ticker, field, price)
    return errors + bracket_errors(command.protection, "sl_price", "tp_price")


def tick_errors(ticker: str, field: str, price: Decimal) -> list[FieldError]:
    """Return the error of a price that may not be quoted in this class."""
    if is_on_tick(ticker, price):
        return []
    step = tick_size(ticker, price)
    return [FieldError(field=field, message=f"The price must be a multiple of {step}.")]


def bracket_errors(protection: Protection, stop_field: str, target_field: str) -> list[FieldError]:
    """Check stop against target: on the right sides, and far enough apart."""
    stop, target = protection.sl_price, protection.tp_price
    if stop is None or target is None:
        return []
    if stop >= target:
        return [FieldError(field=stop_field, message="The stop must be below the target.")]
    if target - stop < MIN_BRACKET_DISTANCE:
        return [
            FieldError(
                field=target_field,
                message=f"Stop and target must be at least {MIN_BRACKET_DISTANCE} apart.",
            )
        ]
    return []


def check_against_entry(command: PlaceTrade, listed: Listed) -> list[FieldError]:
    """Check stop < entry < target; for a market order bid and ask stand for the entry (A-07)."""
    if command.order_type is OrderType.LIMIT:
        floor = ceiling = command.limit_price
    else:
        floor, ceiling = listed.quote.bid, listed.quote.ask
    errors = []
    if command.sl_price is not None and floor is not None and command.sl_price >= floor:
        errors.append(
            FieldError(field="sl_price", message=f"The stop must be below the entry ({floor.normalize():f}).")
        )
    if command.tp_price is not None and ceiling is not None and command.tp_price <= ceiling:
        errors.append(
            FieldError(
                field="tp_price", message=f"The target must be above the entry ({ceiling.normalize():f})."
            )
        )
    return errors

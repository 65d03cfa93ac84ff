"""A coin as an entry asks for it: known to its exchange, in its steps, at the last price (C-05)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import quote_fault
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.marketdata.coin_feeds import coin_quotes
from chalicelib.marketdata.interface import CoinMarket, MarketDataError, Purpose
from chalicelib.services.commands.listed import ChainReader, Listed, ListedLeg, field_of, find_legs
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.services.market.market_refusals import market_refusal
from chalicelib.store.market.coin_symbols import read_filters

#: An exchange changes its filters rarely, and says so days before.
FILTERS_AGE_MAX: Final = timedelta(days=1)
#: What a fee in the coin itself leaves of it, and what a stop's limit beyond it leaves of its price.
_LEFT_BY_FEES: Final = Decimal("0.998")
_LEFT_BY_LIMIT: Final = Decimal("0.995")
_NOT_READ: Final = "The exchange of coins cannot be read now"
_UNKNOWN: Final = "The exchange knows no such coin, or does not trade it now."


def find_entry(
    env: Environment, command: PlaceTrade, calendar: MarketCalendar, read_chain: ChainReader
) -> Listed:
    """Find what an entry asks for: a coin at its exchange, all else in its chains; raises as they do."""
    if command.is_of_coins:
        return find_coin(env, command)
    return find_legs(env, command, calendar, read_chain)


def find_coin(env: Environment, command: PlaceTrade) -> Listed:
    """Find a coin at its exchange; raises Invalid where it has none, Unavailable where it does not answer."""
    now = env.clock.now()
    market = env.coin_market.within(None, Purpose.CHANGE)
    filters = _filters(env, market, command, now)
    try:
        chain = coin_quotes(market, command.ticker)
    except MarketDataError as error:
        raise market_refusal(error, _NOT_READ) from error
    quote = chain.quotes.get(command.ticker)
    if quote is None:
        raise _unknown(command)
    fault = quote_fault(quote, quote.symbol, now)
    leg = ListedLeg(
        wanted=command.legs[0],
        symbol=quote.symbol,
        quote=quote,
        fault=None if fault is None else str(fault),
        filters=filters,
    )
    entry = command.limit_price if command.limit_price is not None else quote.last
    return Listed(legs=(leg,), underlying_price=quote.last, entry=entry)


def _filters(env: Environment, market: CoinMarket, command: PlaceTrade, now: datetime) -> SymbolFilters:
    symbol = command.ticker
    kept = env.database.read(
        lambda connection: read_filters(connection, symbol, now - FILTERS_AGE_MAX), username=None
    )
    if kept is not None:
        return kept
    try:
        found = market.filters([symbol]).get(symbol)
    except MarketDataError as error:
        raise market_refusal(error, _NOT_READ) from error
    if found is None:
        raise _unknown(command)
    return found


def _unknown(command: PlaceTrade) -> Invalid:
    field = field_of(command, 0, "symbol") if command.names_legs else "ticker"
    return Invalid([FieldError(field=field, message=_UNKNOWN)])


def coin_errors(command: PlaceTrade, listed: Listed) -> list[FieldError]:
    """Check steps and sizes as the exchange would, before anything is sent; [] for what is no coin."""
    filters = listed.legs[0].filters
    if filters is None:
        return []
    errors = [
        FieldError(field=field, message=f"The price must be a multiple of {_plain(filters.tick)}.")
        for field, price in _prices(command)
        if not filters.is_on_tick(price)
    ]
    if not filters.is_on_lot(command.qty):
        bounds = f"from {_plain(filters.least_quantity)} to {_plain(filters.most_quantity)}"
        message = f"The quantity must be a multiple of {_plain(filters.lot)}, {bounds}."
        errors.append(FieldError(field="qty", message=message))
    elif listed.entry is not None and command.qty * listed.entry < filters.least_notional:
        message = f"The exchange takes nothing under {_plain(filters.least_notional)} USDT."
        errors.append(FieldError(field="qty", message=message))
    if command.side is LegSide.SHORT and command.sl_price is None:
        message = "A coin is sold short with a stop only: its loss has no limit."
        errors.append(FieldError(field="sl_price", message=message))
    return errors


def check_protectable(command: PlaceTrade, listed: Listed) -> None:
    """Refuse an entry whose stop or target its exchange would not take for being worth too little (C-06).

    Each target has an order of its own over its share, and a fee in kind leaves a little less to protect.
    """
    filters = listed.legs[0].filters
    if filters is None:
        return
    levels = [price for price in (command.sl_price, command.tp_price) if price is not None]
    levels += [target.price for target in command.targets]
    if not levels:
        return
    shares = [target.share for target in command.targets] or [Decimal(1)]
    rest = 1 - sum(shares, Decimal(0))
    least = min([*shares, rest] if rest > 0 else shares)
    quantity = filters.to_lot(command.qty * least * _LEFT_BY_FEES)
    if quantity * min(levels) * _LEFT_BY_LIMIT < filters.least_notional:
        least_worth = _plain(filters.least_notional)
        message = f"What each stop and target protects must be worth {least_worth} USDT at its price."
        raise Invalid([FieldError(field="qty", message=message)])


def _prices(command: PlaceTrade) -> list[tuple[str, Decimal]]:
    named = {"limit_price": command.limit_price, "sl_price": command.sl_price, "tp_price": command.tp_price}
    found = [(field, price) for field, price in named.items() if price is not None]
    return found + [(f"targets.{place}.price", one.price) for place, one in enumerate(command.targets)]


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

"""Validation of entries and of protection (A-07, W-01): by the market, the tick and what may be lost."""

from decimal import Decimal
from math import gcd

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import underlying_of
from chalicelib.domain.structures.payoff import LaterLegUnpriced, Payoff, Volatilities
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.protection import Protection
from chalicelib.services.commands.check_prices import bracket_errors, level_errors, price_errors
from chalicelib.services.commands.check_targets import entry_target_errors
from chalicelib.services.commands.coins import coin_errors, find_entry
from chalicelib.services.commands.listed import ChainReader, Listed, field_of
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid


def validate(
    env: Environment, command: PlaceTrade, calendar: MarketCalendar, read_chain: ChainReader
) -> Listed:
    """Check a command against calendar, chain, tick and market; raises Invalid."""
    _raise(check_order(command))
    listed = find_entry(env, command, calendar, read_chain)
    _raise(coin_errors(command, listed))
    _raise(entry_target_errors(command, listed.legs[0].lot))
    _raise(_check_risk(listed))
    _raise(check_against_entry(command, listed))
    if command.order_type is OrderType.MARKET and listed.entry is None:
        message = "There is no quote to price a market order by."
        raise Invalid([FieldError(field="order_type", message=message)])
    _raise(_check_limit(command, listed))
    return listed


def check_broker(mode: BrokerMode, command: PlaceTrade) -> None:
    """Raise Invalid where a broker takes no combined orders: legs one by one are half a position (W-01)."""
    if command.is_structure and not CAPABILITIES[mode].combined_orders:
        message = "This broker does not take several legs as one order."
        raise Invalid([FieldError(field="legs", message=message)])


def _raise(errors: list[FieldError]) -> None:
    if errors:
        raise Invalid(errors)


def check_order(command: PlaceTrade) -> list[FieldError]:
    """Check what needs no market: which price goes with which order, ticks, stop against target, the legs."""
    errors: list[FieldError] = []
    if command.order_type is OrderType.LIMIT and command.limit_price is None:
        errors.append(FieldError(field="limit_price", message="A limit order needs a limit price."))
    if command.order_type is OrderType.MARKET and command.limit_price is not None:
        errors.append(FieldError(field="limit_price", message="A market order has no limit price."))
    if command.order_type is OrderType.MARKET and command.is_structure:
        errors.append(FieldError(field="order_type", message="Several legs need a limit order."))
    for field in ("limit_price", "sl_price", "tp_price"):
        price = getattr(command, field)
        if price is not None:
            errors += price_errors(command.ticker, field, price, command.instrument)
    errors += _leg_errors(command) + _walk_errors(command)
    one = Protection(sl_price=command.sl_price, tp_price=command.tp_price)
    return errors + bracket_errors(one, "sl_price", "tp_price", command.side, command.instrument)


def _leg_errors(command: PlaceTrade) -> list[FieldError]:
    errors = []
    named = [(leg.instrument, leg.root, leg.option_type, leg.strike, leg.expiry) for leg in command.legs]
    if len(set(named)) < len(named):
        errors.append(FieldError(field="legs", message="The same contract stands in two legs."))
    common = gcd(*(leg.ratio for leg in command.legs))
    if common > 1:
        message = f"The ratios share a divisor: ask for {common} times the quantity instead."
        errors.append(FieldError(field="legs" if command.is_structure else "legs.0.ratio", message=message))
    for number, leg in enumerate(command.legs):
        if leg.root is not None and underlying_of(leg.root) != command.ticker:
            message = f"{leg.root} is no class of {command.ticker}: all legs have one underlying."
            errors.append(FieldError(field=field_of(command, number, "root"), message=message))
        if leg.instrument is Instrument.CRYPTO and command.is_structure:
            message = "A coin is traded alone."
            errors.append(FieldError(field=field_of(command, number, "instrument"), message=message))
    return errors


def _walk_errors(command: PlaceTrade) -> list[FieldError]:
    """Check that a walk begins at a limit and leads away from it, to a price that may be quoted (B-05)."""
    walk, start = command.walk, command.limit_price
    if walk is None:
        return []
    if start is None:
        return [FieldError(field="walk", message="A walk needs a limit price to begin at.")]
    errors = price_errors(command.ticker, "walk", walk.worst, command.instrument)
    if (walk.worst - start) * command.side.sign < 0:
        errors.append(FieldError(field="walk", message="The worst price must be no better than the first."))
    return errors


def check_against_entry(command: PlaceTrade, listed: Listed) -> list[FieldError]:
    """Check that the entry lies between stop and target; of a market order bid and ask do (A-07)."""
    if command.order_type is OrderType.LIMIT:
        low = high = command.limit_price
    else:
        low, high = listed.bid, listed.ask
    return level_errors(command.protection, "entry", ("sl_price", low), ("tp_price", high), command.side)


def _check_risk(listed: Listed) -> list[FieldError]:
    """Refuse what can lose without end (W-01)."""
    if listed.is_unlimited:
        message = "The loss of these legs has no limit: cover the short side."
        return [FieldError(field="legs", message=message)]
    return []


def _check_limit(command: PlaceTrade, listed: Listed) -> list[FieldError]:
    """Refuse a net price that can only lose, or that nobody would ever give.

    Its sign is wrong then, or a credit is wider than its wing.
    """
    price = command.limit_price
    if price is None or not command.is_structure:
        return []
    try:
        bounds = payoff_of(listed, price, Decimal(1)).bounds()
    except LaterLegUnpriced:
        return []
    if bounds.best is not None and bounds.best <= 0:
        message = "At this price the structure can only lose: is the sign right? A credit is below 0."
        return [FieldError(field="limit_price", message=message)]
    if bounds.worst is not None and bounds.worst >= 0:
        message = "At this price it cannot lose, so nobody would take it: a credit wider than its wing?"
        return [FieldError(field="limit_price", message=message)]
    return []


def payoff_of(listed: Listed, price: Decimal, qty: Decimal) -> Payoff:
    """Return what so many structures entered at a price win and lose; raises LaterLegUnpriced."""
    of_legs = tuple(leg.quote.iv for leg in listed.legs)
    return Payoff(legs=listed.terms, price=price, qty=qty, volatilities=Volatilities(of_legs=of_legs))

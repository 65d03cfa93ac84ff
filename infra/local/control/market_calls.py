"""What a tester does to the simulated market: each call reads what is asked and hands it to the world.

All raise BadRequest, and change nothing then.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from infra.local.control.control_requests import (
    BadRequest,
    Body,
    Query,
    checked,
    date_of,
    listed,
    number,
    path_of,
    refuse_unknown,
    symbol_of,
    whole,
)
from infra.local.emulators.market.calendars import Dividend
from infra.local.emulators.market.instruments import UnknownSymbol, required
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.pasts import quiet, strength_of
from infra.local.emulators.market.quotes import Held
from infra.local.emulators.market.regimes import Regime, Trend
from infra.local.emulators.world import World

VOLATILITY_MAX: Final = 3.0
ADX_MAX: Final = 100.0
Call = Callable[[World, Query, Body], None]
_OF_CONTRACTS: Final = ("open_interest", "iv", "greeks")
_HELD: Final = ("bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "age_s", "iv", "greeks")


def price(world: World, _query: Query, body: Body) -> None:
    """Jump to a price, or follow a path."""
    refuse_unknown(body, "symbol", "price", "path")
    symbol = symbol_of(body)
    if ("price" in body) == ("path" in body):
        raise BadRequest("give either price or path")
    with _market_words(symbol):
        if "price" in body:
            world.simulated.jump(symbol, number(body, "price"))
        else:
            world.simulated.path(symbol, path_of(body["path"]))


def iv(world: World, _query: Query, body: Body) -> None:
    """Set the at-the-money volatility."""
    refuse_unknown(body, "symbol", "iv")
    symbol = symbol_of(body)
    with _market_words(symbol):
        world.simulated.set_iv(symbol, number(body, "iv"))


def regime(world: World, _query: Query, body: Body) -> None:
    """Make the past daily bars anew."""
    refuse_unknown(body, "symbol", "trend", "adx", "realised_vol")
    symbol = symbol_of(body)
    try:
        trend = Trend(str(body.get("trend")))
    except ValueError as error:
        raise BadRequest(f"trend must be one of {', '.join(Trend)}") from error
    with _market_words(symbol):
        usual = quiet(required(symbol))
        adx, volatility = strength_of(trend), usual.realised_volatility
        if "adx" in body:
            adx = number(body, "adx", lowest=0, highest=ADX_MAX)
        if "realised_vol" in body:
            volatility = number(body, "realised_vol", lowest=0.001, highest=VOLATILITY_MAX)
        world.simulated.set_regime(symbol, Regime(trend=trend, adx=adx, realised_volatility=volatility))


def hold(world: World, _query: Query, body: Body) -> None:
    """Hold what is quoted of a contract or a ticker."""
    refuse_unknown(body, "symbol", *_HELD)
    symbol = _squeezed(symbol_of(body))
    told = [name for name in _HELD if name in body]
    if not told:
        raise BadRequest(f"say what to hold: {', '.join(_HELD)}")
    if parse(symbol) is None and (only := [name for name in told if name in _OF_CONTRACTS]):
        raise BadRequest(f"{', '.join(only)}: of contracts only")
    if body.get("greeks") is not None:
        raise BadRequest("greeks can only be null")
    held = Held(
        bid=_price(body, "bid"),
        ask=_price(body, "ask"),
        bid_size=_count(body, "bid_size"),
        ask_size=_count(body, "ask_size"),
        volume=_count(body, "volume"),
        open_interest=_count(body, "open_interest"),
        age_seconds=number(body, "age_s", lowest=0) if "age_s" in body else None,
        volatility=number(body, "iv", lowest=0.001, highest=VOLATILITY_MAX) if "iv" in body else None,
        without_greeks="greeks" in body,
    )
    with _market_words(symbol):
        world.simulated.hold_quote(symbol, held)


def release(world: World, query: Query, body: Body) -> None:
    """Hold nothing any more, of one symbol or of all."""
    refuse_unknown(body)
    symbol = query.get("symbol")
    with _market_words(symbol or ""):
        world.simulated.release_quotes(None if symbol is None else _squeezed(symbol.upper()))


def volume(world: World, _query: Query, body: Body) -> None:
    """Make the last full session's volume a share of the 20 before it."""
    refuse_unknown(body, "symbol", "share")
    symbol = symbol_of(body)
    with _market_words(symbol):
        world.simulated.set_volume(symbol, number(body, "share"))


def earnings(world: World, _query: Query, body: Body) -> None:
    """Say when a company tells its earnings, or that the vendor does not know."""
    refuse_unknown(body, "symbol", "dates", "unknown")
    symbol, dates = symbol_of(body), listed(body, "dates")
    told = None if dates is None else [date_of(one, "dates") for one in dates]
    with _market_words(symbol):
        known = required(symbol).symbol
    world.catch_up()
    world.calendars.tell_earnings(known, told)


def dividends(world: World, _query: Query, body: Body) -> None:
    """Say what is paid when, or that the vendor does not know."""
    refuse_unknown(body, "symbol", "items", "unknown")
    symbol, items = symbol_of(body), listed(body, "items")
    told = None if items is None else [_dividend(one) for one in items]
    with _market_words(symbol):
        known = required(symbol).symbol
    world.catch_up()
    world.calendars.tell_dividends(known, told)


def settlement(world: World, _query: Query, body: Body) -> None:
    """Say what an index settled at in the morning of a date."""
    refuse_unknown(body, "symbol", "date", "value")
    symbol = symbol_of(body)
    with _market_words(symbol):
        world.simulated.set_settlement(symbol, date_of(body.get("date"), "date"), number(body, "value"))


CALLS: Final[Mapping[tuple[str, str], Call]] = {
    ("POST", "/market/price"): price,
    ("POST", "/market/iv"): iv,
    ("POST", "/market/regime"): regime,
    ("POST", "/market/quote"): hold,
    ("DELETE", "/market/quote"): release,
    ("POST", "/market/volume"): volume,
    ("POST", "/market/earnings"): earnings,
    ("POST", "/market/dividends"): dividends,
    ("POST", "/market/settlement"): settlement,
}


@contextmanager
def _market_words(symbol: str) -> Iterator[None]:
    """Word what the market refuses."""
    try:
        yield
    except UnknownSymbol as error:
        raise BadRequest(f"the market has no {symbol!r}", 404) from error
    except (ValueError, TypeError) as error:
        raise BadRequest(str(error)) from error


def _price(body: Body, name: str) -> float | None:
    """Read a side of a quote, None for one that is not held; null is nobody's."""
    if name not in body:
        return None
    return 0.0 if body[name] is None else number(body, name, lowest=0)


def _count(body: Body, name: str) -> int | None:
    return whole(body, name) if name in body else None


def _dividend(item: object) -> Dividend:
    if not isinstance(item, dict) or set(item) != {"ex_date", "amount"}:
        raise BadRequest("items must be a list of {ex_date, amount}")
    amount = checked(item["amount"], "amount", 0)
    return Dividend(ex_date=date_of(item["ex_date"], "ex_date"), amount=amount)


def _squeezed(symbol: str) -> str:
    """Return a contract's symbol without the blanks that some pad its root with."""
    return symbol.replace(" ", "")

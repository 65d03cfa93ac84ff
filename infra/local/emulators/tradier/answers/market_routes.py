"""Everything under `/markets`: which parameters each path reads, and who answers it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from infra.local.emulators.brokerage.refusals import BadParameter
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.sessions import NEW_YORK
from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.tradier.answers import market_views, series
from infra.local.emulators.tradier.answers.wire import flag
from infra.local.emulators.tradier.problems import no_route

Asked = Mapping[str, str]
PREFIX: Final = "/v1/markets/"


def answer_markets(feed: Feed, request: EmulatorRequest, *, ticks: bool) -> object:
    """Answer a call for market data; `ticks` says whether there are tick bars. Raises Refusal."""
    what = request.path.removeprefix(PREFIX)
    asked: Asked = request.query
    if request.method == "POST" and what == "quotes":
        asked = {**request.query, **request.form}
    elif request.method != "GET":
        raise no_route()
    if what == "timesales":
        return _bars(feed, asked, ticks=ticks)
    route = _ROUTES.get(what)
    if route is None:
        raise no_route()
    return route(feed, asked)


def _symbol(asked: Asked) -> str:
    return asked.get("symbol", "").upper()


def _expiry(asked: Asked) -> date:
    try:
        return date.fromisoformat(asked.get("expiration", ""))
    except ValueError as error:
        raise BadParameter("expiration", "is not valid") from error


def _quotes(feed: Feed, asked: Asked) -> object:
    symbols = [name.strip().upper() for name in asked.get("symbols", "").split(",")]
    chosen = list(dict.fromkeys(name for name in symbols if name))
    return market_views.quotes(feed, chosen, greeks=flag(asked, "greeks"))


def _chains(feed: Feed, asked: Asked) -> object:
    return market_views.chain_rows(feed, _symbol(asked), _expiry(asked), greeks=flag(asked, "greeks"))


def _expirations(feed: Feed, asked: Asked) -> object:
    return market_views.expirations(
        feed,
        _symbol(asked),
        all_roots=flag(asked, "includeAllRoots"),
        strikes=flag(asked, "strikes"),
        size=flag(asked, "contractSize"),
        kind=flag(asked, "expirationType"),
    )


def _strikes(feed: Feed, asked: Asked) -> object:
    return market_views.strikes_of(feed, _symbol(asked), _expiry(asked))


def _option_lookup(feed: Feed, asked: Asked) -> object:
    return market_views.option_symbols(feed, asked.get("underlying", "").upper())


def _lookup(feed: Feed, asked: Asked) -> object:
    kinds = {kind for kind in asked.get("types", "").split(",") if kind}
    return market_views.securities(feed, asked.get("q", ""), kinds, by_symbol=True)


def _search(feed: Feed, asked: Asked) -> object:
    return market_views.securities(feed, asked.get("q", ""), set(), by_symbol=False)


def _easy_to_borrow(feed: Feed, asked: Asked) -> object:
    del asked
    return market_views.securities(feed, "", {"stock", "etf"}, by_symbol=True)


def _history(feed: Feed, asked: Asked) -> object:
    interval = asked.get("interval", "daily")
    start, end = asked.get("start", ""), asked.get("end", "")
    return series.price_history(feed, _symbol(asked), interval, start, end)


def _bars(feed: Feed, asked: Asked, *, ticks: bool) -> object:
    return series.time_and_sales(
        feed,
        _symbol(asked),
        asked.get("interval", "tick"),
        asked.get("start", ""),
        asked.get("end", ""),
        asked.get("session_filter", ""),
        ticks=ticks,
    )


def _clock(feed: Feed, asked: Asked) -> object:
    del asked
    return series.market_clock(feed.market.now())


def _calendar(feed: Feed, asked: Asked) -> object:
    local = feed.market.now().astimezone(NEW_YORK)
    month, year = asked.get("month", str(local.month)), asked.get("year", str(local.year))
    if not month.isdecimal() or not 1 <= int(month) <= 12:
        raise BadParameter("month", "is not valid")
    if not year.isdecimal() or not 1990 <= int(year) <= 2100:
        raise BadParameter("year", "is not valid")
    return series.market_calendar(int(year), int(month))


_ROUTES: Final[Mapping[str, Callable[[Feed, Asked], object]]] = {
    "quotes": _quotes,
    "options/chains": _chains,
    "options/expirations": _expirations,
    "options/strikes": _strikes,
    "options/lookup": _option_lookup,
    "lookup": _lookup,
    "search": _search,
    "etb": _easy_to_borrow,
    "history": _history,
    "clock": _clock,
    "calendar": _calendar,
}

"""Where Schwab's market data answers."""

import re
from typing import Final
from urllib.parse import unquote

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.schwab import market_views
from infra.local.emulators.schwab.problems import DataRefusal
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response

DATA: Final = "/marketdata/v1"
QUOTE_PATH: Final = re.compile(rf"{DATA}/([^/]+)/quotes")


def market_data(feed: Feed, request: EmulatorRequest) -> EmulatorResponse:
    """Answer with quotes, a chain or its expiries. Raises DataRefusal."""
    if request.method != "GET":
        raise DataRefusal(404, "Not Found")
    fields = request.query.get("fields")
    single = QUOTE_PATH.fullmatch(request.path)
    if single is not None:
        return json_response(market_views.quotes(feed, [unquote(single[1])], fields))
    match request.path.removeprefix(DATA):
        case "/quotes":
            symbols = [one for one in request.query.get("symbols", "").split(",") if one]
            if not symbols:
                raise DataRefusal(400, "Bad Request", "Search combination should have min of 1.")
            return json_response(market_views.quotes(feed, symbols, fields))
        case "/chains":
            return json_response(market_views.chain(feed, request.query))
        case "/expirationchain":
            return json_response(market_views.expirations(feed, request.query.get("symbol", "")))
        case _:
            raise DataRefusal(404, "Not Found")

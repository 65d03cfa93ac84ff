"""CoinGecko over HTTP: `GET /simple/price` of its public API v3 ("Coin Price by IDs"), without a key."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.domain.market.coins import CoinPrice
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.coingecko_ids import ID_OF_BASE, QUOTED_IN
from chalicelib.marketdata.failures import as_market_data_error
from chalicelib.marketdata.spare_coins import SOURCE
from chalicelib.vendors.budget import CallBudget, Urgency
from chalicelib.vendors.errors import OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import VendorLine
from chalicelib.vendors.wire import Node, UnreadablePayload, as_node, number, read_body, whole

VENDOR: Final = "CoinGecko"
#: How often the vendor works its prices out anew, by its documentation.
DELAY_SECONDS: Final = 60
_PATH: Final = "/api/v3/simple/price"
_CURRENCY: Final = "usd"
#: A minute that is used up: what is waited for is the next tick, never inside a call.
_AGAIN_AFTER_SECONDS: Final = 60.0


class CoinGeckoClient:
    """Calls from this address; raises MarketDataError."""

    def __init__(self, base_url: str, *, budget: CallBudget, clock: Clock, http: HttpPool) -> None:
        self._url = base_url.rstrip("/") + _PATH
        self._line = VendorLine(vendor=VENDOR, key=VENDOR, budget=budget, clock=clock, http=http)

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Read what pairs are worth by one call; a pair or coin that it has no name for is left out."""
        ids = {symbol: found for symbol in symbols if (found := coin_id(symbol)) is not None}
        if not ids:
            return {}
        with as_market_data_error():
            told = self._read(sorted(set(ids.values())))
            priced = {symbol: _priced(symbol, told.get(name)) for symbol, name in ids.items()}
        return {symbol: price for symbol, price in priced.items() if price is not None}

    def _read(self, ids: Sequence[str]) -> Node:
        request = HttpRequest(
            method="GET",
            url=self._url,
            params={
                "ids": ",".join(ids),
                "vs_currencies": _CURRENCY,
                "include_last_updated_at": "true",
                "precision": "full",
            },
            headers={"Accept": "application/json"},
        )
        reply = self._line.call(request, urgency=Urgency.DATA)
        if reply.status != 200:
            raise _failure(reply, self._line.asked_wait_seconds(reply))
        return read_body(reply.text)


def coin_id(symbol: str) -> str | None:
    """Return CoinGecko's name for a pair's coin; None where it is not known."""
    base = symbol.removesuffix(QUOTED_IN)
    return ID_OF_BASE.get(base) if base != symbol else None


def _priced(symbol: str, told: object) -> CoinPrice | None:
    """Read one coin's price; a coin that was left out, or without a price or its time, has none."""
    if told is None:
        return None
    row = as_node(told, symbol)
    price, updated = number(row, _CURRENCY), whole(row, "last_updated_at")
    if price is None or updated is None:
        return None
    if price <= 0:
        raise UnreadablePayload(f"the price of {symbol} is not above 0")
    as_of = datetime.fromtimestamp(updated, UTC)
    return CoinPrice(symbol=symbol, price=price, as_of=as_of, source=SOURCE, delay_seconds=DELAY_SECONDS)


def _failure(reply: HttpReply, retry_after_seconds: float | None) -> VendorError:
    match reply.status:
        case 429:
            wait = _AGAIN_AFTER_SECONDS if retry_after_seconds is None else retry_after_seconds
            return RateLimited("CoinGecko asks for fewer calls", retry_after_seconds=wait)
        case status if status >= 500:
            return OutcomeUnknown(f"CoinGecko answered with status {status}")
        case status:
            return Refused(f"CoinGecko refused the request with status {status}")

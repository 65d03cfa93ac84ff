"""An exchange of coins whose minutes a test writes: Binance's public data, as far as the product asks."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

from chalicelib.domain.ai.traders.timeframes import Timeframe
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BTC, ETH = "BTCUSDT", "ETHUSDT"
START = {BTC: Decimal(96_000), ETH: Decimal(3_300)}


class ScriptedExchange:
    """Prices stand still but in the minutes that are written; counts what it is asked."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._standing = dict(START)
        self._moved: dict[str, list[tuple[datetime, Decimal]]] = {symbol: [] for symbol in START}
        self._wicks: dict[tuple[str, datetime], tuple[Decimal, Decimal]] = {}
        self.asked: Counter[str] = Counter()
        self.is_down = False

    def move(self, symbol: str, price: str | int, *, at: datetime | None = None) -> None:
        """Let a coin trade at this price from an instant on, now by default."""
        self._moved[symbol].append((at or self._now(), Decimal(price)))
        self._moved[symbol].sort()

    def wick(self, symbol: str, minute: datetime, low: str | int, high: str | int) -> None:
        """Let a minute reach so far, and come back."""
        self._wicks[symbol, minute] = (Decimal(low), Decimal(high))

    def price(self, symbol: str, at: datetime) -> Decimal:
        """Return what a coin trades at."""
        past = [price for when, price in self._moved[symbol] if when <= at]
        return past[-1] if past else self._standing[symbol]

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer as the exchange does."""
        self.asked[request.path.removeprefix("/api/v3")] += 1
        headers = {"Date": format_datetime(self._now().astimezone(UTC), usegmt=True)}
        if self.is_down:
            return json_response({"code": -1000, "msg": "down"}, 503, headers)
        symbol = request.query.get("symbol")
        wanted: list[str] = json.loads(request.query.get("symbols", "[]")) or [request.query["symbol"]]
        if any(one not in self._standing for one in wanted):
            return json_response({"code": -1121, "msg": "Invalid symbol."}, 400, headers)
        match request.path:
            case "/api/v3/ticker/price":
                found = [{"symbol": one, "price": str(self.price(one, self._now()))} for one in wanted]
                return json_response(found[0] if symbol else found, headers=headers)
            case "/api/v3/exchangeInfo":
                return json_response({"symbols": [_pair(one) for one in wanted]}, headers=headers)
            case "/api/v3/klines":
                assert symbol is not None
                return json_response(self._candles(symbol, request), headers=headers)
        raise AssertionError(request.path)

    def _candles(self, symbol: str, request: EmulatorRequest) -> list[list[object]]:
        length = Timeframe(request.query["interval"]).length
        at = datetime.fromtimestamp(int(request.query["startTime"]) / 1000, UTC)
        end = min(datetime.fromtimestamp(int(request.query["endTime"]) / 1000, UTC), self._now())
        rows: list[list[object]] = []
        while at <= end:
            rows.append(self._candle(symbol, at, length))
            at += length
        return rows

    def _candle(self, symbol: str, at: datetime, length: timedelta) -> list[object]:
        inside = [price for when, price in self._moved[symbol] if at < when < at + length]
        first = self.price(symbol, at)
        seen = [first, *inside, *self._wicks.get((symbol, at), ())]
        last = inside[-1] if inside else first
        opened = int(at.timestamp() * 1000)
        closed = opened + int(length.total_seconds() * 1000) - 1
        prices = [str(one) for one in (first, max(seen), min(seen), last)]
        return [opened, *prices, "10", closed, "0", 1, "0", "0", "0"]


def _pair(symbol: str) -> dict[str, object]:
    return {
        "symbol": symbol,
        "status": "TRADING",
        "baseAssetPrecision": 8,
        "quoteAssetPrecision": 8,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
            {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True},
        ],
    }

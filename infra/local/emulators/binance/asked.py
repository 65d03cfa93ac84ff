"""What a call asks for: pairs, stretches of time, how many."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from re import ASCII, fullmatch
from typing import Final

from infra.local.emulators.binance.problems import BinanceRefusal, illegal, missing
from infra.local.emulators.market.coins import CoinPrices, Pair

ROWS, ROWS_MAX = 500, 1000
INTERVALS: Final = {
    "1m": timedelta(minutes=1),
    "3m": timedelta(minutes=3),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "2h": timedelta(hours=2),
    "4h": timedelta(hours=4),
    "6h": timedelta(hours=6),
    "8h": timedelta(hours=8),
    "12h": timedelta(hours=12),
    "1d": timedelta(days=1),
}
#: Nothing was listed before the exchange opened.
OPENED_AT: Final = datetime(2017, 8, 17, tzinfo=UTC)
_NAME: Final = "[A-Z0-9-_.]{1,20}"
_WHOLE: Final = "^[0-9]{1,20}$"
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCandles:
    """Candles of a length that begin in [first, last], in milliseconds, `count` at most from that side."""

    pair: Pair
    length: timedelta
    first: int
    last: int


def candles_asked(coins: CoinPrices, query: Mapping[str, str], now: datetime) -> AskedCandles:
    """Read what candles a call wants. Raises BinanceRefusal."""
    pair = one_pair(coins, query)
    interval = query.get("interval")
    if not interval:
        raise missing("interval")
    if interval not in INTERVALS:
        raise BinanceRefusal(-1120, "Invalid interval.")
    length = INTERVALS[interval]
    span = int(length.total_seconds()) * _MILLISECONDS
    count = min(_whole(query, "limit") or ROWS, ROWS_MAX)
    start, end = _whole(query, "startTime"), _whole(query, "endTime")
    latest = int(now.timestamp() * _MILLISECONDS)
    last = (latest if end is None else min(end, latest)) // span * span
    first = last - (count - 1) * span
    if start is not None:
        first = max(start, int(OPENED_AT.timestamp()) * _MILLISECONDS)
        first = -(-first // span) * span
        last = min(last, first + (count - 1) * span)
    return AskedCandles(pair=pair, length=length, first=first, last=last)


def one_pair(coins: CoinPrices, query: Mapping[str, str]) -> Pair:
    """Read `symbol`. Raises BinanceRefusal."""
    symbol = query.get("symbol")
    if not symbol:
        raise missing("symbol")
    return _pair(coins, symbol)


def pairs_asked(coins: CoinPrices, query: Mapping[str, str]) -> tuple[Sequence[Pair], bool]:
    """Read `symbol`, `symbols` or neither (all), and whether one object is wanted. Raises BinanceRefusal."""
    if "symbol" in query and "symbols" in query:
        raise BinanceRefusal(-1128, "Combination of optional parameters invalid.")
    if "symbol" in query:
        return [one_pair(coins, query)], True
    if "symbols" not in query:
        return coins.pairs(), False
    pattern = f'^\\["{_NAME}"(,"{_NAME}"){{0,}}\\]$'
    if fullmatch(pattern, query["symbols"], ASCII) is None:
        raise illegal("symbols", pattern)
    return [_pair(coins, symbol) for symbol in json.loads(query["symbols"])], False


def _pair(coins: CoinPrices, symbol: str) -> Pair:
    if fullmatch(_NAME, symbol, ASCII) is None:
        raise illegal("symbol", f"^{_NAME}$")
    try:
        return coins.pair(symbol)
    except KeyError as error:
        raise BinanceRefusal(-1121, "Invalid symbol.") from error


def _whole(query: Mapping[str, str], name: str) -> int | None:
    if name not in query:
        return None
    if fullmatch(_WHOLE, query[name], ASCII) is None:
        raise illegal(name, _WHOLE)
    return int(query[name])

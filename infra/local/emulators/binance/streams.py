"""What the exchange pushes over its market streams (wire/binance.md, 8)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from re import fullmatch
from typing import Any, Final

from infra.local.emulators.binance.asked import INTERVALS, AskedCandles
from infra.local.emulators.binance.rows import book_row, candle_rows, day_row, milliseconds
from infra.local.emulators.market.coins import CoinPrices, Pair

#: A candle is told of every other second, a ticker each second; both at once when a hand moved the price.
_EVERY_SECONDS: Final = {"kline": 2.0, "ticker": 1.0, "miniTicker": 1.0, "bookTicker": 1.0, "aggTrade": 1.0}
_NAME: Final = r"([a-z0-9]{2,20})@(kline|ticker|miniTicker|bookTicker|aggTrade)(?:_([0-9]+[mhd]))?"
#: How many closed candles are told when the clock leapt.
_CLOSED_MAX: Final = 10
_METHODS: Final = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS")


class Stream:
    """One stream of one connection."""

    def __init__(self, pair: Pair, kind: str, interval: str | None, now: datetime) -> None:
        self._pair = pair
        self._kind = kind
        self._interval = interval or ""
        self._told_at: datetime | None = None
        self._told_revision = -1
        self._begun = now

    def due(self, coins: CoinPrices, now: datetime) -> Iterator[dict[str, object]]:
        """Yield what is to be told now."""
        is_moved = coins.revision != self._told_revision
        pause = timedelta(seconds=_EVERY_SECONDS[self._kind])
        if self._told_at is not None and not is_moved and now - self._told_at < pause:
            return
        since, self._told_at, self._told_revision = self._told_at or self._begun, now, coins.revision
        match self._kind:
            case "kline":
                yield from self._candles(coins, since, now)
            case "bookTicker":
                yield _book(coins, self._pair, now)
            case "aggTrade":
                yield _trade(coins, self._pair, now)
            case kind:
                yield _day(coins, self._pair, now, is_full=kind == "ticker")

    def _candles(self, coins: CoinPrices, since: datetime, now: datetime) -> Iterator[dict[str, object]]:
        """Yield the last word on each candle that closed since, then what the present one has come to."""
        span = int(INTERVALS[self._interval].total_seconds() * 1000)
        last = milliseconds(now) // span * span
        first = max(milliseconds(since) // span * span, last - _CLOSED_MAX * span)
        asked = AskedCandles(pair=self._pair, length=INTERVALS[self._interval], first=first, last=last)
        for row in candle_rows(coins, asked, now):
            yield self._candle(row, now, is_closed=row[0] != last)

    def _candle(self, row: Sequence[Any], now: datetime, *, is_closed: bool) -> dict[str, object]:
        opened, opening, high, low, closing, volume, closes, dollars, trades, taken, taken_dollars, _ = row
        first_id = opened // 100
        candle = {
            "t": opened,
            "T": closes,
            "s": self._pair.symbol,
            "i": self._interval,
            "f": first_id,
            "L": first_id + trades - 1,
            "o": opening,
            "c": closing,
            "h": high,
            "l": low,
            "v": volume,
            "n": trades,
            "x": is_closed,
            "q": dollars,
            "V": taken,
            "Q": taken_dollars,
            "B": "0",
        }
        return {"e": "kline", "E": milliseconds(now), "s": self._pair.symbol, "k": candle}


class StreamSession:
    """One connection: its streams by name, and whether their messages come wrapped."""

    def __init__(
        self, coins: CoinPrices, clock: Callable[[], datetime], names: Sequence[str], *, is_combined: bool
    ) -> None:
        self._coins = coins
        self._clock = clock
        self._is_combined = is_combined
        self._streams: dict[str, Stream | None] = {}
        self._subscribe(names)

    def due(self) -> list[dict[str, object]]:
        """Return what is to be pushed now, in the order of the streams."""
        now = self._clock()
        found: list[dict[str, object]] = []
        for name, stream in self._streams.items():
            told = [] if stream is None else stream.due(self._coins, now)
            found.extend({"stream": name, "data": one} if self._is_combined else one for one in told)
        return found

    def asked(self, request: object) -> dict[str, object]:
        """Answer what a client sends: it subscribes to streams, leaves them, or lists them."""
        said: Mapping[str, object] = request if isinstance(request, dict) else {}
        number, params = said.get("id"), said.get("params", [])
        if said.get("method") not in _METHODS:
            return {"code": 2, "msg": f"Invalid request: unknown variant {said.get('method')}", "id": number}
        if not isinstance(params, list) or not all(isinstance(one, str) for one in params):
            return {"code": 2, "msg": "Invalid request: params must be a list of streams", "id": number}
        if said["method"] == "LIST_SUBSCRIPTIONS":
            return {"result": list(self._streams), "id": number}
        if said["method"] == "SUBSCRIBE":
            self._subscribe(params)
        else:
            for name in params:
                self._streams.pop(name, None)
        return {"result": None, "id": number}

    def _subscribe(self, names: Sequence[str]) -> None:
        for name in names:
            if name:
                self._streams.setdefault(name, self._open(name))

    def _open(self, name: str) -> Stream | None:
        """Return a stream; one that the exchange does not have stays silent."""
        read = fullmatch(_NAME, name)
        if read is None or (read[2] == "kline") != (read[3] in INTERVALS):
            return None
        try:
            pair = self._coins.pair(read[1].upper())
        except KeyError:
            return None
        return Stream(pair, read[2], read[3], self._clock())


def _book(coins: CoinPrices, pair: Pair, now: datetime) -> dict[str, object]:
    """Return best bid and ask: the one message without an event's name and time."""
    row = book_row(coins, pair, now)
    return {
        "u": milliseconds(now),
        "s": pair.symbol,
        "b": row["bidPrice"],
        "B": row["bidQty"],
        "a": row["askPrice"],
        "A": row["askQty"],
    }


def _trade(coins: CoinPrices, pair: Pair, now: datetime) -> dict[str, object]:
    at = milliseconds(now)
    return {
        "e": "aggTrade",
        "E": at,
        "s": pair.symbol,
        "a": at,
        "p": f"{coins.price(pair.symbol, now):.8f}",
        "q": f"{pair.average_volume / 86_400:.8f}",
        "f": at,
        "l": at,
        "T": at,
        "m": at % 2 == 0,
        "M": True,
    }


def _day(coins: CoinPrices, pair: Pair, now: datetime, *, is_full: bool) -> dict[str, object]:
    row = day_row(coins, pair, now, is_full=True)
    price = {"c": row["lastPrice"], "o": row["openPrice"], "h": row["highPrice"], "l": row["lowPrice"]}
    volume = {"v": row["volume"], "q": row["quoteVolume"]}
    if not is_full:
        return {"e": "24hrMiniTicker", "E": milliseconds(now), "s": pair.symbol, **price, **volume}
    change = {"p": row["priceChange"], "P": row["priceChangePercent"], "w": row["weightedAvgPrice"]}
    book = {"b": row["bidPrice"], "B": row["bidQty"], "a": row["askPrice"], "A": row["askQty"]}
    ids = {"O": row["openTime"], "C": row["closeTime"], "F": row["firstId"], "L": row["lastId"]}
    last = price.pop("c")
    return {
        "e": "24hrTicker",
        "E": milliseconds(now),
        "s": pair.symbol,
        **change,
        "x": row["prevClosePrice"],
        "c": last,
        "Q": row["lastQty"],
        **book,
        **price,
        **volume,
        **ids,
        "n": row["count"],
    }

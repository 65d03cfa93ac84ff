"""Candles, tickers and pairs as they go over the wire: numbers are texts, times are milliseconds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import ceil, log10
from typing import Final

from infra.local.emulators.binance.asked import AskedCandles
from infra.local.emulators.binance.weights import WEIGHT_A_MINUTE
from infra.local.emulators.market.coins import Candle, CoinPrices, Pair

#: What has ended is asked for again each minute, by everybody.
ROWS_KEPT: Final = 50_000
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_QUOTE: Final = "USDT"
#: What of the volume takers bought, and how many coins' worth of dollars one trade has on the average.
_TAKEN_SHARE: Final = 0.48
_TRADE_DOLLARS: Final = 900.0
_ORDER_TYPES: Final = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"]
#: Some pairs take stops at market too; those recorded do not (wire/binance.md, 4).
_MARKET_STOPS: Final = ["STOP_LOSS", "TAKE_PROFIT"]
_WITH_MARKET_STOPS: Final = frozenset({"SOL"})


def _eight(value: float) -> str:
    return f"{value:.8f}"


def milliseconds(at: datetime) -> int:
    """Return an instant as the exchange writes it."""
    return int(at.timestamp() * 1000)


def candle_rows(coins: CoinPrices, asked: AskedCandles, now: datetime) -> list[tuple[object, ...]]:
    """Return candles, oldest first; the newest may still be traded in."""
    if asked.first > asked.last:
        return []
    span = int(asked.length.total_seconds()) * 1000
    until = min(now, datetime.fromtimestamp((asked.last + span) // 1000 - 1, UTC))
    first = datetime.fromtimestamp(asked.first // 1000, UTC)
    if asked.length == _DAY:
        days = [first + _DAY * number for number in range((asked.last - asked.first) // span + 1)]
        daily = (coins.daily(asked.pair.symbol, day.date(), until) for day in days)
        found: Sequence[Candle] = [one for one in daily if one is not None]
    else:
        found = coins.candles(asked.pair.symbol, first, until, asked.length)
    return [_row(one, span) for one in found]


@lru_cache(maxsize=ROWS_KEPT)
def _row(candle: Candle, span: int) -> tuple[object, ...]:
    opened = milliseconds(candle.at)
    dollars = candle.volume * (candle.opening + candle.closing) / 2
    return (
        opened,
        _eight(candle.opening),
        _eight(candle.high),
        _eight(candle.low),
        _eight(candle.closing),
        _eight(candle.volume),
        opened + span - 1,
        _eight(dollars),
        ceil(dollars / _TRADE_DOLLARS),
        _eight(candle.volume * _TAKEN_SHARE),
        _eight(dollars * _TAKEN_SHARE),
        "0",
    )


def price_row(coins: CoinPrices, pair: Pair, now: datetime) -> dict[str, object]:
    """Return a pair's last price."""
    return {"symbol": pair.symbol, "price": _eight(coins.price(pair.symbol, now))}


def book_row(coins: CoinPrices, pair: Pair, now: datetime) -> dict[str, object]:
    """Return a pair's best bid and ask."""
    quote = coins.quote(pair.symbol, now)
    bids, asks = _sizes(pair, now)
    return {
        "symbol": pair.symbol,
        "bidPrice": _eight(quote.bid),
        "bidQty": _eight(bids),
        "askPrice": _eight(quote.ask),
        "askQty": _eight(asks),
    }


def _sizes(pair: Pair, now: datetime) -> tuple[float, float]:
    """Return what stands at the best bid and ask: a second's volume, more or less."""
    second, usual = int(now.timestamp()), pair.average_volume / _DAY.total_seconds()
    return usual * (1 + second % 7), usual * (1 + second % 5)


def day_row(coins: CoinPrices, pair: Pair, now: datetime, *, is_full: bool) -> dict[str, object]:
    """Return what a pair did in the last 24 hours."""
    begun = now - _DAY
    seen = coins.stretch(pair.symbol, int(begun.timestamp()), int(now.timestamp()))
    minutes = coins.candles(pair.symbol, begun, now, _MINUTE)
    volume = sum(one.volume for one in minutes)
    dollars = sum(one.volume * (one.opening + one.closing) / 2 for one in minutes)
    opening, last = float(seen[0]), float(seen[-1])
    trades = ceil(dollars / _TRADE_DOLLARS)
    last_id = int(now.timestamp()) * 10
    quote, (bids, asks) = coins.quote(pair.symbol, now), _sizes(pair, now)
    change = {
        "priceChange": _eight(last - opening),
        "priceChangePercent": f"{(last / opening - 1) * 100:.3f}",
        "weightedAvgPrice": _eight(dollars / volume if volume else last),
        "prevClosePrice": _eight(opening),
        "lastPrice": _eight(last),
        "lastQty": _eight(bids / 3),
        "bidPrice": _eight(quote.bid),
        "bidQty": _eight(bids),
        "askPrice": _eight(quote.ask),
        "askQty": _eight(asks),
        "openPrice": _eight(opening),
    }
    mini = {"openPrice": _eight(opening)}
    extremes = {"highPrice": _eight(float(seen.max())), "lowPrice": _eight(float(seen.min()))}
    return {
        "symbol": pair.symbol,
        **(change if is_full else mini),
        **extremes,
        **({} if is_full else {"lastPrice": _eight(last)}),
        "volume": _eight(volume),
        "quoteVolume": _eight(dollars),
        "openTime": milliseconds(begun),
        "closeTime": milliseconds(now),
        "firstId": last_id - trades + 1,
        "lastId": last_id,
        "count": trades,
    }


def average_row(coins: CoinPrices, pair: Pair, now: datetime) -> dict[str, object]:
    """Return a pair's average price over five minutes."""
    seen = coins.stretch(pair.symbol, int(now.timestamp()) - 299, int(now.timestamp()))
    return {"mins": 5, "price": _eight(float(seen.mean())), "closeTime": milliseconds(now)}


def exchange_info(pairs: Sequence[Pair], now: datetime) -> dict[str, object]:
    """Return the exchange's limits, and what orders of these pairs have to keep to."""
    limits = [
        ("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_A_MINUTE),
        ("ORDERS", "SECOND", 10, 100),
        ("ORDERS", "DAY", 1, 200_000),
        ("RAW_REQUESTS", "MINUTE", 5, 300_000),
    ]
    names = ("rateLimitType", "interval", "intervalNum", "limit")
    return {
        "timezone": "UTC",
        "serverTime": milliseconds(now),
        "rateLimits": [dict(zip(names, limit, strict=True)) for limit in limits],
        "exchangeFilters": [],
        "symbols": [_pair_row(pair) for pair in pairs],
    }


def _pair_row(pair: Pair) -> dict[str, object]:
    return {
        "symbol": pair.symbol,
        "status": "TRADING",
        "baseAsset": pair.base,
        "baseAssetPrecision": 8,
        "quoteAsset": _QUOTE,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": _ORDER_TYPES + (_MARKET_STOPS if pair.base in _WITH_MARKET_STOPS else []),
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": True,
        "filters": _filters(pair),
        "permissions": [],
        "permissionSets": [["SPOT", "MARGIN"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }


#: Filters that are the same for every pair.
_TRAILING: Final[dict[str, object]] = {
    "filterType": "TRAILING_DELTA",
    "minTrailingAboveDelta": 10,
    "maxTrailingAboveDelta": 2000,
    "minTrailingBelowDelta": 10,
    "maxTrailingBelowDelta": 2000,
}
_PERCENT: Final[dict[str, object]] = {
    "filterType": "PERCENT_PRICE_BY_SIDE",
    "bidMultiplierUp": "5",
    "bidMultiplierDown": "0.2",
    "askMultiplierUp": "5",
    "askMultiplierDown": "0.2",
    "avgPriceMins": 5,
}
_NOTIONAL: Final[dict[str, object]] = {
    "filterType": "NOTIONAL",
    "minNotional": _eight(5),
    "applyMinToMarket": True,
    "maxNotional": _eight(9_000_000),
    "applyMaxToMarket": False,
    "avgPriceMins": 5,
}


def _filters(pair: Pair) -> list[dict[str, object]]:
    """Return a pair's filters; a lot is worth about a dollar, and a market order an hour's volume at most."""
    tick = 10.0**-pair.decimals
    lot = 10.0 ** -max(1, ceil(log10(pair.base_price)))
    most = pair.average_volume / 24.3
    return [
        _steps("PRICE_FILTER", ("minPrice", "maxPrice", "tickSize"), (tick, tick * 1e8, tick)),
        _steps("LOT_SIZE", ("minQty", "maxQty", "stepSize"), (lot, lot * 9e8, lot)),
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        _steps("MARKET_LOT_SIZE", ("minQty", "maxQty", "stepSize"), (0, most, 0)),
        _TRAILING,
        _PERCENT,
        _NOTIONAL,
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    ]


def _steps(kind: str, names: Sequence[str], values: Sequence[float]) -> dict[str, object]:
    return {"filterType": kind, **dict(zip(names, map(_eight, values), strict=True))}

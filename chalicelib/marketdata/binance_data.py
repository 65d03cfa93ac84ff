"""Binance's public answers to what is asked of an exchange of coins (C-05)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle, CoinPrice
from chalicelib.marketdata.binance_client import BinanceClient, UnknownSymbol
from chalicelib.marketdata.binance_rows import milliseconds, parse_candles, parse_filters, parse_prices
from chalicelib.marketdata.failures import as_market_data_error
from chalicelib.marketdata.interface import NoHistory

ROWS_MAX: Final = 1000
#: How many pairs a URL names.
NAMED_MAX: Final = 100
CANDLES_WEIGHT, FILTERS_WEIGHT = 2, 20
_ONE_PRICE_WEIGHT, _PRICES_WEIGHT = 2, 4


class BinanceData:
    """Reads pairs by the exchange's own symbols (`BTCUSDT`); raises MarketDataError."""

    def __init__(self, client: BinanceClient) -> None:
        self._client = client

    def candles(
        self, symbol: str, timeframe: Timeframe, starts_at: datetime, ends_at: datetime
    ) -> tuple[CoinCandle, ...]:
        """Read the candles that begin in [starts_at, ends_at) and have closed, 1,000 a call."""
        found: list[CoinCandle] = []
        while starts_at < ends_at:
            page_ends_at = min(ends_at, starts_at + ROWS_MAX * timeframe.length)
            asked = {
                "symbol": symbol,
                "interval": timeframe.value,
                "startTime": milliseconds(starts_at),
                "endTime": str(int(milliseconds(page_ends_at)) - 1),
                "limit": str(ROWS_MAX),
            }
            with as_market_data_error():
                try:
                    body, said_at = self._client.read("/klines", asked, weight=CANDLES_WEIGHT)
                except UnknownSymbol as error:
                    raise NoHistory(error.reason) from error
                rows = parse_candles(body, timeframe.length)
            found.extend(one for one in rows if one.ends_at <= said_at and starts_at <= one.starts_at)
            if said_at <= page_ends_at:
                break  # nothing later has closed
            starts_at = page_ends_at
        return tuple(found)

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Read last prices by one call; where a pair is unknown, or many are asked for, of all there are.

        The exchange tells no time of a trade: a price is of when the exchange answered.
        """
        if not symbols:
            return {}
        weight = _ONE_PRICE_WEIGHT if len(symbols) == 1 else _PRICES_WEIGHT
        asked = {} if len(symbols) > NAMED_MAX else _listed(symbols)
        with as_market_data_error():
            try:
                body, said_at = self._client.read("/ticker/price", asked, weight=weight)
            except UnknownSymbol:
                if len(symbols) == 1:
                    return {}
                body, said_at = self._client.read("/ticker/price", {}, weight=_PRICES_WEIGHT)
            found = parse_prices(body)
        return {
            symbol: CoinPrice(symbol=symbol, price=found[symbol], as_of=said_at)
            for symbol in symbols
            if symbol in found
        }

    def filters(self, symbols: Sequence[str]) -> Mapping[str, SymbolFilters]:
        """Read filters of 100 pairs a call; where one of them is unknown, each by itself."""
        if not symbols:
            return {}
        if len(symbols) > NAMED_MAX:
            return {**self.filters(symbols[:NAMED_MAX]), **self.filters(symbols[NAMED_MAX:])}
        with as_market_data_error():
            try:
                body, _ = self._client.read("/exchangeInfo", _listed(symbols), weight=FILTERS_WEIGHT)
                return parse_filters(body)
            except UnknownSymbol:
                if len(symbols) == 1:
                    return {}
        found: dict[str, SymbolFilters] = {}
        for symbol in symbols:
            found.update(self.filters([symbol]))
        return found


def _listed(symbols: Sequence[str]) -> dict[str, str]:
    if len(symbols) == 1:
        return {"symbol": symbols[0]}
    return {"symbols": json.dumps(list(symbols), separators=(",", ":"))}

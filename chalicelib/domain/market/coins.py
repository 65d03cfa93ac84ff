"""Coins as an exchange shows them: what was traded last, and candles in UTC (C-05, C-06)."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain.market.candles import Candle


class CoinPrice(NamedTuple):
    """What a coin was last traded at, in the money it is quoted in; `as_of` is when the exchange said so.

    `source` names another one than the exchange asked, which is so many seconds behind by design.
    """

    symbol: str
    price: Decimal
    as_of: datetime
    source: str | None = None
    delay_seconds: int = 0


class CoinCandle(NamedTuple):
    """Trades of [starts_at, ends_at), aware UTC; volume in coins. A tuple: scans read thousands."""

    starts_at: datetime
    ends_at: datetime
    opening: Decimal
    high: Decimal
    low: Decimal
    closing: Decimal
    volume: Decimal


def candle_of(candle: CoinCandle) -> Candle:
    """Return a coin's candle in the words of all others, which count whole numbers."""
    return Candle(
        starts_at=candle.starts_at,
        ends_at=candle.ends_at,
        open=candle.opening,
        high=candle.high,
        low=candle.low,
        close=candle.closing,
        volume=int(candle.volume),
    )

"""Coins as an exchange shows them: what was traded last, and candles in UTC (C-05, C-06)."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class CoinPrice(NamedTuple):
    """What a coin was last traded at, in the money it is quoted in; `as_of` is when the exchange said so."""

    symbol: str
    price: Decimal
    as_of: datetime


class CoinCandle(NamedTuple):
    """Trades of [starts_at, ends_at), aware UTC; volume in coins. A tuple: scans read thousands."""

    starts_at: datetime
    ends_at: datetime
    opening: Decimal
    high: Decimal
    low: Decimal
    closing: Decimal
    volume: Decimal

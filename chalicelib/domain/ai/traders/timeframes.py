"""The lengths of candles that traders look at; candles begin at multiples of their length in UTC (C-01)."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Timeframe(StrEnum):
    """As exchanges write them."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def length(self) -> timedelta:
        """Return how long a candle lasts."""
        return _LENGTHS[self]

    def closed_at(self, at: datetime) -> datetime:
        """Return when the last candle until `at` (inclusive) closed."""
        return at - (at - _EPOCH) % self.length

    def next_close(self, at: datetime) -> datetime:
        """Return when the candle that is being made at `at` closes."""
        return self.closed_at(at) + self.length

    def closes_at(self, at: datetime) -> bool:
        """Say whether a candle of this length closes at an instant."""
        return self.closed_at(at) == at


_LENGTHS: Final = {
    Timeframe.M1: timedelta(minutes=1),
    Timeframe.M5: timedelta(minutes=5),
    Timeframe.M15: timedelta(minutes=15),
    Timeframe.H1: timedelta(hours=1),
    Timeframe.H4: timedelta(hours=4),
    Timeframe.D1: timedelta(days=1),
}

"""Closed candles that this container has read: what closed stays as it was, so one call serves all (C-05).

Sixty decisions at one close look at the same few coins; whoever comes first reads, the others wait for it.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Final, NamedTuple

from chalicelib.domain.ai.candles import Series
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.market.coins import CoinCandle

#: A thousand candles take about half a megabyte.
SERIES_MAX: Final = 96


class SeriesKey(NamedTuple):
    """A coin's candles of one length up to a close."""

    symbol: str
    timeframe: Timeframe
    closed_at: datetime


class KeptCandles:
    """Series by their last close; the ones that nobody asked for longest go first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[SeriesKey, Series] = OrderedDict()
        self._reading: dict[SeriesKey, Lock] = {}

    def read(self, key: SeriesKey, read: Callable[[], Sequence[CoinCandle]]) -> Series:
        """Return a series; one that does not reach its close is asked for again by whoever comes next."""
        with self._lock:
            turn = self._reading.setdefault(key, Lock())
        try:
            with turn:
                found = self._find(key)
                if found is None:
                    found = Series(read())
                    if found.candles and found.candles[-1].ends_at == key.closed_at:
                        self._keep(key, found)
                return found
        finally:
            with self._lock:
                self._reading.pop(key, None)

    def _find(self, key: SeriesKey) -> Series | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: SeriesKey, found: Series) -> None:
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > SERIES_MAX:
                self._kept.popitem(last=False)

"""Closed candles as of one close, each symbol and length read once for whoever needs it (C-05).

A candle counts once it closed: what the exchange is still making is not in a series, and a series whose last
candle is not the one that closed is not told at all.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from chalicelib.domain.ai.candles import Series
from chalicelib.domain.ai.filters.series import CandleArrays
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.market.coins import CoinCandle
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.marketdata.kept_candles import SeriesKey
from chalicelib.services.environment import Environment
from chalicelib.vendors.deadline import Deadline

_LOG: Final = logging.getLogger("papertape.ai")
#: As many as one call brings, for every reader alike: what an average says must not depend on who else asks.
CANDLES: Final = 1000
#: The exchange's clock may be a little behind ours: what it was still making is asked for once more.
_LATE_SECONDS: Final = 2.0

Pair = tuple[str, Timeframe]


class CandleBook:
    """The last closed candles of pairs as of `at`; what cannot be read is not in it."""

    def __init__(
        self,
        env: Environment,
        at: datetime,
        *,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.ENTRY,
    ) -> None:
        self._env = env
        self._at = at
        self._market = env.coin_market.within(deadline, purpose)
        self._asked: dict[Pair, Series] = {}

    def read(self, pairs: Iterable[Pair]) -> None:
        """Read what was not asked for before, side by side."""
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._asked]
        self._ask(new)
        late = [pair for pair in new if self._asked[pair].candles and not self._is_whole(pair)]
        if late:
            self._env.clock.sleep(_LATE_SECONDS)
            self._ask(late)

    def series(self, symbol: str, timeframe: Timeframe) -> Series:
        """Return closed candles, oldest first; none where they are not known up to the last close."""
        pair = (symbol, timeframe)
        return self._asked[pair] if pair in self._asked and self._is_whole(pair) else Series()

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[CoinCandle, ...]:
        """Return the same as they are."""
        return self.series(symbol, timeframe).candles

    def arrays(self) -> dict[Pair, CandleArrays]:
        """Return everything that is known, as indicators read it."""
        return {pair: series.arrays for pair, series in self._asked.items() if self._is_whole(pair)}

    def missing(self) -> list[Pair]:
        """Return what was asked for and is not known."""
        return [pair for pair in self._asked if not self._is_whole(pair)]

    def _is_whole(self, pair: Pair) -> bool:
        candles = self._asked[pair].candles
        return bool(candles) and candles[-1].ends_at == pair[1].closed_at(self._at)

    def _ask(self, pairs: Sequence[Pair]) -> None:
        found = self._env.side_by_side.each([partial(self._read, *pair) for pair in pairs])
        self._asked.update(zip(pairs, found, strict=True))

    def _read(self, symbol: str, timeframe: Timeframe) -> Series:
        until = timeframe.closed_at(self._at)
        start = until - CANDLES * timeframe.length
        key = SeriesKey(symbol, timeframe, until)
        try:
            return self._env.kept_candles.read(
                key, lambda: self._market.candles(symbol, timeframe, start, until)
            )
        except MarketDataError as error:
            _LOG.warning("candles of %s, %s: %s", symbol, timeframe.value, error.reason)
            return Series()

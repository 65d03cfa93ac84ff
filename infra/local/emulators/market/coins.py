"""Coins as an exchange of them sees its own market: pairs, prices second by second, candles in UTC."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.serving.kept import Kept

DAY_SECONDS: Final = 86_400
#: 60 KB each of a day in minutes; longer candles take less.
CANDLE_DAYS_KEPT: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A pair that trades against USDT; its volatility is a yearly fraction, its volume in `base` a day."""

    symbol: str
    base: str
    base_price: float
    volatility: float
    correlation: float
    decimals: int
    average_volume: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairQuote:
    """A pair at an instant: the last price, and the best bid and ask."""

    last: float
    bid: float
    ask: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """What traded in a span from `at` (aware UTC, inclusive); volume in the pair's base."""

    at: datetime
    opening: float
    high: float
    low: float
    closing: float
    volume: float


class CoinPrices(ABC):
    """Prices of pairs, one second apart."""

    def __init__(self) -> None:
        self._candle_days: Kept[tuple[str, date, int], tuple[Candle, ...]] = Kept(CANDLE_DAYS_KEPT)

    @property
    @abstractmethod
    def revision(self) -> int:
        """Return a number that changes whenever somebody has moved a price by hand."""

    @abstractmethod
    def pairs(self) -> Sequence[Pair]:
        """Return every pair."""

    @abstractmethod
    def pair(self, symbol: str) -> Pair:
        """Return one pair; KeyError for an unknown one."""

    @abstractmethod
    def grid(self, symbol: str, day: date) -> Array | None:
        """Return a UTC day's prices, one a second; None where nothing is known of the day."""

    @abstractmethod
    def volumes(self, symbol: str, day: date, span: int) -> Array:
        """Return what traded in each span of seconds of a day, in the pair's base."""

    def quote(self, symbol: str, at: datetime) -> PairQuote:
        """Return what a pair is quoted at; KeyError for an unknown pair."""
        pair, second = self.pair(symbol), int(at.timestamp())
        last = self.price(symbol, at)
        tick = 10.0**-pair.decimals
        half = tick * (1 + second % 3)
        return PairQuote(
            last=last, bid=round(last - half, pair.decimals), ask=round(last + half, pair.decimals)
        )

    def price(self, symbol: str, at: datetime) -> float:
        """Return the last price at an instant; KeyError for an unknown pair or a day without any."""
        day = at.astimezone(UTC).date()
        grid = self.grid(symbol, day)
        if grid is None:
            raise KeyError(symbol)
        return float(grid[int(at.timestamp()) - first_second(day)])

    def candles(self, symbol: str, start: datetime, until: datetime, length: timedelta) -> list[Candle]:
        """Return candles of a length that divides a day, from the one that holds `start` up to an instant.

        The last is what has traded so far. A candle follows from the seconds alone.
        """
        span = int(length.total_seconds())
        first, last = int(start.timestamp()) // span * span, int(until.timestamp())
        found: list[Candle] = []
        day = datetime.fromtimestamp(first, UTC).date()
        while first_second(day) <= last:
            found.extend(self._candles_of_day(symbol, day, span, first, last))
            day += timedelta(days=1)
        return found

    def daily(self, symbol: str, day: date, until: datetime) -> Candle | None:
        """Return the candle of a UTC day up to an instant; None when it has not begun or is not known."""
        begun = datetime.combine(day, datetime.min.time(), UTC)
        if begun > until:
            return None
        end = min(until, begun + timedelta(seconds=DAY_SECONDS - 1))
        found = self.candles(symbol, begun, end, timedelta(days=1))
        return found[0] if found else None

    def stretch(self, symbol: str, first: int, last: int) -> Array:
        """Return the prices from one second to another (since 1970), both inclusive, as far as known."""
        parts = []
        day = datetime.fromtimestamp(first, UTC).date()
        while first_second(day) <= last:
            grid, begun = self.grid(symbol, day), first_second(day)
            if grid is not None:
                parts.append(grid[max(0, first - begun) : last - begun + 1])
            day += timedelta(days=1)
        return np.concatenate(parts) if parts else np.zeros(0)

    def forget_candles(self, symbol: str, day: date) -> None:
        """Give up the candles of a pair from a day on, which may have changed."""
        self._candle_days.forget(lambda key: key[0] == symbol and key[1] >= day)

    def _candles_of_day(self, symbol: str, day: date, span: int, first: int, last: int) -> list[Candle]:
        whole, begun = self._whole(symbol, day, span), first_second(day)
        if whole is None:
            return []
        number = (last + 1 - begun) // span
        found = list(whole[max(0, (first - begun) // span) : number])
        if number < len(whole) and begun + number * span <= last:
            seen = self.stretch(symbol, begun + number * span, last)
            extremes = (float(seen[0]), float(seen.max()), float(seen.min()), float(seen[-1]))
            volume = round(whole[number].volume * len(seen) / span, 3)
            found.append(_candle(begun + number * span, *extremes, volume))
        return found

    def _whole(self, symbol: str, day: date, span: int) -> tuple[Candle, ...] | None:
        """Return a day's candles, also those to come."""
        known = self._candle_days.get((symbol, day, span))
        if known is not None:
            return known
        grid = self.grid(symbol, day)
        if grid is None:
            return None
        spans = grid.reshape(-1, span)
        rows = np.column_stack(
            (spans[:, 0], spans.max(axis=1), spans.min(axis=1), spans[:, -1], self.volumes(symbol, day, span))
        )
        begun = first_second(day)
        candles = tuple(_candle(begun + number * span, *row) for number, row in enumerate(rows.tolist()))
        return self._candle_days.keep((symbol, day, span), candles)


def _candle(second: int, opening: float, high: float, low: float, closing: float, volume: float) -> Candle:
    return Candle(
        at=datetime.fromtimestamp(second, UTC),
        opening=opening,
        high=high,
        low=low,
        closing=closing,
        volume=volume,
    )


def first_second(day: date) -> int:
    """Return when a UTC day begins, in seconds since 1970."""
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp())

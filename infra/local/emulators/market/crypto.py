"""Crypto prices, at all hours of all days, by the same seed and the same hand as the rest of the market.

A pair's raw price follows from (seed, symbol, date) alone: closes of UTC days revert slowly to the base
price, and each day is a Brownian bridge between two of them, one second apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.paths import BLOCK, REVERSION, YEAR_DAYS, Bend
from infra.local.emulators.market.seeds import generator
from infra.local.emulators.serving.kept import Kept

DAY_SECONDS: Final = 86_400
#: 700 KB each.
DAYS_KEPT: Final = 32
REMEMBERED_DAYS: Final = 15
_WHOLE_CRYPTO: Final = "*crypto"
_WEIGHTS: Final[Array] = REVERSION ** np.arange(BLOCK - 1, -1, -1, dtype=np.float64)


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


_LIST: Final = (
    Pair(
        symbol="BTCUSDT",
        base="BTC",
        base_price=96_000.0,
        volatility=0.45,
        correlation=0.9,
        decimals=2,
        average_volume=24_000.0,
    ),
    Pair(
        symbol="ETHUSDT",
        base="ETH",
        base_price=3_300.0,
        volatility=0.6,
        correlation=0.85,
        decimals=2,
        average_volume=420_000.0,
    ),
    Pair(
        symbol="SOLUSDT",
        base="SOL",
        base_price=190.0,
        volatility=0.8,
        correlation=0.75,
        decimals=2,
        average_volume=3_800_000.0,
    ),
    Pair(
        symbol="BNBUSDT",
        base="BNB",
        base_price=690.0,
        volatility=0.5,
        correlation=0.75,
        decimals=2,
        average_volume=310_000.0,
    ),
    Pair(
        symbol="ADAUSDT",
        base="ADA",
        base_price=0.95,
        volatility=0.85,
        correlation=0.7,
        decimals=4,
        average_volume=160_000_000.0,
    ),
)
PAIRS: Final = MappingProxyType({pair.symbol: pair for pair in _LIST})


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


class CryptoPrices:
    """Prices of all pairs, second by second."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._bends: dict[str, list[Bend]] = {}
        self._shocks: Kept[tuple[str, int], Array] = Kept(4 * len(PAIRS))
        self._raw: Kept[tuple[str, date], Array] = Kept(DAYS_KEPT)
        self._days: Kept[tuple[str, date], Array] = Kept(DAYS_KEPT)

    def quote(self, symbol: str, at: datetime) -> PairQuote:
        """Return what a pair is quoted at; KeyError for an unknown pair."""
        pair, second = PAIRS[symbol], int(at.timestamp())
        last = self.price(symbol, at)
        tick = 10.0**-pair.decimals
        half = tick * (1 + second % 3)
        return PairQuote(
            last=last, bid=round(last - half, pair.decimals), ask=round(last + half, pair.decimals)
        )

    def price(self, symbol: str, at: datetime) -> float:
        """Return the last price at an instant; KeyError for an unknown pair."""
        day = at.astimezone(UTC).date()
        return float(self._grid(symbol, day)[int(at.timestamp()) - _first_second(day)])

    def candles(self, symbol: str, start: datetime, until: datetime, length: timedelta) -> list[Candle]:
        """Return candles of a length that divides a day, from the one that holds `start` up to an instant.

        The last is what has traded so far. A candle follows from the seconds alone.
        """
        span = int(length.total_seconds())
        second = int(start.timestamp()) // span * span
        last = int(until.timestamp())
        found = []
        while second <= last:
            found.append(self._candle(symbol, second, min(second + span - 1, last), span))
            second += span
        return found

    def daily(self, symbol: str, day: date, until: datetime) -> Candle | None:
        """Return the candle of a UTC day up to an instant; None when it has not begun.

        Of days long past only open and close are those of the path, as with shares.
        """
        begun = datetime.combine(day, datetime.min.time(), UTC)
        if begun > until:
            return None
        is_bent = any(
            bend.seconds[0] < _first_second(day) + DAY_SECONDS for bend in self._bends.get(symbol, ())
        )
        if is_bent or (until.date() - day).days <= REMEMBERED_DAYS:
            end = min(int(until.timestamp()), _first_second(day) + DAY_SECONDS - 1)
            return self._candle(symbol, _first_second(day), end, DAY_SECONDS)
        pair = PAIRS[symbol]
        opening, closing = self._close(symbol, day - timedelta(days=1)), self._close(symbol, day)
        drawn = generator(self._seed, symbol, "bar", day.toordinal()).random(3)
        reach = pair.volatility / np.sqrt(YEAR_DAYS) * 0.5
        return Candle(
            at=begun,
            opening=round(opening, pair.decimals),
            high=round(max(opening, closing) * (1 + reach * float(drawn[0])), pair.decimals),
            low=round(min(opening, closing) * (1 - reach * float(drawn[1])), pair.decimals),
            closing=round(closing, pair.decimals),
            volume=round(pair.average_volume * (0.7 + 0.6 * float(drawn[2])), 3),
        )

    def bend(self, symbol: str, points: Sequence[tuple[float, float]], at: datetime) -> None:
        """Lead a pair from an instant through (seconds from then, price) in straight lines."""
        start = int(at.timestamp())
        corners = [(start + round(second), price) for second, price in points]
        if corners[0][0] > start:
            corners.insert(0, (start, self.price(symbol, at)))
        end, price = corners[-1]
        day = datetime.fromtimestamp(end, UTC).date()
        raw = float(self._raw_grid(symbol, day)[end - _first_second(day)])
        seconds, prices = zip(*corners, strict=True)
        self._bends.setdefault(symbol, []).append(Bend(seconds=seconds, prices=prices, factor=price / raw))
        begun = at.astimezone(UTC).date()
        self._days.forget(lambda key: key[0] == symbol and key[1] >= begun)

    def bends(self) -> dict[str, list[Bend]]:
        """Return how the prices have been bent, by symbol."""
        return {symbol: list(bends) for symbol, bends in self._bends.items()}

    def restore(self, bends: Mapping[str, Sequence[Bend]]) -> None:
        """Bend the prices as they were bent in a former run."""
        self._bends = {symbol: list(kept) for symbol, kept in bends.items()}
        self._days.clear()

    def _candle(self, symbol: str, first: int, last: int, span: int) -> Candle:
        pair = PAIRS[symbol]
        day = datetime.fromtimestamp(first, UTC).date()
        begun = _first_second(day)
        seen = self._grid(symbol, day)[first - begun : last - begun + 1]
        drawn = float(generator(self._seed, symbol, "volume", first, span).random())
        share = len(seen) / DAY_SECONDS * (0.7 + 0.6 * drawn)
        return Candle(
            at=datetime.fromtimestamp(first, UTC),
            opening=float(seen[0]),
            high=float(seen.max()),
            low=float(seen.min()),
            closing=float(seen[-1]),
            volume=round(pair.average_volume * share, 3),
        )

    def _grid(self, symbol: str, day: date) -> Array:
        known = self._days.get((symbol, day))
        if known is not None:
            return known
        raw = self._raw_grid(symbol, day)
        grid = raw.copy()
        for bend in self._bends.get(symbol, ()):
            bend.lay_over(grid, raw, _first_second(day))
        pair = PAIRS[symbol]
        grid = np.maximum(np.round(grid, pair.decimals), 10.0**-pair.decimals)
        grid.flags.writeable = False
        return self._days.keep((symbol, day), grid)

    def _raw_grid(self, symbol: str, day: date) -> Array:
        known = self._raw.get((symbol, day))
        if known is not None:
            return known
        pair = PAIRS[symbol]
        opening, closing = np.log([self._close(symbol, day - timedelta(days=1)), self._close(symbol, day)])
        step = pair.volatility / np.sqrt(YEAR_DAYS * DAY_SECONDS)
        drawn = generator(self._seed, symbol, "second", day.toordinal()).standard_normal(DAY_SECONDS)
        walk = np.cumsum(step * drawn)
        elapsed = np.linspace(0.0, 1.0, DAY_SECONDS)
        grid: Array = np.exp(
            opening + elapsed * (closing - opening) + walk - walk[0] - elapsed * (walk[-1] - walk[0])
        )
        return self._raw.keep((symbol, day), grid)

    def _close(self, symbol: str, day: date) -> float:
        block, offset = divmod(day.toordinal(), BLOCK)
        shocks = np.concatenate((self._shock_block(symbol, block - 1), self._shock_block(symbol, block)))
        recent = shocks[offset + 1 : offset + BLOCK + 1]
        return PAIRS[symbol].base_price * float(np.exp(recent @ _WEIGHTS))

    def _shock_block(self, symbol: str, block: int) -> Array:
        known = self._shocks.get((symbol, block))
        if known is not None:
            return known
        pair = PAIRS[symbol]
        own = generator(self._seed, symbol, "daily", block).standard_normal(BLOCK)
        common = generator(self._seed, _WHOLE_CRYPTO, "daily", block).standard_normal(BLOCK)
        mixed = pair.correlation * common + np.sqrt(1 - pair.correlation**2) * own
        return self._shocks.keep((symbol, block), pair.volatility / np.sqrt(YEAR_DAYS) * mixed)


def _first_second(day: date) -> int:
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp())

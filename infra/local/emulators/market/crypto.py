"""Crypto prices, at all hours of all days, by the same seed and the same hand as the rest of the market.

A pair's raw price follows from (seed, symbol, date) alone: closes of UTC days revert slowly to the base
price, and each day is a Brownian bridge between two of them, one second apart.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.coins import DAY_SECONDS, Candle, CoinPrices, Pair, first_second
from infra.local.emulators.market.paths import BLOCK, REVERSION, YEAR_DAYS, Bend
from infra.local.emulators.market.seeds import generator
from infra.local.emulators.serving.kept import Kept

#: 700 KB each.
DAYS_KEPT: Final = 32
REMEMBERED_DAYS: Final = 15
_WHOLE_CRYPTO: Final = "*crypto"
_WEIGHTS: Final[Array] = REVERSION ** np.arange(BLOCK - 1, -1, -1, dtype=np.float64)


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


class CryptoPrices(CoinPrices):
    """Prices of all simulated pairs."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed
        self._revision = 0
        self._bends: dict[str, list[Bend]] = {}
        self._shocks: Kept[tuple[str, int], Array] = Kept(4 * len(PAIRS))
        self._common: Kept[date, Array] = Kept(DAYS_KEPT // len(PAIRS))
        self._raw: Kept[tuple[str, date], Array] = Kept(DAYS_KEPT)
        self._days: Kept[tuple[str, date], Array] = Kept(DAYS_KEPT)

    @property
    def revision(self) -> int:
        """Return a number that changes whenever somebody has moved a price by hand."""
        return self._revision

    def pairs(self) -> Sequence[Pair]:
        """Return every pair."""
        return _LIST

    def pair(self, symbol: str) -> Pair:
        """Return one pair; KeyError for an unknown one."""
        return PAIRS[symbol]

    def volumes(self, symbol: str, day: date, span: int) -> Array:
        """Return what trades in each span of seconds of a day, around the pair's usual."""
        drawn = generator(self._seed, symbol, "volume", day.toordinal(), span).random(DAY_SECONDS // span)
        usual = PAIRS[symbol].average_volume * span / DAY_SECONDS
        volumes: Array = np.round(usual * (0.7 + 0.6 * drawn), 3)
        return volumes

    def daily(self, symbol: str, day: date, until: datetime) -> Candle | None:
        """Return the candle of a UTC day up to an instant; None when it has not begun.

        Of days long past only open and close are those of the path, as with shares.
        """
        begun = datetime.combine(day, datetime.min.time(), UTC)
        if begun > until:
            return None
        is_bent = any(
            bend.seconds[0] < first_second(day) + DAY_SECONDS for bend in self._bends.get(symbol, ())
        )
        if is_bent or (until.date() - day).days <= REMEMBERED_DAYS:
            return super().daily(symbol, day, until)
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
        raw = float(self._raw_grid(symbol, day)[end - first_second(day)])
        seconds, prices = zip(*corners, strict=True)
        self._bends.setdefault(symbol, []).append(Bend(seconds=seconds, prices=prices, factor=price / raw))
        begun = at.astimezone(UTC).date()
        self._days.forget(lambda key: key[0] == symbol and key[1] >= begun)
        self.forget_candles(symbol, begun)
        self._revision += 1

    def bends(self) -> dict[str, list[Bend]]:
        """Return how the prices have been bent, by symbol."""
        return {symbol: list(bends) for symbol, bends in self._bends.items()}

    def restore(self, bends: Mapping[str, Sequence[Bend]]) -> None:
        """Bend the prices as they were bent in a former run."""
        self._bends = {symbol: list(kept) for symbol, kept in bends.items()}
        self._days.clear()
        self._candle_days.clear()
        self._revision += 1

    def grid(self, symbol: str, day: date) -> Array:
        """Return a UTC day's prices, one a second, those to come too."""
        known = self._days.get((symbol, day))
        if known is not None:
            return known
        raw = self._raw_grid(symbol, day)
        grid = raw.copy()
        for bend in self._bends.get(symbol, ()):
            bend.lay_over(grid, raw, first_second(day))
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
        own = generator(self._seed, symbol, "second", day.toordinal()).standard_normal(DAY_SECONDS)
        drawn = pair.correlation * self._common_noise(day) + np.sqrt(1 - pair.correlation**2) * own
        walk = np.cumsum(step * drawn)
        elapsed = np.linspace(0.0, 1.0, DAY_SECONDS)
        grid: Array = np.exp(
            opening + elapsed * (closing - opening) + walk - walk[0] - elapsed * (walk[-1] - walk[0])
        )
        return self._raw.keep((symbol, day), grid)

    def _common_noise(self, day: date) -> Array:
        """Return what moves all pairs alike within a day: hours of one follow those of another."""
        known = self._common.get(day)
        if known is not None:
            return known
        drawn = generator(self._seed, _WHOLE_CRYPTO, "second", day.toordinal()).standard_normal(DAY_SECONDS)
        return self._common.keep(day, drawn)

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

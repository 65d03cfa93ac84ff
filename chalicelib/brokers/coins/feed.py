"""Where the paper exchange of coins gets its prices; `marketdata/coin_feeds.py` has the real ones."""

from typing import Protocol

from chalicelib.domain.market.coins import CoinPrice


class CoinFeed(Protocol):
    """Prices as they stand; what cannot be read is None, and then nothing fills on it."""

    @property
    def source(self) -> str:
        """Name the source as fills record it."""
        ...

    def price(self, symbol: str) -> CoinPrice | None:
        """Return what a coin was last traded at; never raises."""
        ...

"""What coins are worth while their exchange does not answer: shown, and never traded on (C-06).

CoinGecko's public call of simple prices, without a key: one call for all coins, and what it tells is up to a
minute old. Its client is imported at the first question.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from chalicelib.domain.market.coins import CoinPrice
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import CallBudget, CallLimits
from chalicelib.vendors.http import HttpPool

if TYPE_CHECKING:
    from chalicelib.marketdata.coingecko_client import CoinGeckoClient

SOURCE: Final = "coingecko"
#: Without a key it lets five to fifteen calls a minute through, by its load; a tick makes one.
COINGECKO_LIMITS: Final = CallLimits(exits=5, orders=5, market_data=5, browsing=3, background=3)


class SpareCoins(Protocol):
    """A second source of coins' prices, beside the exchange where they trade."""

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Read what pairs are worth, by one call; unknown ones are left out. Raises MarketDataError."""
        ...


class NoSpareCoins:
    """A deployment without a second source."""

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Know none."""
        del symbols
        return {}


class CoinGecko:
    """CoinGecko's prices in dollars, taken for those in USDT."""

    def __init__(self, base_url: str, *, budget: CallBudget, clock: Clock, http: HttpPool) -> None:
        self._base_url = base_url
        self._budget = budget
        self._clock = clock
        self._http = http

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Read what pairs are worth, by one call; unknown ones are left out. Raises MarketDataError."""
        return self._open().prices(symbols)

    def _open(self) -> "CoinGeckoClient":
        from chalicelib.marketdata.coingecko_client import CoinGeckoClient

        return CoinGeckoClient(self._base_url, budget=self._budget, clock=self._clock, http=self._http)

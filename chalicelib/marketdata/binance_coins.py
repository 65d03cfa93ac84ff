"""Binance's coins for whoever asks; its client is imported at the first question."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle, CoinPrice
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.interface import Purpose
from chalicelib.marketdata.selection import URGENCY
from chalicelib.vendors.budget import CallBudget, PurposeBudget
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool

if TYPE_CHECKING:
    from chalicelib.marketdata.binance_data import BinanceData

SOURCE: Final = "binance"


class BinanceCoins:
    """The exchange's public data at one address: no key, the same for all users."""

    def __init__(
        self,
        base_url: str,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.MARKS,
    ) -> None:
        self._base_url = base_url
        self._budget = budget
        self._clock = clock
        self._http = http
        self._deadline = deadline
        self._purpose = purpose

    @property
    def source(self) -> str:
        """Name the source."""
        return SOURCE

    def filters(self, symbols: Sequence[str]) -> Mapping[str, SymbolFilters]:
        """Read filters; a symbol that is unknown, or does not trade, is left out."""
        return self._open().filters(symbols)

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Read last prices by one call; unknown symbols are left out."""
        return self._open().prices(symbols)

    def candles(
        self, symbol: str, timeframe: Timeframe, starts_at: datetime, ends_at: datetime
    ) -> tuple[CoinCandle, ...]:
        """Read closed candles, 1,000 a call; raises NoHistory for an unknown symbol."""
        return self._open().candles(symbol, timeframe, starts_at, ends_at)

    def within(self, deadline: Deadline | None, purpose: Purpose = Purpose.MARKS) -> "BinanceCoins":
        """Return the same exchange for calls that end before `deadline` and take what `purpose` may."""
        return BinanceCoins(
            self._base_url,
            budget=self._budget,
            clock=self._clock,
            http=self._http,
            deadline=deadline,
            purpose=purpose,
        )

    def _open(self) -> "BinanceData":
        from chalicelib.marketdata.binance_client import BinanceClient
        from chalicelib.marketdata.binance_data import BinanceData

        return BinanceData(
            BinanceClient(
                self._base_url,
                budget=PurposeBudget(self._budget, URGENCY[self._purpose], None),
                clock=self._clock,
                http=self._http,
                deadline=self._deadline,
            )
        )

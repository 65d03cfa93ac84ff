"""An exchange of coins as a test wants it: straight prices, a clock of its own, every call noted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle, CoinPrice
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.vendors.deadline import Deadline

#: A candle's close, by the instant it closed at.
Closes = Callable[[datetime], Decimal]


class Coins:
    """Candles whose closes a function says; what ends after the exchange's own now is not among them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.closes: dict[str, Closes] = {}
        self.refusing: set[str] = set()
        self.behind = timedelta(0)
        self.calls: list[tuple[str, Timeframe, datetime, datetime]] = []

    @property
    def source(self) -> str:
        """Name the source."""
        return "test"

    def filters(self, symbols: Sequence[str]) -> Mapping[str, SymbolFilters]:
        """Return nothing."""
        del symbols
        return {}

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Return nothing."""
        del symbols
        return {}

    def candles(
        self, symbol: str, timeframe: Timeframe, starts_at: datetime, ends_at: datetime
    ) -> tuple[CoinCandle, ...]:
        """Return what has closed by the exchange's clock."""
        self.calls.append((symbol, timeframe, starts_at, ends_at))
        if symbol in self.refusing or symbol not in self.closes:
            raise MarketDataError("refused")
        now = self._now() - self.behind
        found = []
        while starts_at < ends_at:
            closed_at = starts_at + timeframe.length
            if closed_at <= now:
                price = self.closes[symbol](closed_at)
                found.append(
                    CoinCandle(
                        starts_at=starts_at,
                        ends_at=closed_at,
                        opening=price,
                        high=price,
                        low=price,
                        closing=price,
                        volume=Decimal(1),
                    )
                )
            starts_at = closed_at
        return tuple(found)

    def within(self, deadline: Deadline | None, purpose: Purpose = Purpose.MARKS) -> "Coins":
        """Return itself."""
        del deadline, purpose
        return self

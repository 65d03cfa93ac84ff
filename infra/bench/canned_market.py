"""Quotes that are there already: a vendor that takes no time, or as long as it is told to."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, cast

from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import Chain, MarketData

SOURCE: Final = "bench"


def quote_of(symbol: str, number: int, at: datetime) -> OptionQuote:
    """Return a two-sided quote; `number` makes it differ from others."""
    bid = Decimal(200 + number % 300) / 100
    return OptionQuote(
        symbol=symbol,
        bid=bid,
        ask=bid + Decimal("0.10"),
        bid_size=10 + number % 40,
        ask_size=10 + number % 30,
        last=bid + Decimal("0.05"),
        quoted_at=at,
        source=SOURCE,
        delay_seconds=0,
        volume=1_000 + number,
        open_interest=5_000 + number,
        delta=Decimal("0.4512"),
        gamma=Decimal("0.0213"),
        theta=Decimal("-0.0911"),
        vega=Decimal("0.1234"),
        iv=Decimal("0.3187"),
    )


class CannedMarket:
    """A source of quotes made beforehand; both the directory and the one source in it."""

    def __init__(
        self,
        quotes: Mapping[str, Mapping[str, OptionQuote]],
        underlying_price: Decimal,
        answer_seconds: float = 0.0,
    ) -> None:
        self._answer_seconds = answer_seconds
        self._chains = {
            underlying: Chain(underlying=underlying, underlying_price=underlying_price, quotes=of_one)
            for underlying, of_one in quotes.items()
        }
        self.calls = 0

    @property
    def source(self) -> str:
        return SOURCE

    @property
    def delay_seconds(self) -> int:
        return 0

    def for_user(self, username: str | None, **_: object) -> MarketData:
        """Return itself, whoever asks."""
        del username
        return cast("MarketData", self)  # all of it that a cycle asks for

    def serves_all(self) -> bool:
        """Say that no user's token is needed."""
        return True

    def serves_underlyings_to(self, username: str) -> bool:
        """Say that no user's token is needed for quotes of underlyings either."""
        del username
        return True

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        """Return all there is of an underlying, and count the call."""
        del symbols
        self.calls += 1
        if self._answer_seconds:
            time.sleep(self._answer_seconds)
        return self._chains[underlying]

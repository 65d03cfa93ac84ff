"""Where the paper broker gets its quotes and closing prices; `marketdata/paper_feed.py` is the real one."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from chalicelib.domain.market.quotes import OptionQuote


class QuoteFeed(Protocol):
    """Quotes as they stand; what cannot be read is left out, and then nothing fills on it."""

    def quotes(self, underlying: str, symbols: Sequence[str]) -> Mapping[str, OptionQuote]:
        """Return the quotes of these contracts; never raises."""
        ...

    def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Return the underlying's closing price of that day, None until it is there; never raises."""
        ...

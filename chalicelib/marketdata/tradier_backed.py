"""What a source of chains leaves to Tradier: candles, daily closes, earnings and dividends.

By the user's token or the operator's; without one there is no history, and no date of a company is known.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.market.candles import Candle, CandleMinutes
from chalicelib.marketdata.interface import MarketData, NoHistory


class TradierBacked:
    """Base of sources with chains of their own; `_underlyings` is Tradier, None where there is no token."""

    def __init__(self, source: str, underlyings: Callable[[], MarketData | None], *, no_history: str) -> None:
        """`underlyings` is asked when first needed: most work is chains alone, and opening a token costs.

        `no_history` says why there is none without a token.
        """
        self._source = source
        self._underlyings_of = underlyings
        self._no_history = no_history

    @cached_property
    def _underlyings(self) -> MarketData | None:
        return self._underlyings_of()

    @property
    def source(self) -> str:
        """Name the source as snapshots record it."""
        return self._source

    @property
    def underlyings_source(self) -> str:
        """Name the source of bars and of calendars."""
        return self._source if self._underlyings is None else self._underlyings.underlyings_source

    def candles(
        self, symbol: str, minutes: CandleMinutes, starts_at: datetime, ends_at: datetime
    ) -> tuple[Candle, ...]:
        """Return the candles that Tradier has."""
        return self._tradier().candles(symbol, minutes, starts_at, ends_at)

    def daily_closes(self, symbol: str, first: date, last: date) -> Mapping[date, Decimal]:
        """Return the daily closes that Tradier has, so that they go with the candles."""
        return self._tradier().daily_closes(symbol, first, last)

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        """Return Tradier's calendars; without a Tradier token nothing is known of them."""
        return {} if self._underlyings is None else self._underlyings.earnings(symbols)

    def dividends(self, symbols: Sequence[str]) -> Mapping[str, tuple[Dividend, ...]]:
        """Return Tradier's dividends; without a Tradier token nothing is known of them."""
        return {} if self._underlyings is None else self._underlyings.dividends(symbols)

    def _tradier(self) -> MarketData:
        """Return Tradier's; raises NoHistory where there is no token."""
        if self._underlyings is None:
            raise NoHistory(self._no_history)
        return self._underlyings

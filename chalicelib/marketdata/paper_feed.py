"""The paper broker's quotes, from the market data in use (A-12: prices come from the data source in use)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import MarketData, MarketDataError
from chalicelib.marketdata.leg_quotes import leg_quotes


class PaperFeed:
    """A feed over market data; a source that fails shows nothing for that moment, so nothing fills."""

    def __init__(self, market_data: MarketData) -> None:
        self._market_data = market_data

    def quotes(self, underlying: str, symbols: Sequence[str]) -> Mapping[str, OptionQuote]:
        """Return the quotes of these contracts and shares; none of those for which the source fails."""
        contracts = [symbol for symbol in symbols if symbol != underlying]
        shares = [symbol for symbol in symbols if symbol == underlying]
        return {**self._read(underlying, contracts), **self._read(underlying, shares)}

    def _read(self, underlying: str, symbols: Sequence[str]) -> Mapping[str, OptionQuote]:
        try:
            return leg_quotes(self._market_data, underlying, symbols).quotes if symbols else {}
        except MarketDataError:
            return {}

    def official_close(self, underlying: str, day: date) -> Decimal | None:
        """Return the closing price of that day, None until it is there or when the source fails."""
        try:
            return self._market_data.official_close(underlying, day)
        except MarketDataError:
            return None

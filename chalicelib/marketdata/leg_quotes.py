"""Quotes of what trades hold, options and shares alike, from one source."""

from collections.abc import Sequence

from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import Chain, MarketData, UnderlyingQuote


def leg_quotes(source: MarketData, ticker: str, symbols: Sequence[str]) -> Chain:
    """Read the quotes of legs of one underlying; a leg of shares has its ticker for a symbol.

    Raises MarketDataError. Shares are asked for apart, so legs that must not share a failure ask apart too.
    """
    contracts = [symbol for symbol in symbols if symbol != ticker]
    chain = Chain(underlying=ticker, underlying_price=None, quotes={})
    if contracts:
        chain = source.option_quotes(ticker, contracts)
    if len(contracts) == len(symbols):
        return chain
    shares = next((one for one in source.underlying_quotes([ticker]) if one.symbol == ticker), None)
    if shares is None:
        return chain
    return Chain(
        underlying=ticker,
        underlying_price=shares.last,
        quotes={**chain.quotes, ticker: _quote_of_shares(shares)},
    )


def _quote_of_shares(shares: UnderlyingQuote) -> OptionQuote:
    """Return the quote in the words of legs: sides and time, and no Greeks."""
    return OptionQuote(
        symbol=shares.symbol,
        bid=shares.bid,
        ask=shares.ask,
        bid_size=None,
        ask_size=None,
        last=shares.last,
        quoted_at=shares.as_of,
        source=shares.source,
        delay_seconds=shares.delay_seconds,
    )

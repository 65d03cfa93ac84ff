"""Quotes, expiries and chains for the order ticket."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from chalicelib.api.shapes.values import number, seen_at, shape_list
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import UnderlyingQuote
from chalicelib.services.listing import Listing
from chalicelib.services.market.market_quotes import ChainListing


def shape_quotes(listing: Listing[UnderlyingQuote]) -> dict[str, JsonValue]:
    """Write quotes of underlyings."""
    return shape_list(listing, _quote_as_of(listing.as_of))


def _quote_as_of(read_at: datetime) -> Callable[[UnderlyingQuote], JsonValue]:
    def shape(quote: UnderlyingQuote) -> JsonValue:
        return {
            "symbol": quote.symbol,
            "last": number(quote.last),
            "bid": number(quote.bid),
            "ask": number(quote.ask),
            "change_pct": number(quote.change_pct),
            "as_of": seen_at(quote.as_of, read_at),
            "delayed": quote.delayed,
        }

    return shape


def shape_expirations(listing: Listing[date]) -> dict[str, JsonValue]:
    """Write expiries as dates."""
    return shape_list(listing, date.isoformat)


def shape_chain(chain: ChainListing) -> dict[str, JsonValue]:
    """Write one expiry's contracts with their quotes."""
    return {
        **shape_list(chain, lambda listed: _option(*listed)),
        "underlying": chain.underlying,
        "underlying_price": number(chain.underlying_price),
        "expiry": chain.expiry.isoformat(),
        **_origin([quote for _, quote in chain.items], chain.as_of),
    }


def _origin(quotes: Sequence[OptionQuote], read_at: datetime) -> dict[str, JsonValue]:
    times = [quote.quoted_at for quote in quotes if quote.quoted_at is not None]
    return {
        "source": next((quote.source for quote in quotes), None),
        "delayed": any(quote.is_delayed for quote in quotes),
        "quoted_at": seen_at(max(times, default=None), read_at),
    }


def _option(contract: OptionContract, quote: OptionQuote) -> dict[str, JsonValue]:
    return {
        "symbol": quote.symbol,
        "root": contract.root,
        "multiplier": number(quote.multiplier),
        "option_type": contract.option_type.value,
        "strike": number(contract.strike),
        "bid": number(quote.bid),
        "ask": number(quote.ask),
        "mid": number(quote.mid),
        "last": number(quote.last),
        "volume": quote.volume,
        "open_interest": quote.open_interest,
        "delta": number(quote.delta),
        "gamma": number(quote.gamma),
        "theta": number(quote.theta),
        "vega": number(quote.vega),
        "iv": number(quote.iv),
    }

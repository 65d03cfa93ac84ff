"""Rows of `/strikes/options`: single contracts and plain underlyings, mixed (wire/orats.md, section 2)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import Contract, parse
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.orats.rows import updated_text, zulu

Row = Mapping[str, object]
_GREEKS: Final = ("gamma", "theta", "vega", "rho", "phi")


def option_rows(feed: Feed, symbols: list[str]) -> Iterator[Row]:
    """Yield a row for each symbol that is known; contracts are told by `optionSymbol`."""
    for symbol in symbols:
        contract = parse(symbol)
        row = _underlying(feed, symbol) if contract is None else _contract(feed, symbol, contract)
        if row is not None:
            yield row


def _underlying(feed: Feed, ticker: str) -> Row | None:
    quote = feed.market.stock_quote(ticker.replace("_", "/"), feed.at())
    if quote is None:
        return None
    quoted = datetime.fromtimestamp(quote.quoted_second, UTC)
    return {
        "ticker": ticker,
        "stockPrice": quote.last,
        "bid": quote.bid or 0.0,
        "ask": quote.ask or 0.0,
        "bidSize": quote.bid_size,
        "askSize": quote.ask_size,
        "volume": quote.volume,
        "quoteDate": zulu(quoted),
        "updatedAt": updated_text(quoted),
    }


def _contract(feed: Feed, symbol: str, contract: Contract) -> Row | None:
    found = feed.chain_of(contract)
    if found is None:
        return None
    chain, row = found
    side = chain.side(contract.right)
    quoted = datetime.fromtimestamp(chain.quoted_at(contract.right, row), UTC)
    day = new_york_date(quoted)
    return {
        "ticker": chain.instrument.symbol.replace("/", "_"),
        "optionSymbol": symbol,
        "tradeDate": day.isoformat(),
        "expirDate": chain.expiry.isoformat(),
        "dte": (chain.expiry - day).days + 1,
        "strike": float(chain.strikes[row]),
        "optionType": contract.right.title(),
        "stockPrice": chain.spot,
        "volume": int(side.volume[row]),
        "openInterest": int(side.open_interest[row]),
        "bidPrice": float(np.nan_to_num(side.bid[row])),
        "askPrice": float(np.nan_to_num(side.ask[row])),
        "optValue": float(side.value[row]),
        # A put's row shows its call's delta too.
        "delta": float(chain.greeks.delta[row]),
        **{name: float(getattr(chain.greeks, name)[row]) for name in _GREEKS},
        "quoteDate": zulu(quoted),
        "updatedAt": updated_text(quoted),
    }

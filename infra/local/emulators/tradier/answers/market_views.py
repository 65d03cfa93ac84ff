"""Quotes, chains and listings in Tradier's shape."""

from datetime import date

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.instruments import Kind
from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.occ import Right, contract_symbol, parse
from infra.local.emulators.market.quotes import StockQuote
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.tradier.answers.option_rows import expiration_type, option_rows
from infra.local.emulators.tradier.answers.wire import envelope


def quotes(feed: Feed, symbols: list[str], *, greeks: bool) -> dict[str, object]:
    """Answer `/markets/quotes`; what is not listed, or has expired, is unmatched."""
    rows: list[dict[str, object]] = []
    unmatched: list[str] = []
    for symbol in symbols:
        row = quote_row(feed, symbol, greeks=greeks)
        if row is None:
            unmatched.append(symbol)
        else:
            rows.append(row)
    body: dict[str, object] = {}
    if rows:
        body["quote"] = rows[0] if len(rows) == 1 else rows
    if unmatched:
        body["unmatched_symbols"] = {"symbol": unmatched[0] if len(unmatched) == 1 else unmatched}
    return {"quotes": body or None}


def quote_row(feed: Feed, symbol: str, *, greeks: bool) -> dict[str, object] | None:
    """Return one quote, None when the symbol is not known."""
    contract = parse(symbol)
    if contract is None:
        quote = feed.market.stock_quote(symbol, feed.at())
        return None if quote is None else _stock_row(quote)
    found = feed.chain_of(contract)
    if found is None:
        return None
    chain, row = found
    return option_rows(feed, chain, contract.right, [row], greeks=greeks)[0]


def chain_rows(feed: Feed, symbol: str, expiry: date, *, greeks: bool) -> dict[str, object]:
    """Answer `/markets/options/chains`: put and call of each strike, root by root."""
    instrument, found = feed.market.instrument(symbol), []
    if instrument is not None and expiry >= new_york_date(feed.market.now()):
        for root in roots_on(instrument, expiry):
            chain = feed.market.chain(symbol, expiry, feed.at(), root)
            if chain is not None:
                rows = list(range(len(chain.strikes)))
                puts = option_rows(feed, chain, Right.PUT, rows, greeks=greeks)
                calls = option_rows(feed, chain, Right.CALL, rows, greeks=greeks)
                found += [row for pair in zip(puts, calls, strict=True) for row in pair]
    return envelope("options", "option", found, None)


def expirations(
    feed: Feed, symbol: str, *, all_roots: bool, strikes: bool, size: bool, kind: bool
) -> dict[str, object]:
    """Answer `/markets/options/expirations`, as dates or as objects when anything more is asked for.

    Without `all_roots` only those of the root that is the symbol's own: of an index the monthlies.
    """
    today, instrument = new_york_date(feed.market.now()), feed.market.instrument(symbol)
    listed = [
        expiry
        for expiry in feed.market.expiries(symbol, today)
        if all_roots or (instrument is not None and instrument.roots[0] in roots_on(instrument, expiry))
    ]
    if not (strikes or size or kind):
        return envelope("expirations", "date", [expiry.isoformat() for expiry in listed], None)
    rows: list[dict[str, object]] = []
    for expiry in listed:
        row: dict[str, object] = {"date": expiry.isoformat()}
        if size:
            row["contract_size"] = 100
        if kind:
            row["expiration_type"] = expiration_type(expiry)
        if strikes:
            row["strikes"] = {"strike": feed.market.strikes(symbol, expiry, today).tolist()}
        rows.append(row)
    return envelope("expirations", "expiration", rows, None)


def strikes_of(feed: Feed, symbol: str, expiry: date) -> dict[str, object]:
    """Answer `/markets/options/strikes`."""
    listed = feed.market.strikes(symbol, expiry, new_york_date(feed.market.now()))
    return envelope("strikes", "strike", listed.tolist(), None)


def option_symbols(feed: Feed, underlying: str) -> dict[str, object]:
    """Answer `/markets/options/lookup`: here a list stays a list."""
    today = new_york_date(feed.market.now())
    instrument = feed.market.instrument(underlying)
    by_root: dict[str, list[str]] = {}
    for expiry in () if instrument is None else feed.market.expiries(underlying, today):
        assert instrument is not None
        for root in roots_on(instrument, expiry):
            by_root.setdefault(root, []).extend(
                contract_symbol(root, expiry, right, float(strike))
                for strike in feed.market.strikes(underlying, expiry, today)
                for right in Right
            )
    rows = [{"rootSymbol": root, "options": symbols} for root, symbols in by_root.items() if symbols]
    return {"symbols": rows or None}


def securities(feed: Feed, text: str, kinds: set[str], *, by_symbol: bool) -> dict[str, object]:
    """Answer `/markets/lookup` (by symbol) and `/markets/search` (by description), the busiest first."""
    wanted = text.upper()
    found = [
        instrument
        for instrument in feed.market.instruments()
        if (not kinds or instrument.kind in kinds)
        and (
            instrument.symbol.startswith(wanted)
            or (not by_symbol and wanted in instrument.description.upper())
        )
    ]
    found.sort(key=lambda instrument: -instrument.average_volume)
    rows = [
        {
            "symbol": instrument.symbol,
            "exchange": instrument.exchange,
            "type": instrument.kind,
            "description": instrument.description,
        }
        for instrument in found
    ]
    return envelope("securities", "security", rows, None)


def _stock_row(quote: StockQuote) -> dict[str, object]:
    instrument = quote.instrument
    change = round(quote.last - quote.previous_close, 2)
    index = instrument.kind is Kind.INDEX
    row: dict[str, object] = {
        "symbol": instrument.symbol,
        "description": instrument.description,
        "exch": instrument.exchange,
        "type": instrument.kind,
        "last": quote.last,
        "change": change,
        "volume": quote.volume,
        "open": quote.opening,
        "high": quote.high,
        "low": quote.low,
        "close": quote.closing,
        "bid": quote.bid or 0.0,
        "ask": quote.ask or 0.0,
        "change_percentage": round(100 * change / quote.previous_close, 2),
        "average_volume": instrument.average_volume,
        "last_volume": 0 if index else 100,
        "trade_date": quote.traded_second * 1000 + 214,
        "prevclose": quote.previous_close,
        "week_52_high": quote.year_high,
        "week_52_low": quote.year_low,
        "bidsize": quote.bid_size,
        "bidexch": "Q",
        "bid_date": quote.quoted_second * 1000,
        "asksize": quote.ask_size,
        "askexch": "Q",
        "ask_date": quote.quoted_second * 1000,
    }
    if instrument.optionable:
        row["root_symbols"] = ",".join(instrument.roots)
    return row

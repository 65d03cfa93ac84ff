"""Quotes, chains and listings in Tradier's shape."""

from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from infra.local.emulators.black_scholes import Array
from infra.local.emulators.feed import Feed
from infra.local.emulators.instruments import Kind
from infra.local.emulators.listing import is_monthly, root_on
from infra.local.emulators.occ import Right, contract_symbol, parse
from infra.local.emulators.quotes import Chain, StockQuote
from infra.local.emulators.sessions import new_york_date
from infra.local.emulators.tradier.wire import envelope

EXCHANGES: Final = "CQNZUPAX"
HOUR: Final = 3600
GREEKS_LAG_SECONDS: Final = 3


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
    """Answer `/markets/options/chains`: put and call of each strike, ascending."""
    chain = None
    if expiry >= new_york_date(feed.market.now()):
        chain = feed.market.chain(symbol, expiry, feed.at())
    if chain is None:
        return {"options": None}
    rows = list(range(len(chain.strikes)))
    puts = option_rows(feed, chain, Right.PUT, rows, greeks=greeks)
    calls = option_rows(feed, chain, Right.CALL, rows, greeks=greeks)
    both = [row for pair in zip(puts, calls, strict=True) for row in pair]
    return envelope("options", "option", both, None)


def expirations(feed: Feed, symbol: str, *, strikes: bool, size: bool, kind: bool) -> dict[str, object]:
    """Answer `/markets/options/expirations`, as dates or as objects when anything more is asked for."""
    today = new_york_date(feed.market.now())
    listed = feed.market.expiries(symbol, today)
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
        root = root_on(instrument, expiry)
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


def expiration_type(expiry: date) -> str:
    """Return `standard` for a month's third Friday, else `weeklys`."""
    return "standard" if is_monthly(expiry) else "weeklys"


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


def option_rows(
    feed: Feed, chain: Chain, right: Right, rows: list[int], *, greeks: bool
) -> list[dict[str, object]]:
    """Return the quotes of one side of a chain, for the given rows."""
    side, day = chain.side(right), feed.market.day_prices(chain, right)
    hourly = _hourly(feed, chain) if greeks else None
    symbol, expiry = chain.instrument.symbol, chain.expiry
    root = root_on(chain.instrument, expiry)
    kind, named = expiration_type(expiry), f"{symbol} {expiry:%b} {expiry.day} {expiry.year}"
    out = []
    for row in rows:
        strike = float(chain.strikes[row])
        volume, interest = int(side.volume[row]), int(side.open_interest[row])
        ever = volume > 0 or interest > 0
        last = _number(day.last, row) if ever else None
        before = _number(day.previous_close, row) if ever else None
        change = None if last is None or before is None else round(last - before, 2)
        shown: dict[str, object] = {
            "symbol": contract_symbol(root, expiry, right, strike),
            "description": f"{named} ${strike:.2f} {right.title()}",
            "exch": "Z",
            "type": "option",
            "last": last,
            "change": change,
            "volume": volume,
            "open": _number(day.opening, row),
            "high": _number(day.high, row),
            "low": _number(day.low, row),
            "close": last if feed.at() >= chain.session.close_at and volume else None,
            "bid": _number(side.bid, row),
            "ask": _number(side.ask, row),
            "underlying": symbol,
            "strike": strike,
        }
        if hourly is not None:
            shown["greeks"] = _greeks(hourly, right, strike)
        shown |= {
            "change_percentage": None if change is None or not before else round(100 * change / before, 2),
            "average_volume": 0,
            "last_volume": min(volume, 1 + row % 20),
            "trade_date": _trade_instant(chain, volume, ever=ever),
            "prevclose": before,
            "week_52_high": 0.0,
            "week_52_low": 0.0,
            "bidsize": int(side.bid_size[row]),
            "bidexch": EXCHANGES[row % len(EXCHANGES)],
            "bid_date": 0 if np.isnan(side.bid[row]) else chain.quoted_second * 1000,
            "asksize": int(side.ask_size[row]),
            "askexch": EXCHANGES[(row + 3) % len(EXCHANGES)],
            "ask_date": 0 if np.isnan(side.ask[row]) else chain.quoted_second * 1000,
            "open_interest": interest,
            "contract_size": 100,
            "expiration_date": expiry.isoformat(),
            "expiration_type": kind,
            "option_type": right,
            "root_symbol": root,
        }
        out.append(shown)
    return out


def _hourly(feed: Feed, chain: Chain) -> Chain | None:
    """Return the chain whose Greeks are shown: those of the last full hour, for they come hourly."""
    at = feed.at()
    hour = datetime.fromtimestamp(int(at.timestamp()) // HOUR * HOUR, UTC)
    return feed.market.chain(chain.instrument.symbol, chain.expiry, hour)


def _greeks(chain: Chain, right: Right, strike: float) -> dict[str, object] | None:
    row = chain.rows.get(round(strike * 1000))
    if row is None:
        return None
    side, found = chain.side(right), chain.greeks
    volatility = float(chain.volatility[row])
    if volatility <= 0:
        return None
    delta = float(found.delta[row]) - (0.0 if right is Right.CALL else 1.0)
    updated = datetime.fromtimestamp(chain.quoted_second + GREEKS_LAG_SECONDS, UTC)
    return {
        "delta": delta,
        "gamma": float(found.gamma[row]),
        "theta": float(found.theta[row]),
        "vega": float(found.vega[row]),
        "rho": float(found.rho[row]),
        "phi": float(found.phi[row]),
        "bid_iv": round(float(side.bid_volatility[row]), 6),
        "mid_iv": round(float(side.middle_volatility[row]), 6),
        "ask_iv": round(float(side.ask_volatility[row]), 6),
        "smv_vol": round(volatility, 3),
        "updated_at": f"{updated:%Y-%m-%d %H:%M:%S}",
    }


def _trade_instant(chain: Chain, volume: int, *, ever: bool) -> int:
    """Return the last trade's instant in milliseconds: today, or at yesterday's close, or 0 for never."""
    if volume:
        return (
            chain.quoted_second * 1000 - 1714
            if chain.quoted_second > chain.session.open_second
            else (chain.quoted_second * 1000)
        )
    return (chain.session.open_second - 17 * HOUR - 1800) * 1000 if ever else 0


def _number(values: Array, row: int) -> float | None:
    value = float(values[row])
    return None if np.isnan(value) else value

"""Quotes, chains and expirations in Schwab's shape, the captured one (wire, 4 and 5)."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.instruments import Instrument, Kind
from infra.local.emulators.market.listing import is_monthly, roots_on
from infra.local.emulators.market.occ import SETTLED_AT_THE_OPEN, Right, contract_symbol, parse
from infra.local.emulators.market.quotes import Chain
from infra.local.emulators.market.sessions import new_york_date, open_session
from infra.local.emulators.schwab.order_views import Shown, padded
from infra.local.emulators.schwab.problems import DataRefusal, GatewayFault

#: What stands in a Greek that there is none of.
NO_VALUE = -999.0
#: Index chains of many days do not pass the gateway; how many bytes it lets through is not documented.
CONTRACTS_MAX = 4_000


def quotes(feed: Feed, symbols: list[str], fields: str | None = None) -> Shown:
    """Return an object by symbol; those that are unknown stand together under `errors`.

    `fields` are names of parts, with commas: parts that are not named are left out.
    """
    found = {symbol: _only(_quote(feed, symbol), fields) for symbol in symbols}
    unknown = [symbol for symbol, shown in found.items() if shown is None]
    known: Shown = {symbol: shown for symbol, shown in found.items() if shown is not None}
    return known | ({"errors": {"invalidSymbols": unknown}} if unknown else {})


def _only(shown: Shown | None, fields: str | None) -> Shown | None:
    if shown is None or not fields or "all" in fields.split(","):
        return shown
    wanted = fields.split(",")
    return {name: part for name, part in shown.items() if not isinstance(part, dict) or name in wanted}


def _quote(feed: Feed, symbol: str) -> Shown | None:
    compact = symbol[:6].rstrip() + symbol[6:]
    contract = parse(compact)
    if contract is None:
        return _underlying(feed, symbol)
    found = feed.chain_of(contract)
    if found is None:
        return None
    chain, row = found
    last_prices = feed.market.day_prices(chain, contract.right).last
    shown = _contract(feed, chain, contract.right, row, last_prices)
    names = {"bid": "bidPrice", "ask": "askPrice", "last": "lastPrice"}
    kept = ("mark", "delta", "gamma", "theta", "vega", "rho", "volatility", "openInterest", "totalVolume")
    return {
        "assetMainType": "OPTION",
        "realtime": True,
        "ssid": row,
        "symbol": padded(compact),
        "quote": {
            **{names[name]: shown[name] for name in names},
            **{name: shown[name] for name in kept},
            "bidSize": shown["bidSize"],
            "askSize": shown["askSize"],
            "underlyingPrice": chain.spot,
            "quoteTime": shown["quoteTimeInLong"],
        },
        "reference": {
            "contractType": "C" if contract.right is Right.CALL else "P",
            "strikePrice": contract.strike,
            "expirationYear": contract.expiry.year,
            "expirationMonth": contract.expiry.month,
            "expirationDay": contract.expiry.day,
            "multiplier": 100,
            "settlementType": shown["settlementType"],
            "underlying": contract.underlying,
        },
    }


def _underlying(feed: Feed, symbol: str) -> Shown | None:
    ticker = symbol.removeprefix("$")
    instrument = feed.market.instrument(ticker)
    quote = feed.market.stock_quote(ticker, feed.at())
    if instrument is None or quote is None or (instrument.kind is Kind.INDEX) != symbol.startswith("$"):
        return None
    told: Shown = {"lastPrice": quote.last, "mark": quote.last, "closePrice": quote.previous_close}
    if instrument.kind is not Kind.INDEX:
        told |= {"bidPrice": quote.bid, "askPrice": quote.ask}
        told |= {"bidSize": quote.bid_size, "askSize": quote.ask_size}
    return {
        "assetMainType": "INDEX" if instrument.kind is Kind.INDEX else "EQUITY",
        "realtime": True,
        "symbol": symbol,
        "quote": told
        | {
            "totalVolume": quote.volume,
            "quoteTime": quote.quoted_second * 1000,
            "tradeTime": quote.traded_second * 1000,
        },
    }


def expirations(feed: Feed, symbol: str) -> Shown:
    """Return what is listed of an underlying. Raises DataRefusal."""
    instrument = _instrument(feed, symbol)
    today = new_york_date(feed.market.now())
    rows = [
        {
            "expirationDate": expiry.isoformat(),
            "daysToExpiration": (expiry - today).days,
            "expirationType": "S" if is_monthly(expiry) else "W",
            "settlementType": _settlement(root),
            "optionRoots": root,
            "standard": is_monthly(expiry),
        }
        for expiry in feed.market.expiries(instrument.symbol, today)
        for root in roots_on(instrument, expiry)
    ]
    return {"expirationList": rows}


def chain(feed: Feed, query: Mapping[str, str]) -> Shown:
    """Return an underlying's options, of all roots. Raises DataRefusal, GatewayFault."""
    symbol = query.get("symbol", "")
    instrument = _instrument(feed, symbol)
    today = new_york_date(feed.market.now())
    first, last = _day(query, "fromDate") or today, _day(query, "toDate") or date.max
    maps: dict[Right, dict[str, dict[str, list[Shown]]]] = {Right.CALL: {}, Right.PUT: {}}
    wanted = {"CALL": [Right.CALL], "PUT": [Right.PUT]}.get(query.get("contractType", "ALL"), list(Right))
    count = int(query.get("strikeCount") or 0)
    listed = [
        one
        for expiry in feed.market.expiries(instrument.symbol, today)
        if first <= expiry <= last
        for root in roots_on(instrument, expiry)
        if (one := feed.market.chain(instrument.symbol, expiry, feed.at(), root)) is not None
    ]
    total = sum(len(_rows(one, count)) for one in listed) * len(wanted)
    if total > CONTRACTS_MAX:
        raise GatewayFault("Body buffer overflow")
    for one in listed:
        for right in wanted:
            strikes = maps[right].setdefault(f"{one.expiry}:{(one.expiry - today).days}", {})
            last_prices = feed.market.day_prices(one, right).last
            for row in _rows(one, count):
                shown = _contract(feed, one, right, row, last_prices)
                strikes.setdefault(str(float(one.strikes[row])), []).append(shown)
    return {
        "symbol": symbol,
        "status": "SUCCESS",
        "underlying": _above(feed, symbol) if query.get("includeUnderlyingQuote") == "true" else None,
        "strategy": "SINGLE",
        "interval": 0.0,
        "isDelayed": False,
        "isIndex": instrument.kind is Kind.INDEX,
        "interestRate": 4.738,
        "underlyingPrice": feed.spot(instrument.symbol),
        "volatility": 29.0,
        "daysToExpiration": 0.0,
        "numberOfContracts": total,
        "assetMainType": "INDEX" if instrument.kind is Kind.INDEX else "EQUITY",
        "isChainTruncated": False,
        "callExpDateMap": maps[Right.CALL],
        "putExpDateMap": maps[Right.PUT],
    }


def _above(feed: Feed, symbol: str) -> Shown | None:
    """Return the underlying's quote as a chain has it; its shape is published and was not recorded."""
    found = _underlying(feed, symbol)
    quote = None if found is None else found["quote"]
    if not isinstance(quote, dict):
        return None
    names = {"bidPrice": "bid", "askPrice": "ask", "lastPrice": "last", "closePrice": "close"}
    told: Shown = {"symbol": symbol, "delayed": False}
    for name, value in quote.items():
        told[names.get(str(name), str(name))] = value
    return told


def _contract(feed: Feed, chain: Chain, right: Right, row: int, last_prices: Array) -> Shown:
    side, strike = chain.side(right), float(chain.strikes[row])
    bid, ask = _price(side.bid, row), _price(side.ask, row)
    last = _price(last_prices, row)
    today = new_york_date(feed.market.now())
    return {
        "putCall": right.upper(),
        "symbol": padded(contract_symbol(chain.root, chain.expiry, right, strike)),
        "description": f"{chain.instrument.symbol} {chain.expiry:%m/%d/%Y} {strike:.2f} {right[0].upper()}",
        "exchangeName": "OPR",
        "bid": bid,
        "ask": ask,
        "last": last,
        "mark": round((bid + ask) / 2, 3),
        "bidSize": int(side.bid_size[row]),
        "askSize": int(side.ask_size[row]),
        "totalVolume": int(side.volume[row]),
        "quoteTimeInLong": chain.quoted_at(right, row) * 1000,
        "openInterest": int(side.open_interest[row]),
        **_greeks(feed, chain, right, row),
        "strikePrice": strike,
        "expirationDate": f"{chain.expiry}T20:00:00.000+00:00",
        "daysToExpiration": (chain.expiry - today).days,
        "expirationType": "S" if is_monthly(chain.expiry) else "W",
        "multiplier": 100.0,
        "settlementType": _settlement(chain.root),
        "optionRoot": chain.root,
        "exerciseType": "E" if chain.instrument.kind is Kind.INDEX else "A",
        "nonStandard": False,
        "inTheMoney": strike < chain.spot if right is Right.CALL else strike > chain.spot,
        "mini": False,
    }


def _greeks(feed: Feed, chain: Chain, right: Right, row: int) -> Shown:
    """Return Greeks, the volatility in per cent; of what is not quoted now there are none."""
    names = ("delta", "gamma", "theta", "vega", "rho")
    volatility = float(chain.volatility[row])
    if open_session(feed.market.now()) is None or volatility <= 0:
        return dict.fromkeys((*names, "volatility"), NO_VALUE)
    found = {name: round(float(getattr(chain.greeks, name)[row]), 4) for name in names}
    found["delta"] = round(found["delta"] - (0.0 if right is Right.CALL else 1.0), 4)
    return {**found, "volatility": round(volatility * 100, 3)}


def _rows(listed: Chain, count: int) -> list[int]:
    """Return the rows around the money, all of them where no count is asked for."""
    rows = range(len(listed.strikes))
    if not count:
        return list(rows)
    nearest = sorted(rows, key=lambda row: abs(float(listed.strikes[row]) - listed.spot))
    return sorted(nearest[:count])


def _instrument(feed: Feed, symbol: str) -> Instrument:
    found = feed.market.instrument(symbol.removeprefix("$"))
    if found is None or (found.kind is Kind.INDEX) != symbol.startswith("$"):
        raise DataRefusal(404, "Not Found")
    return found


def _settlement(root: str) -> str:
    return "A" if root in SETTLED_AT_THE_OPEN else "P"


def _day(query: Mapping[str, str], name: str) -> date | None:
    given = query.get(name)
    try:
        return None if given is None else date.fromisoformat(given[:10])
    except ValueError as error:
        raise DataRefusal(400, "Bad Request", f"{name} is not a date") from error


def _price(values: Array, row: int) -> float:
    return float(np.nan_to_num(values[row]))

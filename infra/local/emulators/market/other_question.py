"""What a vendor answers that mistakes one instrument for another: the answer to another question."""

from collections.abc import Mapping, Sequence
from datetime import date

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import Right, contract_symbol, parse
from infra.local.emulators.market.sessions import new_york_date


def other_symbol(feed: Feed, symbol: str) -> str:
    """Return another instrument: of an option its twin of the same strike, else the next underlying."""
    contract = parse(symbol)
    if contract is None:
        return _next([one.symbol for one in feed.market.instruments() if one.optionable], symbol)
    twin = Right.PUT if contract.right is Right.CALL else Right.CALL
    return contract_symbol(contract.root, contract.expiry, twin, contract.strike_thousandths / 1000)


def other_expiry(feed: Feed, symbol: str, text: str) -> str:
    """Return another expiry of an underlying than those of a comma list; the same where there is none."""
    asked = text.split(",")
    today = new_york_date(feed.market.now())
    listed = [day.isoformat() for day in feed.market.expiries(symbol, today)]
    free = [day for day in listed if day not in asked]
    if not free or not all(_is_date(day) for day in asked):
        return text
    later = [day for day in free if day > max(asked)]
    return (later or free)[0]


def other_query(feed: Feed, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the query of another question, whatever the vendor calls its parameters."""
    bent = dict(asked)
    for name in ("symbols", "tickers"):
        if asked.get(name):
            bent[name] = ",".join(other_symbol(feed, one.strip().upper()) for one in asked[name].split(","))
    underlying = (asked.get("symbol") or asked.get("ticker") or "").upper()
    expiries = [name for name in ("expiration", "expiry") if asked.get(name)]
    for name in expiries:
        bent[name] = other_expiry(feed, underlying, asked[name])
    if not expiries:
        for name in ("symbol", "ticker"):
            if asked.get(name):
                bent[name] = ",".join(
                    other_symbol(feed, one.strip()) for one in asked[name].upper().split(",")
                )
    return bent


def _next(known: Sequence[str], symbol: str) -> str:
    if symbol not in known:
        return known[0]
    return known[(known.index(symbol) + 1) % len(known)]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

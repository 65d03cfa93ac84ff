"""What a call asks for: tickers, and ranges of days or deltas."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.orats.problems import OratsRefusal

MOST_TICKERS: Final = 10


def known_tickers(feed: Feed, asked: Mapping[str, str], most: int = MOST_TICKERS) -> list[str]:
    """Return the tickers asked for that have options. Raises OratsRefusal when none has, or for too many."""
    today = new_york_date(feed.market.now())
    tickers = [ticker.replace("_", "/") for ticker in listed(asked.get("ticker", ""), "ticker", most)]
    known = [ticker for ticker in tickers if feed.market.expiries(ticker, today)]
    if not known:
        raise OratsRefusal(404, "Not Found.")
    return known


def listed(text: str, name: str, most: int = MOST_TICKERS) -> list[str]:
    """Read symbols between commas. Raises OratsRefusal for none or too many of them."""
    symbols = [symbol.strip().upper() for symbol in text.split(",") if symbol.strip()]
    if not symbols:
        raise OratsRefusal(400, f"Missing required parameter {name}.")
    if len(symbols) > most:
        raise OratsRefusal(400, f"Too many tickers, the maximum is {most}.")
    return symbols


def span(text: str) -> tuple[float, float]:
    """Read an inclusive range of which one side may be empty; what cannot be read matches nothing."""
    low, _, high = text.partition(",")
    try:
        return (float(low) if low else -np.inf), (float(high) if high else np.inf)
    except ValueError:
        return np.inf, -np.inf

"""An underlying's volatilities in a row, one for each tenor."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.quotes import Chain
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.orats.problems import OratsRefusal
from infra.local.emulators.orats.rows import updated_text, zulu

TENORS: Final = {"iv10d": 10, "iv20d": 20, "iv30d": 30, "iv60d": 60, "iv90d": 90, "iv6m": 180, "iv1y": 365}


def summary_row(feed: Feed, ticker: str) -> dict[str, object]:
    """Return one underlying's price and volatilities. Raises OratsRefusal when it is not known."""
    market, at = feed.market, feed.at()
    quote = market.stock_quote(ticker, at)
    if quote is None:
        raise OratsRefusal(404, "Not Found.")
    quoted = datetime.fromtimestamp(quote.quoted_second, UTC)
    day = new_york_date(quoted)
    row: dict[str, object] = {"ticker": ticker, "tradeDate": day.isoformat(), "stockPrice": quote.last}
    expiries = market.expiries(ticker, new_york_date(market.now()))
    for name, tenor in TENORS.items():
        nearest = _nearest(expiries, day + timedelta(days=tenor))
        chain = market.chain(ticker, nearest, at)
        row[name] = None if chain is None else _at_the_money(chain)
    return row | {"quoteDate": zulu(quoted), "updatedAt": updated_text(quoted)}


def _nearest(expiries: Sequence[date], wanted: date) -> date:
    return min(expiries, key=lambda expiry: abs(expiry - wanted))


def _at_the_money(chain: Chain) -> float:
    row = int(np.argmin(np.abs(chain.strikes - chain.spot)))
    return round(float(chain.volatility[row]), 4)

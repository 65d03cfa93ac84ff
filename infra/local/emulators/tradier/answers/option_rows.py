"""Options' quotes in Tradier's shape: a row for each contract, with the last hour's Greeks when asked."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.listing import is_monthly
from infra.local.emulators.market.occ import Right, contract_symbol
from infra.local.emulators.market.quotes import Chain, ChainSide, DayPrices, Held

EXCHANGES: Final = "CQNZUPAX"
HOUR: Final = 3600
GREEKS_LAG_SECONDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One side of a chain and what all its rows share; `ended`: the session is over for who is shown it."""

    chain: Chain
    right: Right
    quotes: ChainSide
    day: DayPrices
    expiry_named: str
    expiry_type: str
    ended: bool


def option_rows(
    feed: Feed, chain: Chain, right: Right, rows: list[int], *, greeks: bool
) -> list[dict[str, object]]:
    """Return the quotes of one side of a chain, for the given rows."""
    hourly, expiry = (_hourly(feed, chain) if greeks else None), chain.expiry
    side = _Side(
        chain=chain,
        right=right,
        quotes=chain.side(right),
        day=feed.market.day_prices(chain, right),
        expiry_named=f"{expiry:%b} {expiry.day} {expiry.year}",
        expiry_type=expiration_type(expiry),
        ended=feed.at() >= chain.session.close_at,
    )
    return [
        _head(side, row)
        | ({} if hourly is None else {"greeks": _shown_greeks(side, hourly, row)})
        | _tail(side, row)
        for row in rows
    ]


def expiration_type(expiry: date) -> str:
    """Return `standard` for a month's third Friday, else `weeklys`."""
    return "standard" if is_monthly(expiry) else "weeklys"


def _head(side: _Side, row: int) -> dict[str, object]:
    """Return the fields up to the Greeks: what it is, what it traded at, what is bid and asked."""
    chain, expiry, day = side.chain, side.chain.expiry, side.day
    symbol, strike = chain.instrument.symbol, float(chain.strikes[row])
    volume = int(side.quotes.volume[row])
    last, _, change = _prices(side, row)
    return {
        "symbol": contract_symbol(chain.root, expiry, side.right, strike),
        "description": f"{symbol} {side.expiry_named} ${strike:.2f} {side.right.title()}",
        "exch": "Z",
        "type": "option",
        "last": last,
        "change": change,
        "volume": volume,
        "open": _number(day.opening, row),
        "high": _number(day.high, row),
        "low": _number(day.low, row),
        "close": last if side.ended and volume else None,
        "bid": _number(side.quotes.bid, row),
        "ask": _number(side.quotes.ask, row),
        "underlying": symbol,
        "strike": strike,
    }


def _tail(side: _Side, row: int) -> dict[str, object]:
    """Return the fields after the Greeks: changes, sizes and instants, and the contract's terms."""
    chain, quotes = side.chain, side.quotes
    volume = int(quotes.volume[row])
    _, before, change = _prices(side, row)
    quoted = chain.quoted_at(side.right, row)
    return {
        "change_percentage": None if change is None or not before else round(100 * change / before, 2),
        "average_volume": 0,
        "last_volume": min(volume, 1 + row % 20),
        "trade_date": _trade_instant(chain, volume, ever=_ever_traded(side, row)),
        "prevclose": before,
        "week_52_high": 0.0,
        "week_52_low": 0.0,
        "bidsize": int(quotes.bid_size[row]),
        "bidexch": EXCHANGES[row % len(EXCHANGES)],
        "bid_date": 0 if np.isnan(quotes.bid[row]) else quoted * 1000,
        "asksize": int(quotes.ask_size[row]),
        "askexch": EXCHANGES[(row + 3) % len(EXCHANGES)],
        "ask_date": 0 if np.isnan(quotes.ask[row]) else quoted * 1000,
        "open_interest": int(quotes.open_interest[row]),
        "contract_size": 100,
        "expiration_date": chain.expiry.isoformat(),
        "expiration_type": side.expiry_type,
        "option_type": side.right,
        "root_symbol": chain.root,
    }


def _prices(side: _Side, row: int) -> tuple[float | None, float | None, float | None]:
    """Return the last price, yesterday's and the change; None for what never traded."""
    if not _ever_traded(side, row):
        return None, None, None
    last, before = _number(side.day.last, row), _number(side.day.previous_close, row)
    return last, before, None if last is None or before is None else round(last - before, 2)


def _ever_traded(side: _Side, row: int) -> bool:
    return bool(side.quotes.volume[row] > 0 or side.quotes.open_interest[row] > 0)


def _hourly(feed: Feed, chain: Chain) -> Chain | None:
    """Return the chain whose Greeks are shown: those of the last full hour, for they come hourly."""
    at = feed.at()
    hour = datetime.fromtimestamp(int(at.timestamp()) // HOUR * HOUR, UTC)
    return feed.market.chain(chain.instrument.symbol, chain.expiry, hour, chain.root)


def _shown_greeks(side: _Side, hourly: Chain, row: int) -> dict[str, object] | None:
    """Return the Greeks of the hour, as they are held."""
    held = side.chain.held.get((side.right, row), Held())
    found = _greeks(hourly, side.right, float(side.chain.strikes[row]))
    if held.without_greeks or found is None or held.volatility is None:
        return None if held.without_greeks else found
    return found | dict.fromkeys(("bid_iv", "mid_iv", "ask_iv", "smv_vol"), held.volatility)


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

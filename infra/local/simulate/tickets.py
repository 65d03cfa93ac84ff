"""What people buy: tickets filled in from the market as it stands."""

import random
from datetime import date
from typing import Final

from infra.local.day.trader import tick_down, tick_up
from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.sessions import new_york_date
from infra.local.simulate.stage import Stage

TICKERS: Final = ("SPY", "AAPL", "IWM")


def ticket(stage: Stage, choose: random.Random) -> dict[str, object] | None:
    """Fill in a ticket from the market as it stands; None when nothing is quoted."""
    market, now = stage.world.simulated, stage.engine.now()
    today = new_york_date(now)
    ticker = choose.choice(TICKERS)
    expiries = [day for day in market.expiries(ticker, today) if day >= today]
    if not expiries:
        return None
    expiry = expiries[0] if choose.random() < 0.45 else expiries[min(3, len(expiries) - 1)]
    right = choose.choice((Right.CALL, Right.PUT))
    quote = _nearest(stage, choose, ticker, expiry, right)
    if quote is None:
        return None
    strike, bid, ask = quote
    body: dict[str, object] = {
        "ticker": ticker,
        "option_type": right.name,
        "strike": strike,
        "expiry": expiry.isoformat(),
        "qty": choose.choice((1, 1, 2, 3, 5)),
        "order_type": "market",
    }
    if choose.random() < 0.35:
        body["order_type"] = "limit"
        body["limit_price"] = max(tick_up(ask * choose.choice((0.6, 0.97, 1.0, 1.05, 1.3))), 0.05)
    if choose.random() < 0.75:
        body["sl_price"] = max(tick_down(bid * choose.choice((0.3, 0.6, 0.9))), 0.05)
    if choose.random() < 0.65:
        body["tp_price"] = tick_up(ask * choose.choice((1.15, 1.6, 3.0)))
    return body


def _nearest(
    stage: Stage, choose: random.Random, ticker: str, expiry: date, right: Right
) -> tuple[float, float, float] | None:
    """Return (strike, bid, ask) of a contract near the money."""
    chain = stage.world.market.chain(ticker, expiry, stage.engine.now())
    if chain is None:
        return None
    side = chain.side(right)
    wanted = chain.spot * choose.choice((0.98, 1.0, 1.0, 1.02))
    quoted = [
        (float(strike), float(side.bid[row]), float(side.ask[row]))
        for row, strike in enumerate(chain.strikes)
        if side.bid[row] > 0.1 and side.ask[row] > 0.1
    ]
    return min(quoted, key=lambda one: abs(one[0] - wanted), default=None)

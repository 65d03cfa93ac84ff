"""One look at the market before something is sold or a stop is put up (A-04, nobody bids)."""

from typing import Final

from chalicelib.domain.trading.market_seen import MarketSeen
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.environment import Environment
from chalicelib.services.market.trade_quote import market_in, shown_quote
from chalicelib.vendors.deadline import Deadline

#: An exit waits this long for its quote and then leaves without: what cannot be read never blocks it.
LOOK_SECONDS_MAX: Final = 5.0


def look_at_market(env: Environment, trade: Trade) -> MarketSeen:
    """Read what is bid and asked for what a trade holds; UNREADABLE where nothing usable comes in time."""
    shown = shown_quote(env, trade, Purpose.EXIT, deadline=Deadline(env.clock, LOOK_SECONDS_MAX))
    return market_in(shown, trade, env.clock.now())

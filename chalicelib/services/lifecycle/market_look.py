"""One look at the market before something is sold or a stop is put up (A-04, nobody bids)."""

from typing import Final

from chalicelib.domain.trading.market_seen import UNREADABLE, MarketSeen, seen_in
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.vendors.deadline import Deadline

#: An exit waits this long for its quote and then leaves without: what cannot be read never blocks it.
LOOK_SECONDS_MAX: Final = 5.0


def look_at_market(env: Environment, trade: Trade) -> MarketSeen:
    """Read what is bid and asked for what a trade holds; UNREADABLE where nothing usable comes in time."""
    symbol = trade.leg.symbol
    deadline = Deadline(env.clock, LOOK_SECONDS_MAX)
    try:
        source = env.market_data.for_user(trade.username, deadline=deadline, purpose=Purpose.EXIT)
        chain = leg_quotes(source, trade.ticker, [symbol])
    except (MarketDataError, CredentialsUnreadable):
        return UNREADABLE
    return seen_in(chain.quotes.get(symbol), symbol, env.clock.now())

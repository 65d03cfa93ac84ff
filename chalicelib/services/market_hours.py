"""Whether orders may leave now (A-05), with the operator's word on closings."""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import Trade
from chalicelib.domain.trading.trading_hours import calendar_of_trade
from chalicelib.services.environment import Environment

#: How long an order may be on its way: one sent in the last instant arrives after the bell (I-18), where
#: a day order waits for the next open and a cancelled bracket leaves its position bare over night.
ON_THE_WAY: Final = timedelta(seconds=0.5)


def calendar_of(env: Environment, connection: Connection) -> MarketCalendar:
    """Return the calendar with the closings that are stored now."""
    return MarketCalendar(closures=env.closures(connection))


def read_calendar(env: Environment) -> MarketCalendar:
    """Return the calendar, read in a transaction of its own."""
    return env.database.read(lambda connection: calendar_of(env, connection), username=None)


def session_state(env: Environment, market: MarketCalendar, trade: Trade) -> SessionState:
    """Say whether what leaves now for a trade arrives in a session of its own calendar (W-06).

    FORCE_MARKET_OPEN never applies to live.
    """
    forced = env.force_market_open and not trade.broker_mode.is_live
    now = env.clock.now()
    calendar = calendar_of_trade(market, trade, now)
    in_time = calendar.is_open(now) and calendar.is_open(now + ON_THE_WAY)
    return SessionState.OPEN if forced or in_time else SessionState.CLOSED

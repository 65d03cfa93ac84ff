"""Whether orders may leave now (A-05), with the operator's word on closings."""

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading.steps import SessionState
from chalicelib.services.environment import Environment


def calendar_of(env: Environment, connection: Connection) -> MarketCalendar:
    """Return the calendar with the closings that are stored now."""
    return MarketCalendar(closures=env.closures(connection))


def read_calendar(env: Environment) -> MarketCalendar:
    """Return the calendar, read in a transaction of its own."""
    return env.database.read(lambda connection: calendar_of(env, connection), username=None)


def session_state(env: Environment, calendar: MarketCalendar, mode: BrokerMode) -> SessionState:
    """Return whether this broker may be sent orders now; FORCE_MARKET_OPEN never applies to live."""
    forced = env.force_market_open and not mode.is_live
    return SessionState.OPEN if forced or calendar.is_open(env.clock.now()) else SessionState.CLOSED

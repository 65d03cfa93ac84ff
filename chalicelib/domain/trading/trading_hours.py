"""When a trade can be traded, and whose day its originator's limits count (W-06)."""

from datetime import UTC, datetime, time

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_midnight
from chalicelib.domain.clocks.instrument_calendars import calendar_of_all
from chalicelib.domain.clocks.sessions import Calendar
from chalicelib.domain.trading.trades import Originator, Trade


def calendar_of_trade(market: MarketCalendar, trade: Trade, now: datetime) -> Calendar:
    """Return the calendar by which all that still lives of a trade can be traded in one order."""
    return calendar_of_all(
        market, ((leg.instrument, leg.symbol) for leg in trade.held_legs or trade.legs), now
    )


def day_began_at(originator: Originator, now: datetime, *, of_coins: bool = False) -> datetime:
    """Return when the day began that a limit of this originator counts as today.

    The Eastern trading day for people and the desk, the day of UTC for AI traders and for coins, whose market
    never closes.
    """
    if of_coins or originator is Originator.AI:
        return datetime.combine(now.astimezone(UTC).date(), time(0), UTC)
    return new_york_midnight(new_york_date(now))

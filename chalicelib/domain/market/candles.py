"""Candles: what a market did in each of its minutes, or in longer stretches made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.clocks.sessions import Calendar, Session

HOUR: Final = timedelta(hours=1)


class CandleMinutes(IntEnum):
    """The lengths that vendors have, in minutes."""

    ONE = 1
    FIVE = 5
    FIFTEEN = 15

    @property
    def length(self) -> timedelta:
        """Return the length as a stretch of time."""
        return timedelta(minutes=self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """Trades of [starts_at, ends_at). Prices per share."""

    starts_at: datetime
    ends_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int


def in_session(candles: Iterable[Candle], calendar: Calendar) -> list[Candle]:
    """Return the candles of regular sessions, oldest first, each instant once."""
    sessions: dict[date, Session | None] = {}
    kept: dict[datetime, Candle] = {}
    for one in candles:
        day = calendar.day_of(one.starts_at)
        if day not in sessions:
            sessions[day] = calendar.session(day)
        session = sessions[day]
        if session is not None and session.contains(one.starts_at):
            kept[one.starts_at] = one
    return [kept[starts_at] for starts_at in sorted(kept)]


def complete_by(candles: Iterable[Candle], at: datetime) -> list[Candle]:
    """Return the candles that had ended at `at`: no look-ahead, and none that was still being made."""
    return [one for one in candles if one.ends_at <= at]


def hours_of(candles: Sequence[Candle], calendar: MarketCalendar) -> list[Candle]:
    """Make hours, counted from each session's open, of shorter candles in their order.

    A day's last hour ends with its session (15:30 to 16:00). An hour that begins before the first candle is
    left out, since its beginning is not known.
    """
    groups: dict[datetime, list[Candle]] = {}
    ends: dict[datetime, datetime] = {}
    for one in candles:
        session = calendar.session(new_york_date(one.starts_at))
        if session is None or not session.contains(one.starts_at):
            continue
        starts_at = session.opens_at + (one.starts_at - session.opens_at) // HOUR * HOUR
        ends[starts_at] = min(starts_at + HOUR, session.closes_at)
        groups.setdefault(starts_at, []).append(one)
    first_at = candles[0].starts_at if candles else None
    return [
        _merge(starts_at, ends[starts_at], parts)
        for starts_at, parts in groups.items()
        if first_at is not None and starts_at >= first_at
    ]


def _merge(starts_at: datetime, ends_at: datetime, parts: Sequence[Candle]) -> Candle:
    return Candle(
        starts_at=starts_at,
        ends_at=ends_at,
        open=parts[0].open,
        high=max(one.high for one in parts),
        low=min(one.low for one in parts),
        close=parts[-1].close,
        volume=sum(one.volume for one in parts),
    )

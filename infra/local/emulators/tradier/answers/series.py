"""Bars, the clock and the calendar in Tradier's shape."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np

from infra.local.emulators.brokerage.refusals import BadParameter
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.quotes import DailyBar, Integers, TradePath
from infra.local.emulators.market.sessions import (
    NEW_YORK,
    Session,
    closed_days,
    new_york_date,
    session_on,
    sessions_between,
    trading_days,
)
from infra.local.emulators.tradier.answers.wire import envelope

INTERVALS: Final = {"1min": 60, "5min": 300, "15min": 900}
DEPTH_DAYS: Final = {
    ("tick", "open"): 5,
    ("tick", "all"): 5,
    ("1min", "open"): 20,
    ("1min", "all"): 10,
    ("5min", "open"): 40,
    ("5min", "all"): 18,
    ("15min", "open"): 40,
    ("15min", "all"): 18,
}
_BAR_FIELDS: Final = ("time", "timestamp", "price", "open", "high", "low", "close", "volume", "vwap")
PREMARKET: Final = time(7, 0)
PREMARKET_END: Final = time(9, 24)
POSTMARKET_END: Final = time(19, 55)


def time_and_sales(
    feed: Feed, symbol: str, interval: str, start: str, end: str, session_filter: str, *, ticks: bool
) -> dict[str, object]:
    """Answer `/markets/timesales`; start and end are New York times. Raises BadParameter.

    Only the regular session trades here, whatever the filter. `ticks` says whether the environment has them.
    """
    depth = DEPTH_DAYS.get((interval, session_filter or "all"))
    if depth is None:
        raise BadParameter("interval", "is not valid")
    shown = feed.at()
    today = new_york_date(shown)
    earliest = datetime.combine(today - timedelta(days=depth), time(), NEW_YORK)
    first = _local(start, "start") or datetime.combine(today, time(), NEW_YORK)
    last = _local(end, "end") or shown
    if first < earliest:
        raise BadParameter("start", f"must be on or after {earliest:%Y-%m-%d %H:%M:%S}.")
    known = parse(symbol) is not None or feed.market.instrument(symbol) is not None
    if not known or (interval == "tick" and not ticks):
        return {"series": None}
    rows: list[dict[str, object]] = []
    for session in sessions_between(first.astimezone(UTC), min(last.astimezone(UTC), shown)):
        until = (
            last.astimezone(UTC) if interval == "tick" else _end_of_bar(session, last, INTERVALS[interval])
        )
        path = feed.market.trades(symbol, session, min(until, shown))
        chosen = path.seconds >= int(first.timestamp())
        cut = TradePath(seconds=path.seconds[chosen], price=path.price[chosen], volume=path.volume[chosen])
        rows.extend(_tick_rows(cut) if interval == "tick" else _bar_rows(cut, session, INTERVALS[interval]))
    return envelope("series", "data", rows, None)


def _end_of_bar(session: Session, last: datetime, length: int) -> datetime:
    """Return the last second of the bar in which `last` lies: a bar is shown whole or not at all."""
    bar = (int(last.timestamp()) - session.open_second) // length
    return datetime.fromtimestamp(session.open_second + (bar + 1) * length - 1, UTC)


def price_history(feed: Feed, symbol: str, interval: str, start: str, end: str) -> dict[str, object]:
    """Answer `/markets/history`; today's bar is included once the session has begun. Raises BadParameter.

    A week or month that began before `start` is left out: groups are whole at their beginning.
    """
    shown = feed.at()
    last = min(_date(end, "end") or new_york_date(shown), new_york_date(shown))
    first = _date(start, "start") or last.replace(month=1, day=1)
    groups: dict[date, list[DailyBar]] = {}
    group_of = _grouping(interval)
    first = next(
        (day for day in trading_days(group_of(first), last) if _begins_whole(day, first, group_of)), first
    )
    for day in trading_days(first, last):
        bar = feed.market.daily_bar(symbol, day, shown)
        if bar is not None:
            groups.setdefault(group_of(day), []).append(bar)
    rows = [
        {
            "date": bars[0].day.isoformat() if interval == "daily" else group.isoformat(),
            "open": bars[0].opening,
            "high": max(bar.high for bar in bars),
            "low": min(bar.low for bar in bars),
            "close": bars[-1].closing,
            "volume": sum(bar.volume for bar in bars),
        }
        for group, bars in groups.items()
    ]
    return envelope("history", "day", rows, None)


def market_clock(now: datetime) -> dict[str, object]:
    """Answer `/markets/clock`."""
    local = now.astimezone(NEW_YORK)
    session = session_on(local.date())
    state, next_change, next_state = "closed", f"{PREMARKET:%H:%M}", "premarket"
    description = "Market is closed"
    if session is not None:
        closing = session.close_local
        if PREMARKET <= local.time() < time(9, 30):
            state, next_change, next_state = "premarket", "09:30", "open"
            description = "Market is in the premarket session until 09:30"
        elif session.holds(now):
            state, next_change, next_state = "open", f"{closing:%H:%M}", "postmarket"
            description = f"Market is open from 09:30 to {closing:%H:%M}"
        elif closing <= local.time() < time(20, 0):
            state, next_change, next_state = "postmarket", "20:00", "closed"
            description = "Market is in the postmarket session until 20:00"
    return {
        "clock": {
            "date": local.date().isoformat(),
            "description": description,
            "state": state,
            "timestamp": int(now.timestamp()),
            "next_change": next_change,
            "next_state": next_state,
        }
    }


def market_calendar(year: int, month: int) -> dict[str, object]:
    """Answer `/markets/calendar` for one month."""
    days = [_calendar_day(date(year, month, day + 1)) for day in range(monthrange(year, month)[1])]
    return {"calendar": {"month": month, "year": year, "days": {"day": days}}}


def _calendar_day(day: date) -> dict[str, object]:
    session = session_on(day)
    if session is None:
        reason = closed_days(day.year).get(day)
        text = f"Market is closed for {reason}" if reason else "Market is closed"
        return {"date": day.isoformat(), "status": "closed", "description": text}
    closing = f"{session.close_local:%H:%M}"
    early = session.close_local < time(16, 0)
    return {
        "date": day.isoformat(),
        "status": "open",
        "description": "Market closes early" if early else "Market is open",
        "premarket": {"start": f"{PREMARKET:%H:%M}", "end": f"{PREMARKET_END:%H:%M}"},
        "open": {"start": "09:30", "end": closing},
        "postmarket": {"start": closing, "end": "16:55" if early else f"{POSTMARKET_END:%H:%M}"},
    }


def _tick_rows(path: TradePath) -> Iterator[dict[str, object]]:
    seconds = path.seconds.tolist()
    columns = (_wall(path.seconds), seconds, path.price.tolist(), path.volume.astype(np.int64).tolist())
    for wall, second, price, volume in zip(*columns, strict=True):
        yield {"time": wall, "timestamp": second, "price": price, "volume": volume}


def _bar_rows(path: TradePath, session: Session, length: int) -> Iterator[dict[str, object]]:
    if not len(path.seconds):
        return
    bucket = (path.seconds - session.open_second) // length
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    ends = np.append(starts[1:], len(bucket)) - 1
    highs, lows = np.maximum.reduceat(path.price, starts), np.minimum.reduceat(path.price, starts)
    volumes = np.add.reduceat(path.volume, starts)
    worth = np.add.reduceat(path.price * path.volume, starts)
    average = np.divide(worth, volumes, out=np.zeros(len(starts)), where=volumes != 0)
    seconds = session.open_second + bucket[starts] * length
    columns = (
        _wall(seconds),
        seconds.tolist(),
        ((highs + lows) / 2).tolist(),
        path.price[starts].tolist(),
        highs.tolist(),
        lows.tolist(),
        path.price[ends].tolist(),
        volumes.astype(np.int64).tolist(),
        [round(one, 5) for one in average.tolist()],
    )
    for values in zip(*columns, strict=True):
        yield dict(zip(_BAR_FIELDS, values, strict=True))


def _grouping(interval: str) -> Callable[[date], date]:
    if interval in {"", "daily"}:
        return lambda day: day
    if interval == "weekly":
        return lambda day: day - timedelta(days=day.weekday())
    if interval == "monthly":
        return lambda day: day.replace(day=1)
    raise BadParameter("interval", "is not valid")


def _begins_whole(day: date, first: date, group_of: Callable[[date], date]) -> bool:
    """Say whether from `day` on every group is whole: it is asked for, and the first one of its group."""
    return day >= first and next(trading_days(group_of(day), day)) == day


def _wall(seconds: Integers) -> list[str]:
    """Write instants of one day's session on New York's clocks, which do not change within it."""
    offset = datetime.fromtimestamp(int(seconds[0]), NEW_YORK).utcoffset() if len(seconds) else None
    local = seconds + (0 if offset is None else int(offset.total_seconds()))
    written: list[str] = np.datetime_as_string(local.astype("datetime64[s]")).tolist()
    return written


def _local(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadParameter(name, "is not valid") from error
    return moment.replace(tzinfo=NEW_YORK)


def _date(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise BadParameter(name, "is not valid") from error

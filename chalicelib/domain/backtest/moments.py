"""What the desk knows at one moment of a history: facts as a live scan gathers them, and never a later value.

Daily bars, IV history and stand-ins are of sessions before the day; VIX, VIX3M and chains of the moment
itself. Earnings and dividends are known as they turned out to be, which live they are once announced.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from chalicelib.domain.backtest.columns import MomentQuotes, solve_all
from chalicelib.domain.backtest.history import Bars, ChainRows, DailyHistory, Series
from chalicelib.domain.backtest.kept import IvMemory
from chalicelib.domain.backtest.sources import Source
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_midnight
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.pipeline.company_dates import NextDividend, NextEarnings
from chalicelib.domain.desk.pipeline.facts import DailyClose, Facts, MacroWindow, Reading
from chalicelib.domain.desk.pipeline.vix import vix_in_force
from chalicelib.domain.desk.selection.chains import Chain
from chalicelib.domain.desk.selection.expiries import expiries_to_read
from chalicelib.domain.desk.selection.surface import month_iv_of
from chalicelib.domain.desk.strategies.strategy import MAX_QUOTE_AGE_S, EntryConditions
from chalicelib.domain.desk.volatility.iv_history import DAYS, IvRange, iv_range
from chalicelib.domain.desk.volatility.technicals import DailyBars, Technicals, technicals_of

#: As far back as a live scan asks for daily bars.
_LOOK_BACK: Final = 400
#: Entries of end-of-day data are judged so long before the close: the last minute that gate H lets pass.
_BEFORE_CLOSE: Final = timedelta(minutes=31)
#: Exits of end-of-day data stand for the whole session, the last day's buffer counted in.
_LAST_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """One moment of a day, laid out for all strategies: `facts` without an account's.

    `enters_at` and `leaves_at` are the instants that entries and exits are judged at; they differ for
    end-of-day data alone. `minute_vix` is VIX where the source tells it with the moment.
    """

    facts: Facts
    chain: Chain | None
    quotes: MomentQuotes
    session: Session
    enters_at: datetime
    leaves_at: datetime
    is_end_of_day: bool
    minute_vix: float | None = None
    missing: frozenset[Source] = frozenset()


class DayFacts:
    """What all moments of one day share."""

    def __init__(self, daily: DailyHistory, calendar: MarketCalendar, session: Session) -> None:
        day = session.day
        self.session = session
        self._daily = daily
        self.previous = calendar.previous_trading_day(day)
        self.technicals = _technicals(daily.bars, self.previous)
        self.vix, self.vix3m = value_on(daily.vix, day), value_on(daily.vix3m, day)
        self.vix_before = value_on(daily.vix, self.previous)
        self.earnings = _earnings(daily, day)
        self.dividend = _dividend(daily, day)
        self.windows, self.rows_in_month = _windows(daily.macro_windows, day)

    def stored_iv(self, memory: IvMemory) -> list[float]:
        """Return the daily IV values before today: loaded ones first, then recorded ones of later days."""
        stored, day = self._daily.iv, self.session.day.toordinal()
        if stored is None:
            return memory.values
        count = int(np.searchsorted(stored.day, day))
        loaded = [float(one) for one in stored.value[max(count - DAYS, 0) : count]]
        last = int(stored.day[count - 1]) if count else 0
        later = [
            value for on, value in zip(memory.days, memory.values, strict=True) if last < on.toordinal() < day
        ]
        return [*loaded, *later]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _LaidOut:
    """A moment before what its chains do not tell is solved; `wanted` are expiries that may be entered."""

    facts: Facts
    quotes: MomentQuotes
    enters_at: datetime
    wanted: tuple[date, ...]


def moment_of(
    rows: ChainRows,
    day: DayFacts,
    underlying: str,
    conditions: Sequence[EntryConditions],
    memory: IvMemory,
) -> Moment:
    """Lay out one moment for strategies with these entry conditions."""
    return moments_of([rows], day, underlying, conditions, memory)[0]


def moments_of(
    rows: Sequence[ChainRows],
    day: DayFacts,
    underlying: str,
    conditions: Sequence[EntryConditions],
    memory: IvMemory,
    held: Collection[date] = (),
) -> list[Moment]:
    """Lay out moments of a day for strategies with these entry conditions, which hold these expiries.

    IV and Greeks that they do not tell are solved for all of them at once, each by its own quotes.
    """
    ranged = iv_range(day.stored_iv(memory))
    laid = [_laid_out(one, day, underlying, conditions, ranged) for one in rows]
    solve_all([(one.quotes, {*one.wanted, *held}, one.enters_at) for one in laid], day.session.closes_at)
    return [_moment(one, day.session) for one in laid]


def _laid_out(
    rows: ChainRows,
    day: DayFacts,
    underlying: str,
    conditions: Sequence[EntryConditions],
    ranged: IvRange | None,
) -> _LaidOut:
    session = day.session
    quotes = MomentQuotes(rows, session.day)
    listed = quotes.expiries()
    enters_at = session.closes_at - _BEFORE_CLOSE if rows.is_end_of_day else rows.at
    facts = replace(
        _facts(rows, day, enters_at), underlying=underlying, expirations=len(listed), iv_range=ranged
    )
    in_force = vix_in_force(facts, MAX_QUOTE_AGE_S)
    wanted = expiries_to_read(listed, session.day, conditions, None if in_force is None else in_force.value)
    return _LaidOut(facts=facts, quotes=quotes, enters_at=enters_at, wanted=wanted)


def _moment(laid: _LaidOut, session: Session) -> Moment:
    rows = laid.quotes.rows
    chain = laid.quotes.chain(laid.wanted)
    facts = replace(
        laid.facts, implied_volatility=None if rows.spot is None else month_iv_of(chain, rows.spot)
    )
    return Moment(
        facts=facts,
        chain=chain,
        quotes=laid.quotes,
        session=session,
        enters_at=laid.enters_at,
        leaves_at=session.closes_at - _LAST_MINUTE if rows.is_end_of_day else rows.at,
        is_end_of_day=rows.is_end_of_day,
        minute_vix=rows.vix,
        missing=_missing(facts, laid.quotes),
    )


def _facts(rows: ChainRows, day: DayFacts, at: datetime) -> Facts:
    """Return what a moment and its day tell beside chains."""
    vix = day.vix if rows.vix is None else rows.vix
    vix3m = day.vix3m if rows.vix3m is None else rows.vix3m
    return Facts(
        at=at,
        underlying="",
        spot=_reading(rows.spot, at),
        technicals=day.technicals,
        vix=_reading(vix, at),
        vix_close=None if day.vix_before is None else DailyClose(day=day.previous, value=day.vix_before),
        vix3m=_reading(vix3m, at),
        previous_session=day.previous,
        windows=day.windows,
        window_rows_in_month=day.rows_in_month,
        earnings=day.earnings,
        dividend=day.dividend,
        opens_at=day.session.opens_at,
        closes_at=day.session.closes_at,
    )


def value_on(series: Series | None, day: date) -> float | None:
    """Return a series' value of a day, None where it has none."""
    if series is None:
        return None
    place = int(np.searchsorted(series.day, day.toordinal()))
    if place == len(series.day) or series.day[place] != day.toordinal() or np.isnan(series.value[place]):
        return None
    return float(series.value[place])


def close_on(bars: Bars | None, day: date) -> float | None:
    """Return the underlying's close of a day."""
    return None if bars is None else value_on(Series(day=bars.day, value=bars.close), day)


def _technicals(bars: Bars | None, previous: date) -> Technicals:
    """Work out the bars' figures up to the session before; without its bar nothing is known, as live."""
    if bars is None:
        return Technicals()
    last = previous.toordinal()
    begin, end = np.searchsorted(bars.day, (last - _LOOK_BACK, last + 1))
    if end == 0 or bars.day[end - 1] != last:
        return Technicals()
    told = {
        name: tuple(getattr(bars, name)[begin:end].tolist()) for name in ("high", "low", "close", "volume")
    }
    return technicals_of(
        DailyBars(highs=told["high"], lows=told["low"], closes=told["close"], volumes=told["volume"])
    )


def _reading(value: float | None, at: datetime) -> Reading | None:
    return None if value is None else Reading(value=value, at=at)


def _earnings(daily: DailyHistory, day: date) -> NextEarnings | None:
    found = daily.earnings
    if found is None:
        return None
    ahead = next((one for one in found.days if one >= day), None)
    return NextEarnings(on=ahead) if ahead is not None or found.has_none else None


def _dividend(daily: DailyHistory, day: date) -> NextDividend | None:
    found = daily.dividends
    if found is None:
        return None
    ahead = next((one for one in found.items if one.ex_date >= day), None)
    if ahead is not None:
        return NextDividend(ex_date=ahead.ex_date, amount=ahead.amount)
    return NextDividend() if found.has_none else None


def _windows(
    windows: tuple[MacroWindow, ...] | None, day: date
) -> tuple[tuple[MacroWindow, ...], int | None]:
    """Return the day's windows, and how many rows its month has; None without the source."""
    if windows is None:
        return (), None
    begins, ends = new_york_midnight(day), new_york_midnight(day + timedelta(days=1))
    today = tuple(one for one in windows if one.starts_at < ends and one.ends_at > begins)
    month = sum(
        (on.year, on.month) == (day.year, day.month)
        for on in (new_york_date(one.starts_at) for one in windows)
    )
    return today, month


def _missing(facts: Facts, quotes: MomentQuotes) -> frozenset[Source]:
    """Name the sources that tell nothing at this moment, whatever strategy asks."""
    technicals = facts.technicals
    bars = (technicals.realised_volatility, technicals.volume_share_pct, technicals.adx14, technicals.sma50)
    ranged = facts.iv_range
    absent = {
        Source.CHAINS: not quotes.expiries() or facts.spot is None,
        Source.VOLUME: not quotes.tells("volume"),
        Source.OPEN_INTEREST: not quotes.tells("open_interest"),
        Source.QUOTE_SIZES: not (quotes.tells("bid_size") and quotes.tells("ask_size")),
        Source.BARS: any(one is None for one in bars),
        Source.VIX: vix_in_force(facts, MAX_QUOTE_AGE_S) is None,
        Source.VIX3M: facts.vix3m is None,
        Source.IV_HISTORY: ranged is None or not ranged.is_long_enough,
        Source.EARNINGS: facts.earnings is None,
        Source.DIVIDENDS: facts.dividend is None,
        Source.MACRO_WINDOWS: not facts.window_rows_in_month,
    }
    return frozenset(source for source, is_absent in absent.items() if is_absent)

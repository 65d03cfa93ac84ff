"""Why an open structure is left (B-06), each cause judged by itself; the first that holds wins."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_instant
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.exits.guardrails import VIX_SPIKE_PCT_1M
from chalicelib.domain.desk.strategies.strategy import ExitConditions
from chalicelib.domain.money import ZERO


class ExitCause(StrEnum):
    """In the order in which they win."""

    PERSON = "person"
    HARD_STOP = "hard_stop"
    ZERO_DTE = "zero_dte_buffer"
    VIX_SPIKE = "vix_spike"
    STOP_PCT = "stop_pct"
    STOP_USD = "stop_usd"
    TRAILING = "trailing"
    PROFIT_TARGET_PCT = "profit_target_pct"
    PROFIT_TARGET_USD = "profit_target_usd"
    TIME_STOP_DTE = "time_stop_dte"
    TIME_STOP_AT = "time_stop_at"


#: What neither grace nor persistence holds back.
AT_ONCE: Final = frozenset({ExitCause.PERSON, ExitCause.HARD_STOP, ExitCause.ZERO_DTE, ExitCause.VIX_SPIKE})
#: What is judged by a mark, and cannot be without one.
BY_MARK: Final = frozenset(
    {
        ExitCause.STOP_PCT,
        ExitCause.STOP_USD,
        ExitCause.TRAILING,
        ExitCause.PROFIT_TARGET_PCT,
        ExitCause.PROFIT_TARGET_USD,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStructure:
    """What is held: prices are the trade's own (W-02), `sign` and `dollars` make results of them.

    `dollars` are what a dollar of price means for all that is held; `max_profit` is of all that too.
    `last_session` is the first expiry's last one, None where the calendar knows none near.
    """

    filled_at: datetime
    entry_price: Decimal
    sign: int
    dollars: Decimal
    max_profit: Decimal
    last_session: Session | None

    def result(self, mark: Decimal) -> Decimal:
        """Return what leaving at a price would bring, in dollars."""
        return self.sign * (mark - self.entry_price) * self.dollars

    @property
    def premium(self) -> Decimal:
        """Return the credit or the debit of all that is held, a positive amount."""
        return abs(self.entry_price) * self.dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one exit scan sees. `scan_at` is the instant that the scan stands for, `at` is now.

    `mark` None: no usable quotes of one moment. `stands_for` counts scans: 1, but more where a step of a
    backtest covers a day. `is_second_read`: quotes were read again within the scan.
    """

    at: datetime
    scan_at: datetime
    mark: Decimal | None
    vix: float | None = None
    vix_minute_ago: float | None = None
    asked_by_person: bool = False
    hard_stop: bool = False
    is_second_read: bool = False
    stands_for: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRules:
    """By what a structure is left: the strategy's conditions, the desk's buffer, the market's calendar."""

    conditions: ExitConditions
    calendar: MarketCalendar
    zero_dte_buffer: timedelta = timedelta(minutes=30)


def causes_at_once(held: OpenStructure, rules: ExitRules, sight: Sight) -> Iterator[ExitCause]:
    """Yield the causes that wait for nothing."""
    if sight.asked_by_person:
        yield ExitCause.PERSON
    if sight.hard_stop:
        yield ExitCause.HARD_STOP
    if _is_in_buffer(held, rules, sight.at):
        yield ExitCause.ZERO_DTE
    if rules.conditions.vix_exit and is_vix_spike(sight.vix, sight.vix_minute_ago):
        yield ExitCause.VIX_SPIKE


def is_vix_spike(now: float | None, minute_ago: float | None) -> bool:
    """Say whether VIX rose by 10 per cent or more within a minute; never without both."""
    if now is None or minute_ago is None or minute_ago <= 0:
        return False
    return (now / minute_ago - 1) * 100 >= VIX_SPIKE_PCT_1M - 1e-9


def causes_by_mark(
    held: OpenStructure, conditions: ExitConditions, mark: Decimal, best: Decimal
) -> Iterator[ExitCause]:
    """Yield what a mark says; `best` is the highest result seen, this one included."""
    result = held.result(mark)
    if conditions.stop_pct is not None and -result >= held.premium * conditions.stop_pct / 100:
        yield ExitCause.STOP_PCT
    if conditions.stop_usd is not None and -result >= conditions.stop_usd:
        yield ExitCause.STOP_USD
    if _has_given_back(held, conditions, result, best):
        yield ExitCause.TRAILING
    target_pct = conditions.profit_target_pct
    if target_pct is not None and result >= held.max_profit * target_pct / 100 > 0:
        yield ExitCause.PROFIT_TARGET_PCT
    if conditions.profit_target_usd is not None and result >= conditions.profit_target_usd:
        yield ExitCause.PROFIT_TARGET_USD


def _has_given_back(held: OpenStructure, conditions: ExitConditions, result: Decimal, best: Decimal) -> bool:
    start, share = conditions.trail_from_pct, conditions.trail_pct
    if start is None or share is None or best <= ZERO or best < held.max_profit * start / 100:
        return False
    return result <= best * (1 - share / 100)


def causes_by_time(held: OpenStructure, rules: ExitRules, at: datetime) -> Iterator[ExitCause]:
    """Yield what the calendar and the clock say."""
    if _is_dte_reached(held, rules, at):
        yield ExitCause.TIME_STOP_DTE
    if _is_clock_reached(rules, at):
        yield ExitCause.TIME_STOP_AT


def _is_in_buffer(held: OpenStructure, rules: ExitRules, at: datetime) -> bool:
    last = held.last_session
    return last is not None and at >= last.closes_at - rules.zero_dte_buffer


def _is_dte_reached(held: OpenStructure, rules: ExitRules, at: datetime) -> bool:
    """Say whether the day has come; a day without a session is served by the session before it.

    Waiting for the one after would carry the position past its stop.
    """
    days = rules.conditions.time_stop_dte
    if days is None or held.last_session is None:
        return False
    day = held.last_session.day - timedelta(days=days)
    if not rules.calendar.is_trading_day(day):
        day = rules.calendar.previous_trading_day(day)
    return new_york_date(at) >= day


def _is_clock_reached(rules: ExitRules, at: datetime) -> bool:
    """Say whether the time of day has come; the last minutes stand for it on a day that ends before."""
    clock = rules.conditions.time_stop_at
    day = new_york_date(at)
    session = rules.calendar.session(day)
    if clock is None or session is None:
        return False
    due_at = new_york_instant(day, clock)
    if due_at >= session.closes_at:
        due_at = session.closes_at - rules.zero_dte_buffer
    return at >= due_at

"""The desk's reports (B-14, B-15): performance (A-15) of a day, and of one strategy over the last days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.analysis.metrics.curve import daily_series, monthly, weekly
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.summary import mean
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.services.analysis.performance import Performance, Period, measure
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.settings import require
from chalicelib.store.analysis.outcomes import OutcomeFilter, count_entered, read_outcomes
from chalicelib.store.desk import strategies
from chalicelib.store.desk.strategies import StrategyRow

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures of ended trades; what share of their credit was kept on average, in per cent, by how many."""

    figures: Performance
    credit_captured_pct: Decimal | None
    credit_trades: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """A New York day: what ended on it, and how many trades were entered.

    The report's days are those of the week to that day, its weeks those that the month to that day touches,
    its months the year's.
    """

    day: date
    entered: int
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyReport:
    """What one strategy's trades came to over the last so many days, this one included."""

    strategy: StrategyRow
    days: int
    report: Report


def read_daily_report(env: Environment, username: str, asked: date | None) -> DailyReport:
    """Report on a day, today's without one."""
    day = asked or new_york_date(env.clock.now())
    begins_at, ends_at = new_york_midnight(day), new_york_midnight(day + _A_DAY) - timedelta(microseconds=1)
    # A week of the first days of a year begins in the year before.
    year_began = date(day.year, 1, 1)
    first = year_began - timedelta(days=year_began.weekday())

    def work(connection: Connection) -> DailyReport:
        balance = require(connection, username).account_balance
        calendar = calendar_of(env, connection)
        wanted = OutcomeFilter(from_at=new_york_midnight(first), to_at=ends_at)
        outcomes = read_outcomes(connection, username, wanted)
        days = daily_series(outcomes, calendar, balance=balance, first=first, last=day)
        of_day = [one for one in outcomes if one.closed_on == day]
        own = daily_series(of_day, calendar, balance=balance, first=day, last=day)
        figures = replace(
            measure(of_day, own, balance, Period(first=day, last=day)),
            days=[one for one in days if one.date >= _monday(day)],
            weekly={
                monday: pnl for monday, pnl in weekly(days).items() if monday >= _monday(day.replace(day=1))
            },
            monthly={name: pnl for name, pnl in monthly(days).items() if name >= f"{year_began:%Y-%m}"},
        )
        entered = count_entered(connection, username, begins_at, ends_at)
        return DailyReport(day=day, entered=entered, report=_reported(figures, of_day))

    return env.database.run(work, username=username)


def read_strategy_report(env: Environment, username: str, strategy_id: UUID, days: int) -> StrategyReport:
    """Report on one strategy; raises NotFound."""
    last = new_york_date(env.clock.now())
    asked = Period(first=last - (days - 1) * _A_DAY, last=last)
    assert asked.first is not None
    begins_at = new_york_midnight(asked.first)

    def work(connection: Connection) -> StrategyReport:
        row = strategies.read(connection, username, strategy_id)
        if row is None:
            raise NotFound("strategy")
        balance = require(connection, username).account_balance
        calendar = calendar_of(env, connection)
        wanted = OutcomeFilter(from_at=begins_at, strategy_id=str(strategy_id))
        outcomes = read_outcomes(connection, username, wanted)
        series = daily_series(outcomes, calendar, balance=balance, first=asked.first, last=asked.last)
        figures = measure(outcomes, series, balance, asked)
        return StrategyReport(strategy=row, days=days, report=_reported(figures, outcomes))

    return env.database.run(work, username=username)


def _reported(figures: Performance, outcomes: Sequence[Outcome]) -> Report:
    captured = [one.credit_captured_pct for one in outcomes]
    return Report(
        figures=figures,
        credit_captured_pct=mean(captured),
        credit_trades=sum(one is not None for one in captured),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())

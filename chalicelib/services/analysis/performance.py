"""A user's performance (A-15): ended trades, read once, and every figure of api.md made of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.analysis.metrics.curve import Day, Drawdown, daily_series, drawdown, monthly, weekly
from chalicelib.domain.analysis.metrics.groups import KEYS, Group, best_and_worst, group_by, group_by_tag
from chalicelib.domain.analysis.metrics.multiples import Multiples, multiples
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.ratios import TRADING_DAYS_PER_YEAR, Ratios, ratios
from chalicelib.domain.analysis.metrics.summary import Summary, summarize
from chalicelib.domain.analysis.metrics.verdicts import VerdictScore, score_verdicts
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.settings import require
from chalicelib.store.analysis.attribution import SplitSum, read_split_sums
from chalicelib.store.analysis.outcomes import OutcomeFilter, read_outcomes

#: A scatter of more points shows nothing more, and an answer has its bounds; the newest are shown.
EXCURSIONS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The New York days of the series, both inclusive; None where an open end has no trade to reach to."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The figures of ended trades: dollars net of fees, rates as fractions; undefined is None (A-15).

    `first` and `last` as asked, else the ends of the series; `r` in multiples of the initial risk; `by` the
    groups of each key, and of each tag; `excursions` the newest trades, EXCURSIONS_MAX at most; `splits` say
    where the P&L of each strategy's analysed trades came from.
    """

    first: date | None
    last: date | None
    summary: Summary
    r: Multiples
    drawdown: Drawdown | None
    ratios: Ratios
    days: Sequence[Day]
    weekly: Mapping[date, Decimal]
    monthly: Mapping[str, Decimal]
    best_strategy: Group | None
    worst_strategy: Group | None
    by: Mapping[str, Sequence[Group]]
    verdicts: VerdictScore
    excursions: Sequence[Outcome]
    splits: Sequence[SplitSum] = ()


def read_performance(env: Environment, username: str, wanted: OutcomeFilter) -> Performance:
    """Work out the performance of the trades that are asked for; without any, what is undefined is None."""
    today = new_york_date(env.clock.now())

    def work(connection: Connection) -> Performance:
        balance = require(connection, username).account_balance
        calendar = calendar_of(env, connection)
        outcomes = read_outcomes(connection, username, wanted)
        asked = period_of(wanted)
        days = daily_series(
            outcomes,
            calendar,
            balance=balance,
            first=asked.first,
            last=None if asked.last is None else min(asked.last, today),
        )
        splits = read_split_sums(connection, username, wanted)
        return replace(measure(outcomes, days, balance, asked), splits=splits)

    return env.database.run(work, username=username)


def period_of(wanted: OutcomeFilter) -> Period:
    """Return the New York days that the bounds lie on."""
    return Period(
        first=None if wanted.from_at is None else new_york_date(wanted.from_at),
        last=None if wanted.to_at is None else new_york_date(wanted.to_at),
    )


def measure(
    outcomes: Sequence[Outcome],
    days: Sequence[Day],
    balance: Decimal,
    asked: Period,
    *,
    keys: Mapping[str, Callable[[Outcome], str | None]] = KEYS,
    days_per_year: int = TRADING_DAYS_PER_YEAR,
) -> Performance:
    """Work out all figures of these trades, whose series is `days`; `balance` is the account's in dollars.

    `keys` are what they are grouped by, `days_per_year` is how many days a year of the series has.
    """
    best, worst = best_and_worst(group_by(outcomes, keys["strategy"]))
    fall = drawdown(days, balance)
    return Performance(
        first=asked.first or (days[0].date if days else None),
        last=asked.last or (days[-1].date if days else None),
        summary=summarize(outcomes),
        r=multiples(outcomes),
        drawdown=fall,
        ratios=ratios(days, balance, fall, days_per_year=days_per_year),
        days=days,
        weekly=weekly(days),
        monthly=monthly(days),
        best_strategy=best,
        worst_strategy=worst,
        by={name: group_by(outcomes, key) for name, key in keys.items()} | {"tag": group_by_tag(outcomes)},
        verdicts=score_verdicts(outcomes),
        excursions=outcomes[-EXCURSIONS_MAX:],
    )

"""A user's performance (A-15): ended trades, read once, and every figure of api.md made of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.analysis.metrics.curve import Day, Drawdown, daily_series, drawdown, monthly, weekly
from chalicelib.domain.analysis.metrics.groups import KEYS, Group, best_and_worst, group_by
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.ratios import ratios
from chalicelib.domain.analysis.metrics.summary import Summary, summarize
from chalicelib.domain.analysis.metrics.verdicts import score_verdicts
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.shapes import number
from chalicelib.services.users.settings import require
from chalicelib.store.analysis.outcomes import OutcomeFilter, read_outcomes

#: A scatter of more points shows nothing more, and an answer has its bounds; the newest are shown.
EXCURSIONS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The New York days of the series, both inclusive; None where an open end has no trade to reach to."""

    first: date | None
    last: date | None


def read_performance(env: Environment, username: str, wanted: OutcomeFilter) -> dict[str, JsonValue]:
    """Work out the performance of the trades that are asked for; without any, what is undefined is null."""
    today = new_york_date(env.clock.now())

    def work(connection: Connection) -> dict[str, JsonValue]:
        balance = require(connection, username).account_balance
        calendar = MarketCalendar(closures=env.closures(connection))
        outcomes = read_outcomes(connection, username, wanted)
        asked = period_of(wanted)
        days = daily_series(
            outcomes,
            calendar,
            balance=balance,
            first=asked.first,
            last=None if asked.last is None else min(asked.last, today),
        )
        return shape(outcomes, days, balance, asked)

    return env.database.run(work, username=username)


def period_of(wanted: OutcomeFilter) -> Period:
    """Return the New York days that the bounds lie on."""
    return Period(
        first=None if wanted.from_at is None else new_york_date(wanted.from_at),
        last=None if wanted.to_at is None else new_york_date(wanted.to_at),
    )


def shape(
    outcomes: Sequence[Outcome], days: Sequence[Day], balance: Decimal, asked: Period
) -> dict[str, JsonValue]:
    """Write the shape of api.md; `from` and `to` are as asked, else the ends of the series."""
    first = asked.first or (days[0].date if days else None)
    last = asked.last or (days[-1].date if days else None)
    strategies = group_by(outcomes, KEYS["strategy"])
    best, worst = best_and_worst(strategies)
    return {
        "from": None if first is None else first.isoformat(),
        "to": None if last is None else last.isoformat(),
        **summary_shape(summarize(outcomes)),
        **_over_time(days, balance),
        "best_strategy": _strategy(best),
        "worst_strategy": _strategy(worst),
        "by": {name: [_group(group) for group in group_by(outcomes, key)] for name, key in KEYS.items()},
        "ai": _verdicts(outcomes),
        "excursions": [_excursion(outcome) for outcome in outcomes[-EXCURSIONS_MAX:]],
    }


def _excursion(outcome: Outcome) -> dict[str, JsonValue]:
    """Write a point of the scatter; ten thousand of them, so numbers are not made whole first."""
    mfe_pct, mae_pct, pnl_pct = outcome.mfe_pct, outcome.mae_pct, outcome.pnl_pct
    return {
        "trade_id": str(outcome.trade_id),
        "mfe_pct": None if mfe_pct is None else float(mfe_pct),
        "mae_pct": None if mae_pct is None else float(mae_pct),
        "pnl_pct": None if pnl_pct is None else float(pnl_pct),
    }


def summary_shape(summary: Summary) -> dict[str, JsonValue]:
    """Write the figures of trades as every answer names them."""
    return {field.name: _plain(getattr(summary, field.name)) for field in fields(summary)}


def _plain(value: int | Decimal | None) -> JsonValue:
    return number(value) if isinstance(value, Decimal) else value


def _over_time(days: Sequence[Day], balance: Decimal) -> dict[str, JsonValue]:
    fall = drawdown(days, balance)
    return {
        **_fall(fall),
        **_ratios(days, balance, fall),
        "daily": [
            {"date": day.date.isoformat(), "pnl": number(day.pnl), "equity": number(day.equity)}
            for day in days
        ],
        "weekly": [{"from": monday.isoformat(), "pnl": number(pnl)} for monday, pnl in weekly(days).items()],
        "monthly": [{"month": month, "pnl": number(pnl)} for month, pnl in monthly(days).items()],
    }


def _fall(fall: Drawdown | None) -> dict[str, JsonValue]:
    return {
        "max_drawdown": None if fall is None else number(fall.amount),
        "max_drawdown_pct": None if fall is None else number(fall.percent),
        "max_drawdown_days": None if fall is None else fall.days,
    }


def _ratios(days: Sequence[Day], balance: Decimal, fall: Drawdown | None) -> dict[str, JsonValue]:
    worked_out = ratios(days, balance, fall)
    return {"sharpe": worked_out.sharpe, "sortino": worked_out.sortino, "calmar": worked_out.calmar}


def _group(group: Group) -> dict[str, JsonValue]:
    return {
        "key": group.key,
        "trades": group.trades,
        "win_rate": number(group.win_rate),
        "total_pnl": number(group.total_pnl),
        "expectancy": number(group.expectancy),
    }


def _strategy(group: Group | None) -> JsonValue:
    return None if group is None else {**_group(group), "too_few": group.too_few}


def _verdicts(outcomes: Sequence[Outcome]) -> dict[str, JsonValue]:
    score = score_verdicts(outcomes)
    return {"agree": score.agree, "right": score.right, "right_pct": number(score.right_pct)}

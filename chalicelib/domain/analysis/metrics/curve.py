"""P&L over time: the daily series, the equity that it makes, its drawdown, and its weeks and months.

The series is the selection's own: it starts at the account's balance and knows nothing of trades that were
left out (docs/adr/0009).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.money import ZERO

#: A longer period is cut at its beginning: there is no page for it, and each day costs.
SERIES_YEARS_MAX: Final = 30
_DAYS_PER_YEAR: Final = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day's realised P&L and the equity at its end, account money."""

    date: date
    pnl: Decimal
    equity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest falls below the running peak, both ≤ 0; `days` is how long the deepest one (in per cent)
    lasted: the trading days of that fall that ended below its peak, until it was regained or the series ends.
    """

    amount: Decimal
    percent: Decimal
    days: int


def daily_series(
    outcomes: Iterable[Outcome],
    calendar: MarketCalendar,
    *,
    balance: Decimal,
    first: date | None,
    last: date | None,
) -> list[Day]:
    """Return every trading day from `first` to `last` (inclusive), days without trades at 0.

    An open end reaches to the first or the last day on which a trade ended; without any trade there is no
    series then. A trade that ended on a day without a session (imported, or in what trades at all hours) adds
    that day.
    """
    pnl_by_day = _pnl_by_day(outcomes, lambda outcome: outcome.closed_on)
    return _series(pnl_by_day, calendar.is_trading_day, balance=balance, first=first, last=last)


def utc_series(
    outcomes: Iterable[Outcome], *, balance: Decimal, first: date | None, last: date | None
) -> list[Day]:
    """Return every day of UTC, of what trades at all hours; else as `daily_series`."""
    pnl_by_day = _pnl_by_day(outcomes, lambda outcome: outcome.closed_at.astimezone(UTC).date())
    return _series(pnl_by_day, lambda _: True, balance=balance, first=first, last=last)


def _series(
    pnl_by_day: Mapping[date, Decimal],
    counts: Callable[[date], bool],
    *,
    balance: Decimal,
    first: date | None,
    last: date | None,
) -> list[Day]:
    start = first if first is not None else min(pnl_by_day, default=None)
    end = last if last is not None else max(pnl_by_day, default=None)
    if start is None or end is None:
        return []
    start = max(start, end - timedelta(days=SERIES_YEARS_MAX * _DAYS_PER_YEAR))
    span = (start + timedelta(days=offset) for offset in range((end - start).days + 1))
    equity = balance
    days = []
    for day in span:
        if day in pnl_by_day or counts(day):
            pnl = pnl_by_day.get(day, ZERO)
            equity += pnl
            days.append(Day(date=day, pnl=pnl, equity=equity))
    return days


def _pnl_by_day(outcomes: Iterable[Outcome], day_of: Callable[[Outcome], date]) -> Mapping[date, Decimal]:
    sums: dict[date, Decimal] = defaultdict(Decimal)
    for outcome in outcomes:
        sums[day_of(outcome)] += outcome.pnl
    return sums


def drawdown(days: Sequence[Day], balance: Decimal) -> Drawdown | None:
    """Measure the fall from the running peak, which starts at the balance (above 0); None without a day."""
    if not days:
        return None
    peak, under, regained = balance, 0, True
    deepest = Drawdown(amount=ZERO, percent=ZERO, days=0)
    amount = ZERO
    for day in days:
        if day.equity >= peak:
            peak, under, regained = day.equity, 0, True
            continue
        under += 1
        amount = min(amount, day.equity - peak)
        percent = (day.equity - peak) / peak * 100
        if percent < deepest.percent:
            deepest, regained = Drawdown(amount=amount, percent=percent, days=under), False
        elif not regained:
            deepest = Drawdown(amount=amount, percent=deepest.percent, days=under)
    return Drawdown(amount=amount, percent=deepest.percent, days=deepest.days)


def recovery_days(days: Sequence[Day], balance: Decimal) -> int | None:
    """Return how long the way back took from the deepest point, in per cent, to the peak before it.

    0 without a fall, None while it has not been regained.
    """
    peak, deepest, peak_then, since = balance, ZERO, balance, 0
    regained: int | None = 0
    for number, day in enumerate(days):
        peak = max(peak, day.equity)
        fall = (day.equity - peak) / peak
        if fall < deepest:
            deepest, peak_then, since, regained = fall, peak, number, None
        elif regained is None and day.equity >= peak_then:
            regained = number - since
    return regained


def weekly(days: Iterable[Day]) -> dict[date, Decimal]:
    """Sum the series by week; each is named by its Monday."""
    sums: dict[date, Decimal] = defaultdict(Decimal)
    for day in days:
        sums[day.date - timedelta(days=day.date.weekday())] += day.pnl
    return sums


def monthly(days: Iterable[Day]) -> dict[str, Decimal]:
    """Sum the series by month, named `2026-03`."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for day in days:
        sums[f"{day.date:%Y-%m}"] += day.pnl
    return sums

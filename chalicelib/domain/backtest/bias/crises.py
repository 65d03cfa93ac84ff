"""Whether the range had a crash in it, and what the worst weeks of the curve came to.

Days are of the S&P 500's closes: from the last high to the low of each fall.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.backtest.kept import EquityPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """A fall that a seller of premium is measured by; both days included."""

    name: str
    first: date
    last: date


CRISES: Final = (
    Crisis(name="August 1998", first=date(1998, 7, 17), last=date(1998, 8, 31)),
    Crisis(name="September 2001", first=date(2001, 9, 10), last=date(2001, 9, 21)),
    Crisis(name="autumn 2008", first=date(2008, 9, 12), last=date(2008, 11, 20)),
    Crisis(name="May 2010", first=date(2010, 4, 23), last=date(2010, 5, 20)),
    Crisis(name="August 2011", first=date(2011, 7, 22), last=date(2011, 8, 8)),
    Crisis(name="August 2015", first=date(2015, 8, 17), last=date(2015, 8, 25)),
    Crisis(name="February 2018", first=date(2018, 1, 26), last=date(2018, 2, 8)),
    Crisis(name="December 2018", first=date(2018, 12, 3), last=date(2018, 12, 24)),
    Crisis(name="spring 2020", first=date(2020, 2, 19), last=date(2020, 3, 23)),
    Crisis(name="first half of 2022", first=date(2022, 1, 3), last=date(2022, 6, 16)),
    Crisis(name="August 2024", first=date(2024, 7, 31), last=date(2024, 8, 5)),
    Crisis(name="April 2025", first=date(2025, 4, 2), last=date(2025, 4, 8)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the curve lost, or won, between two closes."""

    name: str
    pnl: Decimal


def crises_in(points: Sequence[EquityPoint], capital: Decimal) -> Iterator[Window]:
    """Yield the known crises that lie wholly in the range, with what they came to."""
    if not points:
        return
    for crisis in CRISES:
        if points[0].day <= crisis.first and crisis.last <= points[-1].day:
            yield Window(
                name=crisis.name,
                pnl=_equity(points, crisis.last, capital) - _equity(points, crisis.first, capital),
            )


def worst_of(points: Sequence[EquityPoint], capital: Decimal, days: int) -> Window | None:
    """Return the worst so many sessions running; None where there are fewer."""
    equity = [capital, *(point.equity for point in points)]
    if len(equity) <= days:
        return None
    changes = [(equity[end] - equity[end - days], end) for end in range(days, len(equity))]
    pnl, end = min(changes)
    return Window(name=f"{days} sessions to {points[end - 1].day.isoformat()}", pnl=pnl)


def _equity(points: Sequence[EquityPoint], day: date, capital: Decimal) -> Decimal:
    """Return the equity of the last close up to a day."""
    return next((point.equity for point in reversed(points) if point.day <= day), capital)

"""The next earnings and the next dividend, out of what a vendor's calendar shows; pure.

Known to be none and not known are different (B-02, G1, G2). A share that has told earnings tells them again,
so a calendar without the next ones is not known; a dividend that is paid so many times a year is expected
again though nobody has declared it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.domain.instruments.kinds import UnderlyingKind

_DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class NextEarnings:
    """The next earnings; `on` None: known to be none, as of a fund or an index."""

    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDividend:
    """The next ex-date with its amount per share; `ex_date` None: known to be none."""

    ex_date: date | None = None
    amount: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsCalendar:
    """The days on which a vendor has earnings, past and announced; `has_table`: it keeps such a calendar."""

    days: tuple[date, ...]
    has_table: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """Dollars a share for whoever holds it before the ex-date; `times_a_year` 0: once, or not told."""

    ex_date: date
    amount: float
    times_a_year: int = 0


def next_earnings(
    calendar: EarningsCalendar, kind: UnderlyingKind | None, today: date
) -> NextEarnings | None:
    """Return the first earnings from today on; None is not known.

    An empty calendar of a share is the vendor's word that none are; no calendar at all is such a word of a
    fund or an index alone.
    """
    ahead = min((day for day in calendar.days if day >= today), default=None)
    if ahead is not None:
        return NextEarnings(on=ahead)
    has_none = kind is not None and not kind.tells_earnings
    is_said = calendar.has_table and not calendar.days
    return NextEarnings() if has_none or is_said else None


def next_dividend(paid: Sequence[Dividend], today: date) -> NextDividend:
    """Return the first dividend from today on, an expected one where only past ones are known."""
    ordered = sorted(paid, key=lambda one: one.ex_date)
    ahead = next((one for one in ordered if one.ex_date >= today), None)
    if ahead is not None:
        return NextDividend(ex_date=ahead.ex_date, amount=ahead.amount)
    regular = [one for one in ordered if one.times_a_year > 0]
    if not regular:
        return NextDividend()
    last = regular[-1]
    apart = timedelta(days=_DAYS_A_YEAR // last.times_a_year)
    if today - last.ex_date > 2 * apart:
        return NextDividend()  # two were left out: it is not paid any more
    return NextDividend(ex_date=max(last.ex_date + apart, today), amount=last.amount)

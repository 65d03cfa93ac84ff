"""What an evaluation is judged by, gathered once a scan: values with their times, small enough to be stored.

None means *not known* throughout. What is known to be none is a value of its own: `NextEarnings(on=None)` of
a fund is not the missing calendar of a share.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Final, Self

from chalicelib.domain.desk.book import Book
from chalicelib.domain.desk.pipeline.company_dates import NextDividend, NextEarnings
from chalicelib.domain.desk.selection.candidate import Selection
from chalicelib.domain.desk.volatility.iv_history import IvRange
from chalicelib.domain.desk.volatility.technicals import Technicals

BEFORE_RELEASE: Final = timedelta(minutes=30)
AFTER_RELEASE: Final = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value with the time that its source gives it; `delay_s` is the source's own delay."""

    STORED_AS_LIST: ClassVar = True

    value: float
    at: datetime
    delay_s: int = 0

    def age_s(self, now: datetime) -> float:
        """Return its age beyond the source's own delay, in seconds."""
        return (now - self.at).total_seconds() - self.delay_s

    def is_fresh(self, now: datetime, limit_s: float) -> bool:
        """Say whether it may stand for now."""
        return self.age_s(now) <= limit_s


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyClose:
    """A stored official close; never a value that stood in for one."""

    STORED_AS_LIST: ClassVar = True

    day: date
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroWindow:
    """One release, [starts_at, ends_at)."""

    STORED_AS_LIST: ClassVar = True

    name: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def around(cls, name: str, release_at: datetime) -> Self:
        """Return the window that a release has unless its row says another."""
        return cls(name=name, starts_at=release_at - BEFORE_RELEASE, ends_at=release_at + AFTER_RELEASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the strategy's account and its owner have at present; dollars.

    `free_shares` of the underlying are promised to nothing else, `free_cash` neither. `book` None: it cannot
    be computed, since a leg has no Greeks.
    """

    balance: Decimal | None = None
    free_cash: Decimal | None = None
    free_shares: int = 0
    open_of_strategy: int = 0
    open_of_desk: int = 0
    condors_by_expiry: tuple[tuple[date, int], ...] = ()
    book: Book | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of an evaluation's inputs but the chain.

    `windows` are the day's macro windows, None when the month has no row at all. `opens_at` and `closes_at`
    are today's session, None without one. `implied_volatility` is the 30-day ATM one.
    """

    at: datetime
    underlying: str
    spot: Reading | None = None
    expirations: int | None = None
    technicals: Technicals = field(default_factory=Technicals)
    implied_volatility: float | None = None
    iv_range: IvRange | None = None
    vix: Reading | None = None
    vix_close: DailyClose | None = None
    vix3m: Reading | None = None
    previous_session: date | None = None
    windows: tuple[MacroWindow, ...] = ()
    window_rows_in_month: int | None = None
    earnings: NextEarnings | None = None
    dividend: NextDividend | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    account: AccountFacts = field(default_factory=AccountFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What is stored with an evaluation: the facts, and what was selected in place of the chain."""

    facts: Facts
    selection: Selection

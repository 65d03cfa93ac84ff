"""Calls to vendors, counted in PostgreSQL: sliding minutes per token, and months per vendor.

Each statement commits by itself: it takes the row's lock, sees the latest version and is done, so that
workers queue for microseconds and never lose a race.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.store.database import Database

#: A call made at t counts in (t, t + 60 s]: whoever waits out a Retry-After finds room.
WINDOW: Final = timedelta(seconds=60)
#: Workers' statements may arrive out of the order of their clocks by this much; entries are kept so long.
DISORDER: Final = timedelta(seconds=10)

#: Entries far ahead of now are left from a clock that was set back (a stack started anew at an earlier time)
#: and would block for ever.
_ENTRIES: Final = (
    "array(select t from unnest(rate_budgets.called_at) as t"
    " where t > cast(:{since} as timestamptz) and t <= cast(:until as timestamptz) order by t)"
)
_KEPT: Final = _ENTRIES.format(since="keep_since")
_IN_WINDOW: Final = _ENTRIES.format(since="since")
_TAKE_SQL: Final = (
    "insert into rate_budgets (token_key, called_at)"  # noqa: S608 - put together from constants
    " values (:token_key, array[cast(:at as timestamptz)])"
    " on conflict (token_key) do update"
    f" set called_at = {_KEPT} || cast(:at as timestamptz)"
    f" where cardinality({_IN_WINDOW}) < :limit"
    " returning token_key"
)
_TAKE: Final = text(_TAKE_SQL)
#: The call may be made when the `limit`-th youngest entry has left the window.
_FREE_AT: Final = text(
    f"select called[cardinality(called) - :limit + 1] from (select {_IN_WINDOW} as called"  # noqa: S608
    " from rate_budgets where token_key = :token_key) as w where cardinality(called) >= :limit"
)
_FILL: Final = text(
    f"update rate_budgets set called_at = {_KEPT}"  # noqa: S608
    " || array_fill(cast(:entered_at as timestamptz),"
    f" array[greatest(0, :up_to - cardinality({_IN_WINDOW}))])"
    " where token_key = :token_key"
)
_COUNTED_ONCE_MORE: Final = " on conflict (vendor, month) do update set calls = vendor_usage.calls + 1"
_COUNT_MONTH: Final = text(
    f"insert into vendor_usage (vendor, month, calls) values (:vendor, :month, 1){_COUNTED_ONCE_MORE}"  # noqa: S608
)
#: Both counts in one round trip: a call that is taken counts in its month.
_TAKE_AND_COUNT: Final = text(
    f"with taken as ({_TAKE_SQL}), counted as ("  # noqa: S608 - as above
    "insert into vendor_usage (vendor, month, calls) select :vendor, :month, 1 from taken"
    f"{_COUNTED_ONCE_MORE}) select token_key from taken"
)
_USED_MONTH: Final = text("select calls from vendor_usage where vendor = :vendor and month = :month")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """Whose month a call counts in, and which month an instant belongs to."""

    vendor: str
    month_of: Callable[[datetime], date]

    def parameters(self, at: datetime) -> dict[str, object]:
        """Return what the counting statement wants."""
        return {"vendor": self.vendor, "month": self.month_of(at).replace(day=1)}


class CallWindows:
    """The calls of the last minute, per token key."""

    def __init__(self, database: Database, *, month_of: MonthCount | None = None) -> None:
        """With `month_of`, each call taken is counted in its vendor's month too."""
        self._database = database
        self._month_of = month_of

    def take(self, token_key: str, *, limit: int, at: datetime) -> float | None:
        """Count one call at `at` when fewer than `limit` lie in the minute before it.

        Returns None when it was counted, else the seconds until there is room.
        """
        wanted = {"token_key": token_key, "at": at, "limit": limit, **_bounds(at)}
        return self._database.by_itself(lambda connection: self._take(connection, wanted, at))

    def _take(self, connection: Connection, wanted: dict[str, object], at: datetime) -> float | None:
        month = self._month_of
        taken = (
            connection.execute(_TAKE, wanted)
            if month is None
            else connection.execute(_TAKE_AND_COUNT, wanted | month.parameters(at))
        )
        if taken.first() is not None:
            return None
        blocking = connection.execute(_FREE_AT, wanted).scalar()
        if not isinstance(blocking, datetime):
            return 1.0
        return max(1.0, (blocking + WINDOW - at).total_seconds())

    def fill(self, token_key: str, *, up_to: int, at: datetime, entered_at: datetime) -> None:
        """Fill the minute before `at` up to `up_to` with entries of `entered_at`; never empties it."""
        wanted = {"token_key": token_key, "entered_at": entered_at, "up_to": up_to, **_bounds(at)}
        self._database.by_itself(lambda connection: connection.execute(_FILL, wanted))


class VendorUsage:
    """Calls per vendor and month, for plans with a monthly quota (A-02)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, vendor: str, month: date) -> None:
        """Count one call in the month that `month` lies in."""
        counted = {"vendor": vendor, "month": month.replace(day=1)}
        self._database.by_itself(lambda connection: connection.execute(_COUNT_MONTH, counted))

    def used(self, vendor: str, month: date) -> int:
        """Return how many calls were made in that month."""
        asked = {"vendor": vendor, "month": month.replace(day=1)}
        found = self._database.by_itself(lambda connection: connection.execute(_USED_MONTH, asked).scalar())
        return int(found) if found is not None else 0


def _bounds(at: datetime) -> dict[str, datetime]:
    return {"since": at - WINDOW, "keep_since": at - WINDOW - DISORDER, "until": at + WINDOW}

"""Calls to vendors, counted in PostgreSQL: sliding minutes per token, and months per vendor.

Each statement commits by itself: it takes the row's lock, sees the latest version and is done, so that
workers queue for microseconds and never lose a race.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.store.database import Database

#: A call made at t counts in (t, t + 60 s]: whoever waits out a Retry-After finds room.
WINDOW: Final = timedelta(seconds=60)
#: Workers' statements may arrive out of the order of their clocks by this much; entries are kept so long.
DISORDER: Final = timedelta(seconds=10)
#: Binance bans an address for three days at most (wire/binance.md, 3).
BAN_MAX: Final = timedelta(days=4)

#: Entries far ahead of now are left from a clock that was set back (a stack started anew at an earlier time)
#: and would block for ever.
_ENTRIES: Final = (
    "array(select t from unnest(rate_budgets.called_at) as t"
    " where t > cast(:{since} as timestamptz) and t <= cast(:until as timestamptz) order by t)"
)
_KEPT: Final = _ENTRIES.format(since="keep_since")
_IN_WINDOW: Final = _ENTRIES.format(since="since")
#: A ban farther ahead than vendors have them is one that a clock set back has left, like such entries.
_CLOSED_UNTIL: Final = (
    "case when rate_budgets.closed_until > cast(:at as timestamptz)"
    " and rate_budgets.closed_until <= cast(:banned_until as timestamptz)"
    " then rate_budgets.closed_until end"
)
_CALLS: Final = "array_fill(cast(:at as timestamptz), array[cast(:weight as integer)])"
_COUNTED: Final = (
    "insert into rate_budgets (token_key, called_at) {row}"
    " on conflict (token_key) do update"
    f" set called_at = {_KEPT} || {_CALLS}"
    f" where cardinality({_IN_WINDOW}) < :{{limit}} and {_CLOSED_UNTIL} is null"
    " returning token_key"
)
_TAKE: Final = text(_COUNTED.format(row=f"values (:token_key, {_CALLS})", limit="limit"))
#: What pages may have of the month is looked at without a lock: a few calls over it do no harm.
_PAGES_LEFT: Final = (
    "(not :is_page or coalesce((select calls from vendor_usage where vendor = :pages_vendor"
    " and month = :month), 0) < :pages_max)"
)
_USED_ONCE: Final = " on conflict (vendor, month) do update set calls = vendor_usage.calls + 1"


def _take_statement(*, of_part: bool, of_month: bool) -> str:
    """Put together the counts of one call in one round trip: the part first, then what it let through."""
    left = _PAGES_LEFT if of_part and of_month else "true"
    part = f"select :part_key, {_CALLS} where {left}"
    let_through = " from part" if of_part else ""
    taken = f"select :token_key, {_CALLS}{let_through}"
    steps = [f"taken as ({_COUNTED.format(row=taken, limit='limit')})"]
    if of_part:
        steps.insert(0, f"part as ({_COUNTED.format(row=part, limit='part_limit')})")
    if of_month:
        steps.append(
            "counted as (insert into vendor_usage (vendor, month, calls)"  # noqa: S608 - constants
            " select vendor, :month, 1 from taken, unnest(cast(:counted_as as text[])) as vendor"
            f"{_USED_ONCE})"
        )
    by_part = "exists (select from part)" if of_part else "true"
    said = f"{left} as by_month, {by_part} as by_part, exists (select from taken) as by_window"
    return f"with {', '.join(steps)} select {said}"


_TAKE_OF: Final = {
    (of_part, of_month): text(_take_statement(of_part=of_part, of_month=of_month))
    for of_part, of_month in ((True, False), (False, True), (True, True))
}
#: The call may be made when the `limit`-th youngest entry has left the window, and no ban holds.
_FREE_AT: Final = text(
    "select max(called[cardinality(called) - :limit + 1]) filter (where cardinality(called) >= :limit)"  # noqa: S608
    f" as blocking, max(closed) as closed from (select {_IN_WINDOW} as called, {_CLOSED_UNTIL} as closed"
    " from rate_budgets where token_key = any(:token_keys)) as w"
)
_CLOSE: Final = text(
    "insert into rate_budgets (token_key, closed_until) values (:token_key, :until)"
    " on conflict (token_key) do update set closed_until = excluded.closed_until"
)
#: What a part counted for a call that the window then refused; where others called since, it stays counted.
_GIVE_BACK: Final = text(
    "update rate_budgets set called_at = called_at[1 : cardinality(called_at) - :weight]"
    " where token_key = :part_key and called_at[cardinality(called_at)] = cast(:at as timestamptz)"
)
_FILL: Final = text(
    f"update rate_budgets set called_at = {_KEPT}"  # noqa: S608
    " || array_fill(cast(:entered_at as timestamptz),"
    f" array[greatest(0, :up_to - cardinality({_IN_WINDOW}))])"
    " where token_key = :token_key"
)
_COUNT_MONTH: Final = text(
    f"insert into vendor_usage (vendor, month, calls) values (:vendor, :month, 1){_USED_ONCE}"  # noqa: S608
)
_NOTE_CADENCE: Final = text(
    "insert into vendor_usage (vendor, month, cadence_seconds) values (:vendor, :month, :seconds)"
    " on conflict (vendor, month) do update set cadence_seconds = excluded.cadence_seconds"
    " where vendor_usage.cadence_seconds is distinct from excluded.cadence_seconds"
)
_CADENCE: Final = text("select cadence_seconds from vendor_usage where vendor = :vendor and month = :month")
_USED_MONTH: Final = text("select calls from vendor_usage where vendor = :vendor and month = :month")


class Part(StrEnum):
    """What refused a call."""

    WINDOW = "window"
    CLOSED = "closed"
    SHARE = "share"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a call was not counted, and the seconds until there is room (for a month: 0, not known)."""

    by: Part
    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfWindow:
    """A part of a window that is counted apart; `is_page` calls have a part of the month too."""

    key: str
    limit: int
    is_page: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """Whose month a call counts in, which month an instant belongs to, and what pages may have of it."""

    vendor: str
    month_of: Callable[[datetime], date]
    pages_max: int | None = None

    def parameters(self, at: datetime, part: PartOfWindow | None) -> dict[str, object]:
        """Return what the counting statement wants."""
        is_page = part is not None and part.is_page
        pages_vendor = f"{self.vendor} pages"
        return {
            "month": self.month_of(at).replace(day=1),
            "counted_as": [self.vendor, pages_vendor] if is_page else [self.vendor],
            "pages_vendor": pages_vendor,
            "is_page": is_page and self.pages_max is not None,
            "pages_max": self.pages_max or 0,
        }


class CallWindows:
    """The calls of the last minute, per token and bucket."""

    def __init__(self, database: Database, *, month_of: MonthCount | None = None) -> None:
        """With `month_of`, each call taken is counted in its vendor's month too."""
        self._database = database
        self._month_of = month_of

    def take(
        self, token_key: str, *, limit: int, at: datetime, part: PartOfWindow | None = None, weight: int = 1
    ) -> Refusal | None:
        """Count one call at `at` when fewer than `limit` lie in the minute before it, None when counted.

        With `part` it must fit into that as well, and counts in both or in neither. A call of some `weight`
        counts as so many at once.
        """
        beside = weight - 1  # what must fit next to the one that each call counts for
        wanted: dict[str, object] = {"token_key": token_key, "limit": limit - beside, **_bounds(at)}
        wanted["weight"] = weight
        if part is not None:
            wanted |= {"part_key": part.key, "part_limit": part.limit - beside}
        if self._month_of is not None:
            wanted |= self._month_of.parameters(at, part)
        return self._database.by_itself(lambda connection: self._take(connection, wanted, part, at))

    def _take(
        self, connection: Connection, wanted: dict[str, object], part: PartOfWindow | None, at: datetime
    ) -> Refusal | None:
        kinds = (part is not None, self._month_of is not None)
        if kinds == (False, False):
            if connection.execute(_TAKE, wanted).first() is not None:
                return None
            return _refusal(connection, wanted, at)
        said = connection.execute(_TAKE_OF[kinds], wanted).one()
        if said.by_window:
            return None
        if not said.by_month:
            return Refusal(by=Part.MONTH, wait_seconds=0.0)
        if part is not None and not said.by_part:
            of_part = wanted | {"token_key": part.key, "limit": wanted["part_limit"]}
            return replace(_refusal(connection, of_part, at), by=Part.SHARE)
        if part is not None:
            connection.execute(_GIVE_BACK, wanted)
        return _refusal(connection, wanted, at)

    def wait(self, token_keys: Sequence[str], *, limit: int, at: datetime) -> Refusal | None:
        """Return what refuses a call of one of these windows at `limit`, None when all have room now."""
        wanted = {"token_keys": list(token_keys), "limit": limit, **_bounds(at)}
        return self._database.by_itself(lambda connection: _blocked(connection, wanted, at))

    def close(self, token_key: str, *, until: datetime) -> None:
        """Let no call through until then."""
        wanted = {"token_key": token_key, "until": until}
        self._database.by_itself(lambda connection: connection.execute(_CLOSE, wanted))

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

    def note_cadence(self, vendor: str, month: date, seconds: int) -> None:
        """Keep how often the month's plan lets the market be read; writes only what changes."""
        noted = {"vendor": vendor, "month": month.replace(day=1), "seconds": seconds}
        self._database.by_itself(lambda connection: connection.execute(_NOTE_CADENCE, noted))

    def cadence(self, vendor: str, month: date) -> int | None:
        """Return the seconds between snapshots as last noted in that month, None when never."""
        asked = {"vendor": vendor, "month": month.replace(day=1)}
        found: int | None = self._database.by_itself(
            lambda connection: connection.execute(_CADENCE, asked).scalar()
        )
        return found


def _bounds(at: datetime) -> dict[str, datetime]:
    return {
        "at": at,
        "since": at - WINDOW,
        "keep_since": at - WINDOW - DISORDER,
        "until": at + WINDOW,
        "banned_until": at + BAN_MAX,
    }


def _refusal(connection: Connection, wanted: dict[str, object], at: datetime) -> Refusal:
    """Return what refused a call, and the seconds until the window of `wanted` has room, one at least."""
    blocked = _blocked(connection, wanted | {"token_keys": [wanted["token_key"]]}, at)
    return Refusal(by=Part.WINDOW, wait_seconds=1.0) if blocked is None else blocked


def _blocked(connection: Connection, wanted: dict[str, object], at: datetime) -> Refusal | None:
    blocking, closed = connection.execute(_FREE_AT, wanted).one()
    if closed is not None:
        return Refusal(by=Part.CLOSED, wait_seconds=max(1.0, (closed - at).total_seconds()))
    if blocking is None:
        return None
    return Refusal(by=Part.WINDOW, wait_seconds=_seconds_until(blocking, at))


def _seconds_until(blocking: datetime, at: datetime) -> float:
    """Return the seconds until this call has left the window, one at least."""
    return max(1.0, (blocking + WINDOW - at).total_seconds())

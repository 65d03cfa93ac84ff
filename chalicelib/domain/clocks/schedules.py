"""Wall-clock schedules, Eastern or of UTC: EventBridge's grammar, as far as our jobs use it. Pure.

What is finer or sharper than a minute is no schedule: the job `plan` arms it by delayed messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

TIMEZONE: Final = "America/New_York"
EASTERN: Final = ZoneInfo(TIMEZONE)
#: Of markets that never close: no hour of theirs is left out, or comes twice.
UTC_ZONE: Final = "UTC"
WEEKDAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
DAYS_AHEAD_MAX: Final = 8


class UnreadableCron(ValueError):
    """An expression outside the part of EventBridge's grammar that our schedules use."""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"{expression!r}: {reason}")


@dataclass(frozen=True, kw_only=True)
class Cron:
    """A parsed `cron(minutes hours day month weekday year)`: times of day on days of the week."""

    minutes: frozenset[int]
    hours: frozenset[int]
    weekdays: frozenset[int]
    """0 is Monday."""

    @classmethod
    def parse(cls, expression: str) -> "Cron":
        """Read an expression such as `cron(20-59 9 ? * MON-FRI *)`; day, month and year must be open.

        Raises UnreadableCron.
        """
        if not (expression.startswith("cron(") and expression.endswith(")")):
            raise UnreadableCron(expression, "not of the form cron(…)")
        fields = expression.removeprefix("cron(").removesuffix(")").split()
        if len(fields) != 6:
            raise UnreadableCron(expression, "six fields are needed")
        minutes, hours, day, month, weekday, year = fields
        if day not in {"*", "?"} or month != "*" or year != "*" or (day == "?") == (weekday == "?"):
            raise UnreadableCron(expression, "only the minute, the hour and the day of the week may be set")
        return cls(
            minutes=_numbers(expression, minutes, 59),
            hours=_numbers(expression, hours, 23),
            weekdays=_weekdays(expression, weekday),
        )

    @cached_property
    def _times(self) -> list[time]:
        return [time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)]

    def next_after(self, instant: datetime, zone: tzinfo = EASTERN) -> datetime:
        """Return the first due instant later than `instant`, in UTC.

        A wall-clock time that daylight saving leaves out does not fire; one that comes twice fires first.
        """
        today = instant.astimezone(zone).date()
        for ahead in range(DAYS_AHEAD_MAX + 1):
            on_day = self.instants_on(today + timedelta(days=ahead), zone)
            found = next((at for at in on_day if at > instant), None)
            if found is not None:
                return found
        raise UnreadableCron("cron", "never fires")

    def instants_on(self, day: date, zone: tzinfo = EASTERN) -> Iterator[datetime]:
        """Yield when it fires on a day of its zone, in order, in UTC."""
        if day.weekday() not in self.weekdays:
            return
        for wall_clock in self._times:
            local = datetime.combine(day, wall_clock, zone)
            at = local.astimezone(UTC)
            if at.astimezone(zone).time() == wall_clock:
                yield at


def _numbers(expression: str, field: str, highest: int) -> frozenset[int]:
    """Expand `*`, `5`, `1,2`, `16-20` and their lists, and `1/2`: from 1 on each second one."""
    if field == "*":
        return frozenset(range(highest + 1))
    first, _, step = field.partition("/")
    if step.isdigit() and int(step) > 0 and first.isdigit() and int(first) <= highest:
        return frozenset(range(int(first), highest + 1, int(step)))
    found: set[int] = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise UnreadableCron(expression, f"{part!r} is no number or range")
        found.update(range(int(first), int(last or first) + 1))
    if not found or max(found) > highest:
        raise UnreadableCron(expression, f"{field!r} is outside 0 to {highest}")
    return frozenset(found)


def _weekdays(expression: str, field: str) -> frozenset[int]:
    """Expand `*`, `?`, `MON` and `MON-FRI`."""
    if field in {"*", "?"}:
        return frozenset(range(7))
    first, _, last = field.partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise UnreadableCron(expression, f"{field!r} is no day of the week")
    return frozenset(range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One schedule: its name, which job, when, and what becomes of a call that fails or comes late."""

    name: str
    job: str
    expression: str
    retries: int
    event_age_seconds_max: int
    timezone: str = TIMEZONE

    @cached_property
    def cron(self) -> Cron:
        """Return the expression, parsed."""
        return Cron.parse(self.expression)

    @cached_property
    def zone(self) -> tzinfo:
        """Return the zone of its wall clock."""
        return zone_of(self.timezone)

    def next_after(self, instant: datetime) -> datetime:
        """Return the first due instant later than `instant`, in UTC."""
        return self.cron.next_after(instant, self.zone)

    def instants_on(self, day: date) -> Iterator[datetime]:
        """Yield when it fires on a day of its zone, in order, in UTC."""
        return self.cron.instants_on(day, self.zone)


def zone_of(timezone: str) -> tzinfo:
    """Return a zone by its name; UTC's without looking for its file."""
    return UTC if timezone == UTC_ZONE else ZoneInfo(timezone)

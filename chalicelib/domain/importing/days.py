"""Days and times as people write them: ISO, `3/20/2026`, `20/3/2026`, `20.3.2026`, `20 Mar 2026 2:30 PM`.

Pure. `3/4/2026` is a day in March for some and in April for others: the file's other cells decide, and where
they leave both, the cell is refused, never guessed. A time that cannot be read is refused too.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Final

from chalicelib.domain.clocks.calendar import NEW_YORK


class DayOrder(Enum):
    """In which order a day's three numbers stand."""

    MONTH_DAY_YEAR = (2, 0, 1)
    DAY_MONTH_YEAR = (2, 1, 0)
    YEAR_MONTH_DAY = (0, 1, 2)


ALL_ORDERS: Final = frozenset(DayOrder)


class NotADay(ValueError):
    """The text is no day or no time, or could be two; the message says which, for the file's owner."""


_NO_DAY: Final = "is no date (2026-03-20, 3/20/2026, 20.3.2026)"
_NO_TIME: Final = "is no time (2026-03-20 14:30, 3/20/2026 2:30 PM)"
_NUMBERS: Final = re.compile(r"(\d{1,4})([/-])(\d{1,2})\2(\d{1,4})")
_ISO: Final = re.compile(r"(?P<year>\d{4})([-/.]?)(?P<month>\d{2})\2(?P<day>\d{2})")
_DOTTED: Final = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}|\d{2})")
_NAMED: Final = re.compile(
    r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -](\d{4}|\d{2})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})"
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
#: A day, then perhaps a time, parted by `T`, a space or a comma.
_DAY_AND_TIME: Final = re.compile(r"(.*?\d)(?:(?:[T ]|, ?)\s*(\d{1,2}(?::.*|\s*[AaPp]\.?[Mm]\.?)))?")
_TIME: Final = re.compile(
    r"(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?)?\s*([AaPp])?(?(5)\.?[Mm]\.?)\s*(Z|[+-]\d{2}:?\d{2})?"
)
_NOON: Final = time(12)
_HALF_DAY_HOURS: Final = 12
#: No option was listed before (Cboe opened in 1973), and instants near year 1 have none in another zone.
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CENTURY: Final = 2000
_SHORT_YEAR_DIGITS: Final = 2


def orders_left(texts: Iterable[str]) -> frozenset[DayOrder]:
    """Return the orders in which every one of these cells that can be a day is one."""
    left = ALL_ORDERS
    for text in texts:
        match = _NUMBERS.match(text)
        possible = frozenset() if match is None else frozenset(_readings(match))
        if left & possible:
            left &= possible
    return left


def read_day(text: str, left: frozenset[DayOrder]) -> date:
    """Read a day; `left` are the orders that the file's cells leave. Raises NotADay."""
    for form in (_ISO, _DOTTED):
        match = form.fullmatch(text)
        if match is not None:
            return _date(match["year"], match["month"], match["day"])
    named = _NAMED.fullmatch(text)
    if named is not None:
        return _named(named)
    match = _NUMBERS.fullmatch(text)
    if match is None:
        raise NotADay(_NO_DAY)
    readings = {order: day for order, day in _readings(match).items() if order in left} or _readings(match)
    days = sorted(set(readings.values()))
    if not days:
        raise NotADay(_NO_DAY)
    if len(days) > 1:
        raise NotADay(f"could be {' or '.join(day.isoformat() for day in days)}: write it so")
    return days[0]


def _readings(match: re.Match[str]) -> dict[DayOrder, date]:
    parts = (match[1], match[3], match[4])
    found = {}
    for order in DayOrder:
        try:
            found[order] = _date(*(parts[place] for place in order.value))
        except NotADay:
            continue
    return found


def _date(year: str, month: str, day: str) -> date:
    if len(month) > _SHORT_YEAR_DIGITS or len(day) > _SHORT_YEAR_DIGITS or len(year) in {1, 3}:
        raise NotADay(_NO_DAY)
    century = _CENTURY if len(year) == _SHORT_YEAR_DIGITS else 0
    try:
        return date(century + int(year), int(month), int(day))
    except ValueError as error:
        raise NotADay(_NO_DAY) from error


def _named(match: re.Match[str]) -> date:
    day, month, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
    word = month.lower()
    if word not in _MONTHS and word not in _FULL_MONTHS and word != "sept":
        raise NotADay(_NO_DAY)
    return _date(year, str(_MONTHS.index(word[:3]) + 1), day)


def read_instant(text: str, left: frozenset[DayOrder]) -> datetime:
    """Read a time, returned in UTC; without an offset it is New York's, a day alone its noon.

    Raises NotADay, also for what lies before 1970 or beyond the calendar.
    """
    match = _DAY_AND_TIME.fullmatch(text)
    if match is None:
        raise NotADay(_NO_DAY)
    day = read_day(match[1], left)
    at, offset = (_NOON, None) if match[2] is None else _read_time(match[2])
    try:
        read = datetime.combine(day, at, tzinfo=NEW_YORK if offset is None else offset).astimezone(UTC)
    except OverflowError as error:
        raise NotADay("lies beyond the calendar") from error
    if offset is None and read.astimezone(NEW_YORK).time() != at:
        raise NotADay("does not exist in New York: the clocks go forward then")
    if read < _EARLIEST:
        raise NotADay(f"lies before {_EARLIEST.year}")
    return read


def _read_time(text: str) -> tuple[time, timezone | None]:
    match = _TIME.fullmatch(text.strip())
    if match is None or (match[2] is None and match[5] is None):
        raise NotADay(_NO_TIME)
    hour, half = int(match[1]), match[5]
    if half is not None:
        if not 1 <= hour <= _HALF_DAY_HOURS:
            raise NotADay(_NO_TIME)
        hour = hour % _HALF_DAY_HOURS + (_HALF_DAY_HOURS if half in "Pp" else 0)
    try:
        at = time(hour, int(match[2] or 0), int(match[3] or 0), int((match[4] or "0").ljust(6, "0")))
        return at, _offset(match[6])
    except ValueError as error:
        raise NotADay(_NO_TIME) from error


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if text[0] == "-" else away)

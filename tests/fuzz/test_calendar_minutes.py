"""Five years of minutes of the market's calendar against an exchange's own record (A-05, I-18)."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from chalicelib.domain.clocks.calendar import MarketCalendar

pytestmark = pytest.mark.slow

ORACLE: Final = Path(__file__).resolve().parents[2] / "../shared/data/exchange_calendars/xnys.csv"
FIRST_YEAR, LAST_YEAR = 2018, 2022
MINUTE: Final = timedelta(minutes=1)

Sessions = list[tuple[datetime, datetime]]


def _sessions() -> Sessions:
    """Read every session [open, close) of the five years, and one on either side."""
    with ORACLE.open(encoding="utf-8", newline="") as rows:
        found = [
            (datetime.fromisoformat(row["open"]), datetime.fromisoformat(row["close"]))
            for row in csv.DictReader(rows)
        ]
    return [(opens, closes) for opens, closes in found if FIRST_YEAR - 1 <= opens.year <= LAST_YEAR + 1]


@pytest.mark.skipif(not ORACLE.exists(), reason="the exchange's record is not beside the repository")
def test_every_minute_of_five_years_is_open_or_shut_as_the_exchange_recorded_it() -> None:
    """Holidays, early closes, both changes of the clocks and the day of mourning of 2018 lie among them.

    `next_session` and `next_close` are held against the record at each minute around an edge.
    """
    sessions = _sessions()
    calendar = MarketCalendar()
    minutes = wrong = index = 0
    at, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    while at < end:
        while sessions[index][1] <= at:
            index += 1
        opens, closes = sessions[index]
        is_open = opens <= at < closes
        wrong += calendar.is_open(at) is not is_open
        if at in {opens, opens - MINUTE, closes - MINUTE, closes}:
            following = sessions[index + 1] if is_open or at == opens else sessions[index]
            wrong += calendar.next_session(at).opens_at != following[0]
            wrong += calendar.next_close(at) != closes
        minutes += 1
        at += MINUTE

    days = (end - datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)).days
    assert (wrong, minutes) == (0, days * 24 * 60)

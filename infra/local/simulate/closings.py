"""Closings decreed at short notice, and the operator's row that tells the product of them (A-05)."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from unittest.mock import patch

from infra.local.emulators.market import sessions
from infra.local.emulators.market.sessions import NEW_YORK, Session

CHANCE: Final = 0.2
_TIMES: Final = (time(11, 0), time(12, 15), time(14, 30))
#: How long before the bell the operator's row is written: from the evening before to a few minutes.
_NOTICE: Final = (timedelta(hours=18), timedelta(minutes=70), timedelta(minutes=4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decree:
    """A day that ends early, and when the product is told."""

    day: date
    closes: time
    told_at: datetime


def choose_decree(choices: random.Random, days: Sequence[Session]) -> Decree | None:
    """Choose a day to end early, in one run of five; a half day that ends before anyhow stays as it is."""
    if choices.random() >= CHANCE:
        return None
    session = choices.choice(days)
    closes = choices.choice(_TIMES)
    bell = datetime.combine(session.day, closes, NEW_YORK).astimezone(UTC)
    if bell >= session.close_at:
        return None
    return Decree(day=session.day, closes=closes, told_at=bell - choices.choice(_NOTICE))


@contextmanager
def decreed(decree: Decree | None) -> Iterator[None]:
    """Have the emulated exchange close as decreed, for as long as the context lasts."""
    if decree is None:
        yield
        return
    original = sessions.closing_time

    def closing_time(day: date) -> time:
        return decree.closes if day == decree.day else original(day)

    sessions.session_on.cache_clear()
    try:
        with patch.object(sessions, "closing_time", closing_time):
            yield
    finally:
        sessions.session_on.cache_clear()

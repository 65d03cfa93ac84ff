"""A clock that falls silent is told of, and one that rests at night is not (A-17)."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from chalicelib.domain.clocks.jobs import SCHEDULES
from chalicelib.domain.clocks.schedules import EASTERN
from infra.cloud.clock_silence import silence_expression, watched_hours

PERIOD: Final = timedelta(minutes=5)
CALLS: Final = object()
EXPRESSION: Final = compile(silence_expression("calls"), "the alarm", "eval")
PLANNED: Final = [one.cron for one in SCHEDULES if one.job == "plan"]
#: Days of both offsets, of the weeks in which they change, a weekend and a holiday's weekday.
DAYS: Final = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in (
        (1, 14),
        (3, 6),
        (3, 9),
        (3, 31),
        (7, 3),
        (7, 4),
        (10, 30),
        (11, 2),
        (11, 30),
        (12, 25),
    )
]


def _value(at: datetime, calls: int) -> float:
    """Reckon the alarm's own expression as CloudWatch does, for one period with so many calls."""
    functions = {
        "calls": CALLS,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
        "FILL": lambda _metric, value: calls or value,
        "MONTH": lambda _metric: at.month,
        "DAY": lambda _metric: at.isoweekday(),
        "HOUR": lambda _metric: at.hour,
        "MINUTE": lambda _metric: at.minute,
    }
    return float(eval(EXPRESSION, {"__builtins__": {}}, functions))  # noqa: S307  # our own text


def _calls_due(begins: datetime) -> int:
    """Count the calls of `plan` that its schedules make within the period."""
    minutes = [begins + timedelta(minutes=ahead) for ahead in range(5)]
    walls = [at.astimezone(EASTERN) for at in minutes]
    return sum(
        any(
            wall.weekday() in cron.weekdays and wall.hour in cron.hours and wall.minute in cron.minutes
            for cron in PLANNED
        )
        for wall in walls
    )


@pytest.mark.parametrize("day", DAYS, ids=lambda day: f"{day:%m-%d}")
def test_silence_is_told_in_hours_in_which_the_clock_calls_and_in_no_others(day: datetime) -> None:
    """Every period of a day: no alarm with the calls that are due, one without them where it is watched."""
    watched = 0
    for number in range(288):
        begins = day + PERIOD * number
        due = _calls_due(begins)
        assert _value(begins, due) >= 1, f"a false alarm at {begins}"
        silent = _value(begins, 0) < 1
        assert not silent or due == 5, f"{begins} is no time for the clock to call each minute"
        watched += silent
    is_weekday = day.isoweekday() < 6
    assert watched >= 80 if is_weekday else watched == 0


def test_of_a_days_session_all_but_the_change_of_the_clocks_is_watched() -> None:
    """In March and November an hour of either side is left out: CloudWatch knows no daylight saving."""
    spans = {month: watched_hours(month).end - watched_hours(month).first for month in range(1, 13)}

    assert {month for month, minutes in spans.items() if minutes < 480} == {3, 11}
    assert min(spans.values()) >= 420

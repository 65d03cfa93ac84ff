"""infra/schedules.py against the job table of the architecture (Clocks)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.clocks.jobs import SCHEDULES
from chalicelib.domain.clocks.schedules import EASTERN, Cron, UnreadableCron


def due_on(job: str, day: date) -> list[str]:
    """List the Eastern times of day at which a job's schedules fire on one day."""
    found = [at for one in SCHEDULES if one.job == job for at in one.cron.instants_on(day)]
    return [at.astimezone(EASTERN).strftime("%H:%M:%S") for at in sorted(found)]


THURSDAY = date(2026, 2, 19)


def test_plan_runs_each_minute_from_0920_to_1730_once() -> None:
    times = due_on("plan", THURSDAY)

    assert times[0] == "09:20:00"
    assert times[-1] == "17:30:00"
    assert len(times) == len(set(times)) == 8 * 60 + 11


@pytest.mark.parametrize(
    ("job", "times"),
    [
        ("premarket", ["09:15:00"]),
        ("unwind", ["12:00:00", "12:45:00", "15:00:00", "15:45:00"]),
        ("summary", ["13:15:00", "16:15:00"]),
        ("iv_history", ["13:45:00", "16:45:00", "17:45:00", "18:45:00"]),
        ("expire", ["13:30:00", "16:30:00", "17:30:00", "18:30:00", "19:30:00", "20:30:00"]),
    ],
)
def test_jobs_fire_at_the_times_of_the_table(job: str, times: list[str]) -> None:
    assert due_on(job, THURSDAY) == times


EVERY_MINUTE = [f"{hour:02}:{minute:02}:00" for hour in range(24) for minute in range(60)]
EVERY_DAY = {
    "ai_digest": ["00:05:00"],
    "ai_daily_rows": ["00:05:00"],
    "thin": ["01:00:00"],
    "backup": ["02:00:00"],
    "crypto_tick": EVERY_MINUTE,
    "candle_close": EVERY_MINUTE,
    "crypto_reconcile": EVERY_MINUTE[1::2],
}


@pytest.mark.parametrize("day", [date(2026, 2, 21), date(2026, 2, 22)])
def test_nothing_else_fires_at_the_weekend_than_what_is_due_every_day(day: date) -> None:
    for schedule in SCHEDULES:
        assert due_on(schedule.job, day) == EVERY_DAY.get(schedule.job, [])


@pytest.mark.parametrize("day", [date(2026, 3, 6), date(2026, 3, 9), date(2026, 10, 30), date(2026, 11, 2)])
def test_daylight_saving_never_shifts_a_schedule(day: date) -> None:
    """A-05: all schedules are in Eastern time at the scheduler."""
    assert due_on("premarket", day) == ["09:15:00"]


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_coins_tick_each_minute_of_a_day_whose_clock_is_put_on_or_back(day: date) -> None:
    """C-05: by UTC, in which no minute is left out and none comes twice."""
    (schedule,) = (one for one in SCHEDULES if one.job == "crypto_tick")
    ticks = list(schedule.instants_on(day))

    assert len(set(ticks)) == 24 * 60
    assert schedule.next_after(ticks[-1]) == ticks[0] + timedelta(days=1)


def test_a_time_that_daylight_saving_leaves_out_does_not_fire() -> None:
    cron = Cron.parse("cron(30 2 * * ? *)")
    before = datetime(2026, 3, 8, 5, tzinfo=UTC)

    assert cron.next_after(before).astimezone(EASTERN).date() == date(2026, 3, 9)


@pytest.mark.parametrize(
    "expression",
    ["rate(5 minutes)", "cron(* * *)", "cron(61 9 ? * MON *)", "cron(0 9 1 * ? *)", "cron(1/0 9 ? * MON *)"],
)
def test_an_expression_outside_our_part_of_the_grammar_is_refused(expression: str) -> None:
    with pytest.raises(UnreadableCron):
        Cron.parse(expression)

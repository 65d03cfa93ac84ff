"""The alarm for a clock that falls silent: `plan` is not called in hours in which it is due each minute.

A missing call leaves no error behind, so it is looked for: an expression that is 1 outside the hours and
the number of calls within them. CloudWatch reckons in UTC and knows no daylight saving; within a month that
has only one of the two offsets the hours are exact, in March and November they are those that both have in
common.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from chalicelib.domain.clocks.jobs import SCHEDULES
from chalicelib.domain.clocks.schedules import EASTERN
from infra.cloud.formation import Node, ref, resource
from infra.cloud.stage import Stage

RUNBOOK: Final = "docs/runbook.md"
_JOB: Final = "plan"
_PERIOD: Final = timedelta(minutes=5)
#: Silence of fifteen minutes: a single call that Scheduler makes late or Lambda repeats is no silence.
_PERIODS: Final = 3
#: Any year in which both changes fall among a month's first four weeks, after its first day.
_YEAR: Final = 2027


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The minutes of a UTC day, `first` inclusive and `end` exclusive, in which each period has a call."""

    first: int
    end: int


def watched_hours(month: int) -> Hours:
    """Return when `plan` is called every minute on every weekday of this month, in UTC."""
    spans = [_called_on(date(_YEAR, month, day)) for day in range(1, 29)]
    return Hours(first=max(one.first for one in spans), end=min(one.end for one in spans))


def _called_on(day: date) -> Hours:
    """Return the stretch of a day in which whole periods lie within the schedules of `plan`."""
    planned = [one.cron for one in SCHEDULES if one.job == _JOB]
    times = sorted((hour, minute) for cron in planned for hour in cron.hours for minute in cron.minutes)
    first, last = (
        datetime(day.year, day.month, day.day, *at, tzinfo=EASTERN).astimezone(UTC)
        for at in (times[0], times[-1])
    )
    period = _PERIOD // timedelta(minutes=1)
    begins = first.hour * 60 + first.minute
    ends = last.hour * 60 + last.minute + 1
    return Hours(first=-(-begins // period) * period, end=ends // period * period)


def silence_expression(calls: str) -> str:
    """Return the metric expression over the metric `calls`: below 1 when nothing calls in watched hours."""
    minute = f"(HOUR({calls}) * 60 + MINUTE({calls}))"
    months_of: dict[Hours, list[str]] = {}
    for month in range(1, 13):
        months_of.setdefault(watched_hours(month), []).append(f"(MONTH({calls}) == {month})")
    within = " + ".join(
        f"({' + '.join(months)}) * ({minute} >= {hours.first}) * ({minute} < {hours.end})"
        for hours, months in months_of.items()
    )
    return f"IF((DAY({calls}) < 6) * ({within}), FILL({calls}, 0), 1)"


def clock_silent(stage: Stage) -> Node:
    """Return the alarm. A metric that is missing altogether is silence too."""
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Invocations",
        "Dimensions": [{"Name": "FunctionName", "Value": ref("Plan")}],
    }
    calls = {"Metric": metric, "Period": int(_PERIOD.total_seconds()), "Stat": "Sum"}
    return resource(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": f"{stage.stack_name}-clock-silent",
            "AlarmDescription": described(
                "The clock does not call: no minute's ticks are armed.", "clock-silent"
            ),
            "Metrics": [
                {"Id": "calls", "MetricStat": calls, "ReturnData": False},
                {"Id": "silence", "Expression": silence_expression("calls"), "ReturnData": True},
            ],
            "EvaluationPeriods": _PERIODS,
            "Threshold": 1,
            "ComparisonOperator": "LessThanThreshold",
            "TreatMissingData": "breaching",
            "AlarmActions": [ref("Alarms")],
            "OKActions": [ref("Alarms")],
        },
    )


def described(meaning: str, name: str) -> str:
    """Say what an alarm means and where it stands what to do."""
    return f"{meaning} What to do: {RUNBOOK}#{name}"

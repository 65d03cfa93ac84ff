"""The schedules of the table of jobs (domain/clocks/jobs.py) for EventBridge Scheduler.

Eastern ones; those of markets that never close, by UTC, in a group of their own; and those for a market that
is forced open.
"""

import json
from typing import Final

from chalicelib.domain.clocks.jobs import SCHEDULES
from chalicelib.domain.clocks.schedules import UTC_ZONE, Schedule
from infra.cloud.formation import Node, Resources, allow, arn, camel, policy, ref, resource, trusted_by
from infra.cloud.functions import functions
from infra.cloud.stage import Stage

_EVERY_MINUTE: Final = "cron(* * ? * * *)"


def clocks(stage: Stage) -> Resources:
    """Return the schedule groups, the schedules, and the role they call functions by."""
    found: Resources = {
        "Schedules": resource("AWS::Scheduler::ScheduleGroup", {"Name": stage.stack_name}),
        "CoinSchedules": resource("AWS::Scheduler::ScheduleGroup", {"Name": f"{stage.stack_name}-coins"}),
        "ForcedSchedules": resource("AWS::Scheduler::ScheduleGroup", {"Name": f"{stage.stack_name}-forced"}),
        "SchedulerRole": _role(),
    }
    for schedule in SCHEDULES:
        found[f"{camel(schedule.name)}Schedule"] = _schedule(schedule, _group(schedule))
    found["ForcedPlanSchedule"] = _forced()
    return found


def _group(schedule: Schedule) -> str:
    return "CoinSchedules" if schedule.timezone == UTC_ZONE else "Schedules"


def _role() -> Node:
    targets = sorted({schedule.job for schedule in SCHEDULES})
    by_name = {function.name: function for function in functions()}
    return resource(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by(
                "scheduler.amazonaws.com", StringEquals={"aws:SourceAccount": ref("AWS::AccountId")}
            ),
            "Policies": [
                {
                    "PolicyName": "calls-jobs",
                    "PolicyDocument": policy(
                        allow(["lambda:InvokeFunction"], [arn(by_name[job].logical_id) for job in targets]),
                        allow(["sqs:SendMessage"], [arn("DeadLetters")]),
                    ),
                }
            ],
        },
    )


def _schedule(schedule: Schedule, group: str) -> Node:
    return resource(
        "AWS::Scheduler::Schedule",
        {
            "Name": schedule.name,
            "GroupName": ref(group),
            "ScheduleExpression": schedule.expression,
            "ScheduleExpressionTimezone": schedule.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": _target(schedule),
        },
    )


def _target(schedule: Schedule) -> Node:
    called = {"due_at": "<aws.scheduler.scheduled-time>", "retries": schedule.retries}
    return {
        "Arn": arn(camel(schedule.job)),
        "RoleArn": arn("SchedulerRole"),
        "Input": json.dumps(called),
        "RetryPolicy": {
            "MaximumRetryAttempts": schedule.retries,
            "MaximumEventAgeInSeconds": schedule.event_age_seconds_max,
        },
        "DeadLetterConfig": {"Arn": arn("DeadLetters")},
    }


def _forced() -> Node:
    """Plan each minute of any day, for runs by hand; disabled until the market is forced open (A-05)."""
    every_minute = Schedule(
        name="plan-forced", job="plan", expression=_EVERY_MINUTE, retries=0, event_age_seconds_max=60
    )
    forced: Node = _schedule(every_minute, "ForcedSchedules")
    forced["Properties"]["State"] = {"Fn::If": ["MarketForcedOpen", "ENABLED", "DISABLED"]}
    return forced

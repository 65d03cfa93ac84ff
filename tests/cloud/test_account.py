"""What stands in an account after the template was created there: looked at through AWS' own calls."""

import json
from typing import Any

from chalicelib.domain.clocks.jobs import JOBS, RECEIVES_MAX, SCHEDULES
from tests.cloud.conftest import STAGE


def test_every_schedule_of_the_one_definition_fires_at_its_job(account: Any) -> None:
    """architecture.md, Clocks: name, time, retries, event age and the due instant in the input."""
    scheduler = account("scheduler")
    listed = scheduler.list_schedules(MaxResults=100)["Schedules"]
    found = {
        one["Name"]: scheduler.get_schedule(Name=one["Name"], GroupName=one["GroupName"]) for one in listed
    }

    assert {schedule.name for schedule in SCHEDULES} | {"plan-forced"} == found.keys()
    for schedule in SCHEDULES:
        made = found[schedule.name]
        target = made["Target"]
        assert made["ScheduleExpression"] == schedule.expression
        is_of_coins = schedule.job in {
            "crypto_tick",
            "crypto_reconcile",
            "candle_close",
            "ai_digest",
            "ai_daily_rows",
        }
        assert made["ScheduleExpressionTimezone"] == schedule.timezone
        assert schedule.timezone == ("UTC" if is_of_coins else "America/New_York")
        assert made["GroupName"] == STAGE.stack_name + ("-coins" if is_of_coins else "")
        assert target["Arn"].endswith(f":function:{STAGE.function_name(schedule.job)}")
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == schedule.retries
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == schedule.event_age_seconds_max
        assert json.loads(target["Input"])["due_at"] == "<aws.scheduler.scheduled-time>"


def test_the_forced_group_is_disabled(account: Any) -> None:
    """A-05: FORCE_MARKET_OPEN's schedules are a second, normally disabled group."""
    scheduler = account("scheduler")
    group = f"{STAGE.stack_name}-forced"
    listed = scheduler.list_schedules(GroupName=group)["Schedules"]

    assert [one["State"] for one in listed] == ["DISABLED"]


def test_a_message_that_fails_three_times_lies_among_the_dead_letters(account: Any) -> None:
    """architecture.md, Retries: every queue redrives to the one dead-letter queue."""
    sqs = account("sqs")
    urls = {url.rpartition("/")[2]: url for url in sqs.list_queues()["QueueUrls"]}
    dead = urls.pop(f"{STAGE.stack_name}-dead-letters")
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    assert urls
    for name, url in urls.items():
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        policy = json.loads(attributes["RedrivePolicy"])
        job = name.removeprefix(f"{STAGE.stack_name}-")
        assert policy == {"deadLetterTargetArn": dead_arn, "maxReceiveCount": RECEIVES_MAX}
        if job in JOBS:
            assert int(attributes["VisibilityTimeout"]) > JOBS[job].timeout_seconds


def test_partial_batch_failures_are_switched_on(account: Any) -> None:
    """architecture.md, Clocks: one bad message of a batch fails alone."""
    mappings = account("lambda").list_event_source_mappings()["EventSourceMappings"]

    assert mappings
    assert all(one["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for one in mappings)


def test_logs_do_not_pile_up(account: Any) -> None:
    """A-17: retention on every function's log."""
    groups = account("logs").describe_log_groups()["logGroups"]

    assert groups
    assert {group["retentionInDays"] for group in groups} == {STAGE.log_days}

"""What a month costs is counted from the stage as it is, with what is easily forgotten."""

from infra.bench.rows.cost_model import expected_month
from infra.cloud.billed import billed
from infra.cloud.stage import Stage


def test_one_user_pays_less_than_a_dollar() -> None:
    """performance.md, Bars: dollars a user and month, alone with free tiers."""
    assert sum(expected_month(1, Stage(name="prod")).values()) < 1.0


def test_secrets_alarms_and_idle_queues_are_paid_for_whoever_trades() -> None:
    """A secret is 0.40 $, an alarm beyond ten 0.10 $, and a queue is polled while it is empty."""
    stage = billed(Stage(name="prod", alarm_mail="ops@example.com"))
    parts = expected_month(1, Stage(name="prod"))

    assert stage.secrets == 1
    assert stage.alarms <= 10
    assert stage.idle_polls_a_minute == 48, "eight queues, two pollers each, long polls of 20 s"
    assert parts["secrets"] >= 0.40
    assert parts["queues_and_clocks"] > 0.2
    assert parts["alarms"] == 0


def test_more_calls_at_once_keep_more_pollers_at_empty_queues() -> None:
    wide = billed(Stage(name="prod", job_concurrency=20))

    assert wide.idle_polls_a_minute == 8 * 5 * 3

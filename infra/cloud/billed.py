"""What of a stage is paid for whether or not anybody trades: counted from what the template is made of."""

from dataclasses import dataclass

from infra.cloud.alarms import alarms
from infra.cloud.functions import functions
from infra.cloud.stage import Stage

#: Long polls of 20 s (AWS Lambda developer guide, "Using Lambda with Amazon SQS").
POLLS_A_MINUTE: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """Secrets and alarms, and how often empty queues are asked in a minute."""

    secrets: int
    alarms: int
    idle_polls_a_minute: int


def billed(stage: Stage) -> Billed:
    """Count what a stage has.

    A mapping keeps as many pollers at an empty queue as calls it may have at once, at most five.
    """
    queues = sum(function.queue is not None for function in functions())
    pollers = min(stage.job_concurrency, 5)
    return Billed(
        secrets=1,
        alarms=sum(one["Type"] == "AWS::CloudWatch::Alarm" for one in alarms(stage).values()),
        idle_polls_a_minute=queues * pollers * POLLS_A_MINUTE,
    )

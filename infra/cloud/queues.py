"""A queue for each job that takes messages, the dead-letter queue behind them all, and who reads them."""

from typing import Final

from chalicelib.domain.clocks.jobs import RECEIVES_MAX
from infra.cloud.formation import Node, Resources, arn, resource
from infra.cloud.functions import FunctionTerms, functions, queue_id
from infra.cloud.stage import Stage

_DAYS: Final = 24 * 3600
#: A message that failed comes again after its function's time is surely over.
_MARGIN_SECONDS: Final = 10


def queues(stage: Stage) -> Resources:
    """Return the queues and their event source mappings."""
    found: Resources = {
        "DeadLetters": resource(
            "AWS::SQS::Queue",
            {
                "QueueName": f"{stage.stack_name}-dead-letters",
                "MessageRetentionPeriod": 14 * _DAYS,
                "SqsManagedSseEnabled": True,
            },
        )
    }
    for function in functions():
        if function.queue is not None:
            found[queue_id(function.queue)] = _queue(function, stage)
            found[f"{function.logical_id}Messages"] = _mapping(function, stage)
    return found


def _queue(function: FunctionTerms, stage: Stage) -> Node:
    return resource(
        "AWS::SQS::Queue",
        {
            "QueueName": f"{stage.stack_name}-{function.queue}",
            "VisibilityTimeout": function.seconds + _MARGIN_SECONDS,
            "MessageRetentionPeriod": _DAYS,
            "SqsManagedSseEnabled": True,
            "RedrivePolicy": {"deadLetterTargetArn": arn("DeadLetters"), "maxReceiveCount": RECEIVES_MAX},
        },
    )


def _mapping(function: FunctionTerms, stage: Stage) -> Node:
    """Feed a function from its queue; one bad message of a batch fails alone."""
    assert function.queue is not None
    return resource(
        "AWS::Lambda::EventSourceMapping",
        {
            "EventSourceArn": arn(queue_id(function.queue)),
            "FunctionName": arn(function.logical_id),
            "BatchSize": function.batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            # Each call holds a connection of the database: no more at once than may run.
            "ScalingConfig": {"MaximumConcurrency": stage.job_concurrency},
        },
    )

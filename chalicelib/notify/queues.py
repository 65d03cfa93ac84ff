"""Delayed messages by SQS standard queues: at least once, up to 15 minutes ahead (FIFO has no delay)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.domain.ports import Clock, JsonValue

#: SQS' own limit on the delay of a message.
DELAY_SECONDS_MAX: Final = 900


class QueueBus:
    """Sends a job's message to that job's queue; boto3 is imported when the first one is sent."""

    def __init__(self, queue_urls: Mapping[str, str], clock: Clock) -> None:
        """`queue_urls` maps a job's name to its queue."""
        self._queue_urls = dict(queue_urls)
        self._clock = clock

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        """Have `job` run at `due_at`, or now; raises KeyError for a job without a queue."""
        import boto3

        due = due_at or self._clock.now()
        delay = max(0, round((due - self._clock.now()).total_seconds()))
        body = {"job": job, "due_at": due.isoformat(), "payload": dict(payload)}
        boto3.client("sqs").send_message(
            QueueUrl=self._queue_urls[job],
            MessageBody=json.dumps(body),
            DelaySeconds=min(delay, DELAY_SECONDS_MAX),
        )

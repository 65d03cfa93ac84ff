"""Delayed messages by SQS standard queues: at least once, up to 15 minutes ahead (FIFO has no delay)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Clock, Outgoing

#: SQS' own limits: a message's delay; entries and bytes of one SendMessageBatch (AWS, "Amazon SQS quotas").
DELAY_SECONDS_MAX: Final = 900
BATCH_ENTRIES_MAX: Final = 10
BATCH_BYTES_MAX: Final = 256 * 1024
#: Entries that SQS did not take are sent again, this often in all.
_ATTEMPTS_MAX: Final = 3


class MessagesNotSent(Exception):
    """Some messages were not taken, however often they were sent; the others are on their way."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} messages could not be sent")
        self.count = count


def _client_of_aws() -> Any:  # Any: boto3 makes its clients' classes at run time
    import boto3

    return boto3.client("sqs")


class QueueBus:
    """Sends a job's message to that job's queue; boto3 is imported when the first one is sent."""

    def __init__(
        self,
        queue_urls: Mapping[str, str],
        clock: Clock,
        *,
        make_client: Callable[[], Any] = _client_of_aws,  # Any: boto3 makes its classes at run time
    ) -> None:
        """`queue_urls` maps a job's name to its queue."""
        self._queue_urls = dict(queue_urls)
        self._clock = clock
        self._make_client = make_client
        self._made: Any = None  # Any: as above

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        """Have `job` run at `due_at`, or now; raises KeyError for a job without a queue, MessagesNotSent."""
        due = due_at or self._clock.now()
        self.send_all([Outgoing(job=job, payload=payload, due_at=due, deliver_at=due)])

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Send these in as few calls as SQS allows; raises as `send` does."""
        by_queue: dict[str, list[dict[str, JsonValue]]] = {}
        for message in messages:
            entries = by_queue.setdefault(self._queue_urls[message.job], [])
            entries.append(self._entry(message, len(entries)))
        lost = 0
        for url, entries in by_queue.items():
            lost += sum(self._send_batch(url, batch) for batch in _batches(entries))
        if lost:
            raise MessagesNotSent(lost)

    def _entry(self, message: Outgoing, index: int) -> dict[str, JsonValue]:
        body: JsonValue = {
            "job": message.job,
            "due_at": message.due_at.isoformat(),
            "payload": dict(message.payload),
        }
        deliver_at = message.deliver_at or self._clock.now()
        delay = max(0, round((deliver_at - self._clock.now()).total_seconds()))
        return {
            "Id": str(index),
            "MessageBody": json.dumps(body),
            "DelaySeconds": min(delay, DELAY_SECONDS_MAX),
        }

    def _send_batch(self, url: str, batch: list[dict[str, JsonValue]]) -> int:
        """Send one batch, and again what SQS did not take; returns how many were never taken."""
        left = batch
        for _ in range(_ATTEMPTS_MAX):
            answer = self._sqs().send_message_batch(QueueUrl=url, Entries=left)
            refused = {failed["Id"] for failed in answer.get("Failed", ())}
            left = [entry for entry in left if entry["Id"] in refused]
            if not left:
                break
        return len(left)

    def _sqs(self) -> Any:  # Any: as above
        if self._made is None:
            self._made = self._make_client()
        return self._made


def _batches(entries: Sequence[dict[str, JsonValue]]) -> Iterator[list[dict[str, JsonValue]]]:
    """Cut entries into batches within SQS' limits; an entry alone is never cut."""
    batch: list[dict[str, JsonValue]] = []
    size = 0
    for entry in entries:
        length = len(str(entry["MessageBody"]).encode())
        if batch and (len(batch) == BATCH_ENTRIES_MAX or size + length > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch

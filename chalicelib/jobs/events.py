"""From what Lambda hands a function to runs of jobs: a schedule's input, or a batch of SQS messages.

A batch answers which of its messages failed (`batchItemFailures`, with `FunctionResponseTypes` set on the
mapping): those alone come back, and after RECEIVES_MAX receives SQS moves them to the dead-letter queue.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

from chalicelib.domain.clocks.jobs import JOBS, RECEIVES_MAX
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Outgoing
from chalicelib.jobs.runner import JobsContainer, run_job
from chalicelib.jobs.tick import Result
from chalicelib.services.alerts.dead_letters import tell_given_up

_LOG: Final = logging.getLogger("papertape.jobs")

Event = Mapping[str, Any]  # Any: JSON as AWS sends it
#: One message's run may take a broker call of 30 s and its writes: less time than this begins no other.
_BEGIN_SECONDS_MIN: Final = 40.0
#: A failed daily run comes back first after this; then as its queue's visibility timeout has it.
_AGAIN_AFTER: Final = timedelta(minutes=5)


class UnreadableMessage(ValueError):
    """A message that is not one of ours: it goes the way of every failing message, to the dead letters."""

    def __init__(self) -> None:
        super().__init__("not a message of papertape's jobs")


class LambdaContext(Protocol):
    """What we use of the object that Lambda hands every function."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long this call may still run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMessage:
    """One unit of work as it stands in a queue."""

    job: str
    due_at: datetime
    payload: Mapping[str, JsonValue]

    @classmethod
    def parse(cls, body: str) -> "JobMessage":
        """Read a message's body; raises UnreadableMessage."""
        try:
            stored = json.loads(body)
            due_at = datetime.fromisoformat(stored["due_at"])
            message = cls(job=str(stored["job"]), due_at=due_at, payload=dict(stored["payload"]))
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableMessage from error
        if due_at.tzinfo is None:
            raise UnreadableMessage
        return message


def handle_event(
    container: Callable[[], JobsContainer], job: str, event: Event, context: LambdaContext
) -> dict[str, JsonValue]:
    """Serve one call of a job's function; what a batch's messages raise is answered, all else is raised."""
    if "Records" in event:
        return run_batch(container(), event["Records"], context)
    return run_scheduled(container(), job, event)


def run_scheduled(container: JobsContainer, job: str, event: Event) -> Result:
    """Run a job for the instant its schedule was due, `{"due_at", "retries"?, "payload"?, "forced"?}`.

    A failed run of a daily job (`retries` above 0) comes back by a queue; the failure is raised all the same,
    since functions' own retries are 0 and an alarm counts errors.
    """
    due_at = datetime.fromisoformat(event["due_at"])
    payload: Mapping[str, JsonValue] = event.get("payload") or {}
    try:
        return run_job(container, job, due_at=due_at, payload=payload, forced=event.get("forced") is True)
    except Exception:
        if event.get("retries"):
            env = container.jobs_environment()
            deliver_at = env.clock.now() + _AGAIN_AFTER
            env.bus.send_all([Outgoing(job=job, payload=payload, due_at=due_at, deliver_at=deliver_at)])
        raise


def run_batch(
    container: JobsContainer, records: Sequence[Event], context: LambdaContext
) -> dict[str, JsonValue]:
    """Run a batch's messages one after the other; one that fails is its own trouble (I-06).

    Those that need not wait for one another run side by side, once the others are done. What cannot be begun
    in the time that is left counts as failed: another call takes it.
    """
    together = [record for record in records if _is_side_by_side(record)]

    def run(record: Event) -> bool:
        has_time = context.get_remaining_time_in_millis() >= _BEGIN_SECONDS_MIN * 1000
        return has_time and _run_message(container, record)

    done = [(record, run(record)) for record in records if record not in together]
    tasks = [partial(run, record) for record in together]
    if tasks:
        ran = container.jobs_environment().side_by_side.each(tasks)
        done += zip(together, ran, strict=True)
    failed: list[JsonValue] = [
        {"itemIdentifier": str(record["messageId"])} for record, is_done in done if not is_done
    ]
    return {"batchItemFailures": failed}


def _is_side_by_side(record: Event) -> bool:
    try:
        terms = JOBS.get(JobMessage.parse(record["body"]).job)
    except UnreadableMessage:
        return False
    return terms is not None and terms.is_side_by_side


def _run_message(container: JobsContainer, record: Event) -> bool:
    """Run one message; False when it has to come back."""
    message: JobMessage | None = None
    try:
        message = JobMessage.parse(record["body"])
        result = run_job(container, message.job, due_at=message.due_at, payload=message.payload)
    except Exception:  # noqa: BLE001  # whatever it was, the batch's other messages must run
        _LOG.exception("message failed", extra={"message_id": record["messageId"], **_facts(message)})
        if message is not None and _receives(record) >= RECEIVES_MAX:
            _tell_given_up(container, message)
        return False
    return result.get("running") is not True


def _tell_given_up(container: JobsContainer, message: JobMessage) -> None:
    try:
        tell_given_up(container.jobs_environment(), message.job, message.due_at, message.payload)
    except Exception:  # noqa: BLE001  # the dead-letter queue has its own alarm; the batch goes on
        _LOG.exception("nobody could be told of work given up", extra=_facts(message))


def _receives(record: Event) -> int:
    """Return how often SQS has delivered this message, this time included."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def _facts(message: JobMessage | None) -> dict[str, str]:
    return {} if message is None else {"job": message.job, "due_at": message.due_at.isoformat()}

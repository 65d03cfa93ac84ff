"""Work of one tick that one function cannot do in its time, sent on in parts (architecture.md, Clocks).

A part is a message of the same job for the same instant, with a payload that names what it covers: `job_runs`
knows it by that, so that a part runs once however often it is sent or delivered.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Outgoing
from chalicelib.services.environment import Environment


def send_parts(
    env: Environment, job: str, due_at: datetime, payloads: Sequence[Mapping[str, JsonValue]]
) -> int:
    """Send a message for each part, to run at once for the instant `due_at`; returns how many."""
    env.bus.send_all([Outgoing(job=job, payload=payload, due_at=due_at) for payload in payloads])
    return len(payloads)

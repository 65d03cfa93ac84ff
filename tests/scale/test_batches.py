"""A batch of messages: those that need not wait for one another run side by side (C-02, I-06)."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.jobs import events
from chalicelib.system import Threads


class _Call:
    """A function with all the time there is."""

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


def record(number: int, job: str) -> dict[str, Any]:  # Any: JSON as AWS sends it
    body = {"job": job, "due_at": "2026-02-19T14:30:00+00:00", "payload": {"n": number}}
    return {"messageId": str(number), "body": json.dumps(body)}


def test_decisions_of_a_batch_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """C-02: three at once, whatever else is in the batch; the one that fails comes back alone."""
    together = threading.Barrier(3, timeout=10)
    ran: list[str] = []

    def run_job(_: Any, job: str, *, payload: dict[str, int], **__: Any) -> dict[str, bool]:  # Any: a stage
        if job == "decide":
            together.wait()
        ran.append(job)
        if payload["n"] == 2:
            raise ValueError("this one fails")
        return {}

    monkeypatch.setattr(events, "run_job", run_job)
    container: Any = SimpleNamespace(jobs_environment=lambda: SimpleNamespace(side_by_side=Threads()))
    batch = [record(1, "decide"), record(2, "decide"), record(3, "context"), record(4, "decide")]
    answer = events.run_batch(container, batch, _Call())

    assert ran[0] == "context"
    assert ran.count("decide") == 3
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}

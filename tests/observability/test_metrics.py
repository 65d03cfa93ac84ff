"""Ten metrics in CloudWatch's embedded format, within what is free (A-17, ADR 0012)."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.alerts import Severity
from chalicelib.jobs import run_job
from chalicelib.observability.metrics import EmfMeter, Metric, Service
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import raise_alert
from chalicelib.vendors.budget import MeasuredBudget, Share, Urgency
from chalicelib.vendors.errors import BudgetSpent
from infra.local.database.postgres import DatabaseUrls
from tests.api.doubles import OPEN_HOURS
from tests.api.support import Api
from tests.services.stage import Stage

FREE_METRICS = 10


@dataclass
class Measured:
    """A meter that remembers."""

    taken: list[tuple[Service, dict[Metric, float], dict[str, str]]] = field(default_factory=list)

    def emit(self, service: Service, measures: Mapping[Metric, float], **properties: str) -> None:
        self.taken.append((service, dict(measures), properties))


@dataclass
class Jobs:
    """A container of an environment."""

    environment: Environment

    def jobs_environment(self) -> Environment:
        return self.environment


def test_a_line_is_what_cloudwatch_reads() -> None:
    """User guide, "Embedded metric format": `_aws` names metrics and dimensions, values stand beside it."""
    stream = io.StringIO()
    meter = EmfMeter(stream, "papertape-prod")
    meter.emit(Service.API, {Metric.REQUESTS: 1, Metric.LATENCY: 12.5}, route="read_me", status="200")
    line: dict[str, Any] = json.loads(stream.getvalue())
    (directive,) = line["_aws"]["CloudWatchMetrics"]

    assert directive == {
        "Namespace": "papertape-prod",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "Requests", "Unit": "Count"}, {"Name": "Latency", "Unit": "Milliseconds"}],
    }
    assert (line["service"], line["Latency"], line["route"]) == ("api", [12.5], "read_me")
    assert isinstance(line["_aws"]["Timestamp"], int)


def test_threads_write_whole_lines() -> None:
    stream = io.StringIO()
    meter = EmfMeter(stream, "papertape")

    def work() -> None:
        for _ in range(50):
            meter.emit(Service.API, {Metric.REQUESTS: 1}, route="x")

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len([json.loads(line) for line in stream.getvalue().splitlines()]) == 200


def test_the_metrics_stay_within_what_is_free() -> None:
    """Each metric has one set of dimension values; more would cost 0.30 $ a month each."""
    assert len(Metric) <= FREE_METRICS


def test_every_metric_is_explained_to_operators() -> None:
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")

    assert [metric for metric in Metric if f"`{metric.value}`" not in page] == []


def test_every_answer_has_an_id_and_is_measured(database_urls: DatabaseUrls) -> None:
    """A-17: request ids, on refusals too; a route is a property and no dimension."""
    api = Api(database_urls)
    meter = Measured()
    api.context = replace(api.context, environment=replace(api.environment, meter=meter))
    alice = api.user("alice")
    good, refused = alice.get("/api/me"), api.send("GET", "/api/me")
    api.close()
    ids = {answer.headers["x-request-id"] for answer in (good, refused)}

    assert len(ids) == 2
    assert [(taken[0], taken[1][Metric.SERVER_ERRORS]) for taken in meter.taken] == [(Service.API, 0)] * 2
    assert [taken[2]["status"] for taken in meter.taken] == ["200", "401"]
    assert {taken[2]["request_id"] for taken in meter.taken} == ids
    assert {taken[2]["route"] for taken in meter.taken} == {"read_me"}
    assert "alice" not in str(meter.taken)


def test_a_run_is_measured_and_a_late_tick_counted(database_urls: DatabaseUrls) -> None:
    """Lag, length, failure; a tick over 30 s late is dropped and counted (architecture.md, Clocks)."""
    stage, meter = Stage(database_urls), Measured()
    env = replace(stage.container.jobs_environment(), meter=meter, clock=LateClock(stage))
    run_job(Jobs(env), "plan", due_at=stage.clock.now(), payload={})
    run_job(Jobs(env), "sync", due_at=stage.clock.now() - timedelta(seconds=31), payload={})
    with env.database.transaction("alice") as connection:
        raise_alert(env, connection, "alice", severity=Severity.CRITICAL, kind="note", message="x")
    stage.close()
    ran, dropped, alert = meter.taken

    assert ran[0] is Service.JOBS
    assert (ran[1][Metric.JOB_FAILURES], ran[2]["job"]) == (0, "plan")
    assert dropped[1] == {Metric.TICKS_DROPPED: 1}
    assert alert[:2] == (Service.ALERTS, {Metric.CRITICAL_ALERTS: 1})


class LateClock:
    """The stage's clock in a world where being late counts."""

    def __init__(self, stage: Stage) -> None:
        self._clock = stage.clock
        self.now, self.sleep, self.monotonic = stage.clock.now, stage.clock.sleep, stage.clock.monotonic

    def real_seconds_since(self, instant: datetime) -> float:
        return max(0.0, (self._clock.now() - instant).total_seconds())


def test_a_spent_budget_is_counted() -> None:
    """A-12: waits for our own budget show before a vendor's 429 does."""

    class Spent:
        def take(
            self, key: str, urgency: Urgency, *, at: datetime, share: Share | None = None, weight: int = 1
        ) -> None:
            raise BudgetSpent("spent")

        def check(self, keys: Sequence[str], urgency: Urgency, *, at: datetime) -> None:
            raise BudgetSpent("spent")

        def vendor_left(self, key: str, left: int, *, at: Any, ends_at: Any) -> None:
            """Nothing to note."""

        def close(self, key: str, *, until: datetime) -> None:
            """Nothing to close."""

    meter = Measured()
    with pytest.raises(BudgetSpent):
        MeasuredBudget(Spent(), meter).take("key", Urgency.ORDER, at=OPEN_HOURS)
    with pytest.raises(BudgetSpent):
        MeasuredBudget(Spent(), meter).check(["key"], Urgency.ORDER, at=OPEN_HOURS)

    assert meter.taken == [(Service.BROKERS, {Metric.BUDGET_WAITS: 1}, {"urgency": "ORDER"})] * 2


def test_importing_the_application_does_not_import_powertools() -> None:
    """performance.md: 30 ms that the first line pays, not the cold import."""
    code = "import app, sys; print('aws_lambda_powertools' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert found.stdout.strip() == "False"

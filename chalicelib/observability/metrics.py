"""The ten metrics, and where they go: CloudWatch by its embedded metric format (EMF), or nowhere.

A metric costs 0.30 $ a month for each set of dimension values, and ten are free. So there is one dimension,
`service` (each metric has one), and which route or job it was stands beside the metric as a property, which
Logs Insights can ask for. One line of EMF a request is its access log, too.
Source: CloudWatch pricing (2026), "Embedding metrics within logs" of the CloudWatch user guide.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol, TextIO


class Metric(StrEnum):
    """What is measured; `UNITS` has the unit of each."""

    REQUESTS = "Requests"
    LATENCY = "Latency"
    SERVER_ERRORS = "ServerErrors"
    BROKER_REFUSALS = "BrokerRefusals"
    BUDGET_WAITS = "BudgetWaits"
    CRITICAL_ALERTS = "CriticalAlerts"
    JOB_FAILURES = "JobFailures"
    JOB_LAG = "JobLag"
    JOB_DURATION = "JobDuration"
    TICKS_DROPPED = "TicksDropped"


class Service(StrEnum):
    """Who measures."""

    API = "api"
    JOBS = "jobs"
    BROKERS = "brokers"
    ALERTS = "alerts"


UNITS: Final[Mapping[Metric, str]] = {
    Metric.LATENCY: "Milliseconds",
    Metric.JOB_LAG: "Seconds",
    Metric.JOB_DURATION: "Seconds",
}
_COUNT: Final = "Count"


class Meter(Protocol):
    """Takes measures."""

    def emit(self, service: Service, measures: Mapping[Metric, float], **properties: str) -> None:
        """Take measures of one thing that happened; properties tell which."""
        ...


class SilentMeter:
    """Measures nothing: simulations, tests."""

    def emit(self, service: Service, measures: Mapping[Metric, float], **properties: str) -> None:
        """Forget them."""


class EmfMeter:
    """Writes one line of EMF for each thing measured, for CloudWatch to read from the log."""

    def __init__(self, stream: TextIO, namespace: str) -> None:
        self._stream = stream
        self._namespace = namespace

    def emit(self, service: Service, measures: Mapping[Metric, float], **properties: str) -> None:
        """Write the line; Powertools is imported by the first one."""
        from aws_lambda_powertools.metrics import EphemeralMetrics

        metrics = EphemeralMetrics(namespace=self._namespace, service=service.value)
        for metric, value in measures.items():
            metrics.add_metric(name=metric.value, unit=UNITS.get(metric, _COUNT), value=value)
        for name, text in properties.items():
            metrics.add_metadata(name, text)
        # One write, so that lines of several threads do not mix.
        self._stream.write(json.dumps(metrics.serialize_metric_set(), separators=(",", ":")) + "\n")
        self._stream.flush()

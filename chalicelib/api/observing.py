"""Around every request: its id on the answer and on every log line, what it took as a line of metrics."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from chalicelib.api.answers import Written
from chalicelib.api.context import ApiContext
from chalicelib.api.routing import Route
from chalicelib.observability.facts import bound, present_facts
from chalicelib.observability.metrics import Metric, Service

REQUEST_ID: Final = "X-Request-Id"


def observed(
    route: Route, context: ApiContext, gateways_id: str | None, carry_out: Callable[[], Written]
) -> Written:
    """Carry a request out under the gateway's id for it, or one of our own; the answer tells the id."""
    env = context.environment
    request_id = gateways_id or str(env.randomness.uuid7(env.clock.now()))
    began = env.clock.monotonic()
    with bound(request_id=request_id):
        written = carry_out()
        milliseconds = (env.clock.monotonic() - began) * 1000
        env.meter.emit(
            Service.API,
            _measures(written.status, milliseconds),
            route=route.name,
            status=str(written.status),
            **present_facts(),
        )
    return replace(written, headers={**written.headers, REQUEST_ID: request_id})


def _measures(status: int, milliseconds: float) -> Mapping[Metric, float]:
    return {
        Metric.REQUESTS: 1,
        Metric.LATENCY: round(milliseconds, 3),
        Metric.SERVER_ERRORS: 1 if status >= 500 else 0,
    }

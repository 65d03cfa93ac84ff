"""A caller whose time is over hangs up, however slow the vendor: as a real client does."""

import random
from collections.abc import Callable

import httpx
import pytest

from infra.local.simulate.engine import Engine
from infra.local.simulate.seams import Seams, SteppedTransport, Work
from infra.local.simulate.trace import Trace
from tests.simulate.test_engine import START


class _Slow(httpx.BaseTransport):
    """A vendor that answers after 25 s."""

    def __init__(self, wait: Callable[[float], None]) -> None:
        self._wait = wait

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._wait(25.0)
        return httpx.Response(200, request=request)


@pytest.mark.parametrize(("limit", "seconds", "heard"), [(18.0, 18.0, "ReadTimeout"), (30.0, 25.0, "200")])
def test_a_caller_waits_no_longer_than_its_limit(limit: float, seconds: float, heard: str) -> None:
    """No API call runs longer than 20 s (api.md, Time), so its lease may be short: no vendor stretches it."""
    engine = Engine(start=START, choices=random.Random(1), trace=Trace())
    seams = Seams(engine=engine, choices=random.Random(2), work=Work(), set_database_time=lambda: None)
    transport = SteppedTransport(_Slow(seams.wait_for_vendor), seams, lambda *_: None)
    request = httpx.Request("POST", "https://vendor/v1/orders", extensions={"timeout": {"read": limit}})
    told: list[str] = []

    def call() -> None:
        try:
            told.append(str(transport.handle_request(request).status_code))
        except httpx.ReadTimeout as error:
            told.append(type(error).__name__)

    engine.spawn("caller", call)
    engine.finish_actors(lambda _over: None)

    assert told == [heard]
    assert 0 <= engine.monotonic() - seconds < 0.5  # the way there and back

"""The control contract of local.md, call by call."""

import http.client
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.clocks.jobs import SCHEDULES
from chalicelib.domain.json_value import JsonValue
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import MessageQueue
from infra.local.clockwork.scheduler import Scheduler
from infra.local.control.control import Control
from infra.local.emulators.tradier.books.quirks import Quirk
from infra.local.emulators.world import World
from infra.local.front.web import WebServer, listen
from infra.local.loopback import LOOPBACK

START = datetime.fromisoformat("2026-02-19T09:31:00-05:00")
JOBS = frozenset({"plan", "bookend", "sync"})


def run_job(
    job: str, due_at: datetime, payload: Mapping[str, JsonValue], forced: bool
) -> dict[str, JsonValue]:
    if payload.get("kind") == "BROKEN":
        raise RuntimeError("a secret")
    return {"forced": forced, "kind": payload.get("kind")} if forced else {"skipped": "nothing to do"}


class Stack:
    """Clock, scheduler and world behind a control interface."""

    def __init__(self) -> None:
        self.clock = ProductClock(START, speed=0)
        self.world = World.create(7, self.clock.now, self.clock.sleep)
        self.world.sandbox.add_account("VA1", "token-1")
        self.queue = MessageQueue(self.clock)
        scheduler = Scheduler(self.clock, self.queue, run_job, SCHEDULES, after=START)
        self.server = WebServer(Control(self.clock, scheduler, self.world, JOBS), listen(0), threads=4)
        self.server.start()

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self.server.port, timeout=30)
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            connection.request(method, path, raw, dict(headers or {}))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack()
    yield stack
    stack.server.stop()


def spot(stack: Stack, symbol: str) -> float:
    quote = stack.world.market.stock_quote(symbol, stack.clock.now())
    assert quote is not None
    assert quote.bid is not None
    assert quote.ask is not None
    return (quote.bid + quote.ask) / 2


def test_the_clock_tells_its_time_and_speed(stack: Stack) -> None:
    assert stack.call("GET", "/clock") == (200, {"now": "2026-02-19T14:31:00Z", "speed": 0})


def test_advancing_by_seconds_lists_what_ran_and_when_it_was_due(stack: Stack) -> None:
    status, answer = stack.call("POST", "/clock/advance", {"seconds": 60})

    assert (status, answer["now"]) == (200, "2026-02-19T14:32:00Z")
    assert answer["ran"] == [
        {"job": "plan", "at": "2026-02-19T14:32:00Z", "ok": True, "result": {"skipped": "nothing to do"}}
    ]


def test_advancing_to_an_instant_takes_any_offset(stack: Stack) -> None:
    _, answer = stack.call("POST", "/clock/advance", {"to": "2026-02-19T16:00:00+01:00"})

    assert answer["now"] == "2026-02-19T15:00:00Z"
    assert len(answer["ran"]) == 29


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/clock/advance", {}, "either seconds or to"),
        ("/clock/advance", {"seconds": 1, "to": "2026-02-20T00:00:00Z"}, "either"),
        ("/clock/advance", {"seconds": -1}, "seconds must be from 0"),
        ("/clock/advance", {"seconds": True}, "must be a number"),
        ("/clock/advance", {"seconds": "5"}, "must be a number"),
        ("/clock/advance", {"seconds": 1e12}, "from 0 to"),
        ("/clock/advance", {"to": "2026-02-20T00:00:00"}, "with its offset"),
        ("/clock/advance", {"to": 5}, "with its offset"),
        ("/clock/advance", {"to": "2026-02-19T00:00:00Z"}, "forward only"),
        ("/clock/advance", {"second": 5}, "unknown: second"),
        ("/clock/advance", b"{", "not JSON"),
        ("/clock/advance", b'{"seconds": NaN}', "NaN"),
        ("/clock/advance", b"[]", "not a JSON object"),
        ("/market/price", {"symbol": "SPY"}, "either price or path"),
        ("/market/price", {"price": 5}, "symbol must be"),
        ("/market/price", {"symbol": "SPY", "price": -5}, "positive"),
        ("/market/price", {"symbol": "SPY", "path": [[5]]}, "list of"),
        ("/market/price", {"symbol": "SPY", "path": [[5, 1], [1, 1]]}, "rising"),
        ("/market/iv", {"symbol": "SPY", "iv": 0}, "positive"),
        ("/market/iv", {"symbol": "SPY"}, "iv is missing"),
        ("/faults", {"vendor": "nobody", "kind": "status"}, "nobody"),
        ("/faults", {"vendor": "tradier", "kind": "status", "times": 0}, "times"),
    ],
)
def test_bad_input_is_told_in_words(stack: Stack, path: str, body: Any, words: str) -> None:
    status, answer = stack.call("POST", path, body)

    assert status == 400
    assert words in answer["error"]


def test_unknown_paths_methods_jobs_symbols_and_accounts_are_told(stack: Stack) -> None:
    assert stack.call("GET", "/nothing")[0] == 404
    assert stack.call("PUT", "/faults", {}) == (405, {"error": "/faults takes POST, DELETE"})
    assert stack.call("POST", "/jobs/nothing")[0] == 404
    assert stack.call("POST", "/market/price", {"symbol": "NONE", "price": 1})[0] == 404
    assert stack.call("GET", "/vendors/tradier/orders?account=nobody")[0] == 404
    assert stack.call("GET", "/vendors/tradier/orders")[0] == 400


def test_a_job_runs_now_with_its_body(stack: Stack) -> None:
    status, answer = stack.call("POST", "/jobs/bookend", {"kind": "POST_MARKET"})

    assert (status, answer) == (200, {"ok": True, "result": {"forced": True, "kind": "POST_MARKET"}})


@pytest.mark.parametrize("kind", ["NOON", "", 5, []])
def test_a_bookend_of_no_kind_is_refused(stack: Stack, kind: object) -> None:
    """A typing error must not look like a run that had nothing to do."""
    status, answer = stack.call("POST", "/jobs/bookend", {"kind": kind})

    assert status == 400
    assert "POST_MARKET" in answer["error"]


def test_a_job_that_fails_says_so_and_no_more(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    status, answer = stack.call("POST", "/jobs/sync", {"kind": "BROKEN"})

    assert (status, answer) == (200, {"ok": False, "result": {"error": "RuntimeError"}})


def test_a_price_jumps_and_a_path_leads_on(stack: Stack) -> None:
    assert stack.call("POST", "/market/price", {"symbol": "spy", "price": 500})[0] == 200
    assert spot(stack, "SPY") == pytest.approx(500, abs=0.5)

    stack.call("POST", "/market/price", {"symbol": "SPY", "path": [[60, 520], [120, 510]]})
    stack.call("POST", "/clock/advance", {"seconds": 60})

    assert spot(stack, "SPY") == pytest.approx(520, abs=0.5)


def test_volatility_is_set(stack: Stack) -> None:
    assert stack.call("POST", "/market/iv", {"symbol": "SPY", "iv": 0.8}) == (200, {"ok": True})


def test_faults_are_armed_and_cleared(stack: Stack) -> None:
    fault = {"vendor": "tradier", "match": {"path": "/orders"}, "kind": "status", "code": 502, "times": 2}

    assert stack.call("POST", "/faults", fault)[0] == 200
    assert [one.times for one in stack.world.faults.armed()] == [2]
    assert stack.call("DELETE", "/faults")[0] == 200
    assert stack.world.faults.armed() == []


def test_the_vendors_truth_can_be_read(stack: Stack) -> None:
    assert stack.call("GET", "/vendors/tradier/orders?account=VA1") == (200, {"items": []})
    assert stack.call("GET", "/vendors/tradier/positions?account=VA1") == (200, {"items": []})
    for vendor in ("tradier", "orats"):
        assert stack.call("GET", f"/vendors/{vendor}/calls") == (200, {"total": 0, "by_endpoint": {}})


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_other_hosts_and_pages_are_refused(stack: Stack, headers: dict[str, str]) -> None:
    """local.md: loopback only."""
    assert stack.call("GET", "/clock", headers=headers)[0] == 403


def test_dead_letters_are_listed_and_delivered_anew(stack: Stack) -> None:
    """A-17: a dead-letter queue with redrive."""
    stack.queue.send("alert", {"kind": "BROKEN"}, due_at=START)
    stack.call("POST", "/clock/advance", {"seconds": 600})
    _, listed = stack.call("GET", "/dead-letters")

    assert [(one["job"], one["payload"]) for one in listed["items"]] == [("alert", {"kind": "BROKEN"})]
    assert stack.call("POST", "/dead-letters/redrive") == (200, {"redriven": 1})
    assert stack.call("GET", "/dead-letters") == (200, {"items": []})
    _, advanced = stack.call("POST", "/clock/advance", {"seconds": 0})
    assert [(one["job"], one["ok"]) for one in advanced["ran"]] == [("alert", False)]


def test_quirks_are_shown_and_hidden(stack: Stack) -> None:
    """Off until asked for; a word that is none is refused."""
    before = stack.world.quirks.kinds
    asked = stack.call("POST", "/vendors/tradier/quirks", {"kinds": ["late_price"], "share": 1})
    shown = stack.world.quirks.kinds
    refused = [
        stack.call("POST", "/vendors/tradier/quirks", body)[0]
        for body in ({"kinds": ["nonsense"]}, {"kinds": "late_price"}, {"share": 0}, {"count": 1})
    ]
    stack.call("POST", "/vendors/tradier/quirks", {})
    everything = stack.world.quirks.kinds
    stack.call("DELETE", "/vendors/tradier/quirks")

    assert asked == (200, {"ok": True})
    assert (before, shown) == (frozenset(), frozenset({Quirk.LATE_PRICE}))
    assert refused == [400] * 4
    assert everything == frozenset(Quirk)
    assert stack.world.quirks.kinds == frozenset()

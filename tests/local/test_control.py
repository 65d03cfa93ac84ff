"""The control contract of local.md, call by call."""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import httpx
import numpy as np
import pytest
import talib

from chalicelib.domain.clocks.jobs import EASTERN_SCHEDULES
from chalicelib.domain.json_value import JsonValue
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import MessageQueue
from infra.local.clockwork.scheduler import Scheduler
from infra.local.control.control import Control
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.tradier.quirks import Quirk
from infra.local.emulators.world import World
from infra.local.front.web import WebServer, listen
from infra.local.loopback import LOOPBACK

START = datetime.fromisoformat("2026-02-19T09:31:00-05:00")
PAID = {"ex_date": "2026-03-20"}
JOBS = frozenset({"plan", "bookend", "sync"})


def run_job(
    job: str, due_at: datetime, payload: Mapping[str, JsonValue], forced: bool
) -> dict[str, JsonValue]:
    if payload.get("kind") == "BROKEN":
        raise RuntimeError("a secret")
    return {"forced": forced, "kind": payload.get("kind")} if forced else {"skipped": "nothing to do"}


class Stack:
    """Clock, scheduler and world behind a control interface."""

    def __init__(self, on_change: Sequence[Callable[[], None]] = ()) -> None:
        self.clock = ProductClock(START, speed=0)
        self.world = World.create(7, self.clock.now, self.clock.sleep)
        self.world.sandbox.add_account("VA1", "token-1")
        self.queue = MessageQueue(self.clock)
        scheduler = Scheduler(self.clock, self.queue, run_job, EASTERN_SCHEDULES, after=START)
        control = Control(self.clock, scheduler, self.world, JOBS, on_change=on_change)
        self.server = WebServer(control, listen(0), threads=4)
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
        ("/market/regime", {"symbol": "SPY"}, "trend must be one of"),
        ("/market/regime", {"symbol": "SPY", "trend": "sideways"}, "up, down, none"),
        ("/market/regime", {"symbol": "SPY", "trend": "up", "adx": 101}, "adx must be from 0 to 100"),
        ("/market/regime", {"symbol": "SPY", "trend": "none", "adx": 99}, "no bars with the trend none"),
        ("/market/regime", {"symbol": "SPY", "trend": "up", "realised_vol": 0}, "realised_vol must be from"),
        ("/market/quote", {"symbol": "SPY"}, "say what to hold"),
        ("/market/quote", {"symbol": "SPY", "bid": -1}, "bid must be from 0"),
        ("/market/quote", {"symbol": "SPY", "bid_size": 1.5}, "bid_size must be a whole number"),
        ("/market/quote", {"symbol": "SPY", "iv": 0.5, "greeks": None}, "iv, greeks: of contracts only"),
        ("/market/quote", {"symbol": "SPY260320C00610000", "greeks": {}}, "greeks can only be null"),
        ("/market/quote", {"symbol": "SPY260320C00610000", "delta": 1}, "unknown: delta"),
        ("/market/volume", {"symbol": "SPY"}, "share is missing"),
        ("/market/volume", {"symbol": "SPY", "share": -1}, "not negative"),
        ("/market/volume", {"symbol": "VIX", "share": 1}, "something that trades"),
        ("/market/earnings", {"symbol": "AAPL"}, "either dates or unknown"),
        ("/market/earnings", {"symbol": "AAPL", "dates": [], "unknown": True}, "either dates or unknown"),
        ("/market/earnings", {"symbol": "AAPL", "dates": "2026-03-01"}, "dates must be a list"),
        ("/market/earnings", {"symbol": "AAPL", "dates": ["soon"]}, "dates must be a date"),
        ("/market/earnings", {"symbol": "AAPL", "unknown": False}, "unknown can only be true"),
        ("/market/dividends", {"symbol": "SPY", "items": [PAID]}, "{ex_date, amount}"),
        (
            "/market/dividends",
            {"symbol": "SPY", "items": [{**PAID, "amount": -1}]},
            "amount",
        ),
        ("/market/settlement", {"symbol": "SPX", "date": 5, "value": 6000}, "date must be a date"),
        ("/market/settlement", {"symbol": "SPX", "date": "2026-02-21", "value": 6000}, "a trading day"),
        (
            "/market/settlement",
            {"symbol": "QQQ", "date": "2026-02-20", "value": 500},
            "nothing on QQQ settles",
        ),
        ("/vendors/tradier/assign", {"symbol": "SPY", "quantity": 1}, "say which account"),
        (
            "/vendors/tradier/assign",
            {"account": "VA1", "symbol": "SPY", "quantity": 0},
            "quantity must be from 1",
        ),
        (
            "/vendors/tradier/assign",
            {"account": "VA1", "symbol": "SPY", "quantity": 1},
            "only American options",
        ),
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
    for vendor in ("tradier", "orats", "binance", "telegram", "discord"):
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


CALL = "SPY260320C00610000"


def tradier(stack: Stack, path: str, **asked: str) -> Any:
    """Ask the emulated broker as a client does."""
    transport = EmulatorTransport(stack.world.hosts())
    headers = {"Authorization": "Bearer token-1", "Accept": "application/json"}
    with httpx.Client(transport=transport, base_url="https://sandbox.tradier.com", headers=headers) as client:
        return client.get(path, params=asked).json()


def quoted(stack: Stack, symbol: str) -> Any:
    return tradier(stack, "/v1/markets/quotes", symbols=symbol, greeks="true")["quotes"]["quote"]


def test_a_quote_is_held_until_it_is_let_go(stack: Stack) -> None:
    """local.md: bid, ask, sizes, volume, open interest, age, IV; Greeks that are missing."""
    before = quoted(stack, CALL)
    body = {"bid": 1, "ask": 1.2, "bid_size": 2, "ask_size": 3, "volume": 4, "open_interest": 5}
    status, answer = stack.call(
        "POST", "/market/quote", {"symbol": "spy   260320C00610000", **body, "age_s": 90, "greeks": None}
    )
    held = quoted(stack, CALL)
    stack.call("DELETE", "/market/quote")

    assert (status, answer) == (200, {"ok": True})
    names = ("bid", "ask", "bidsize", "asksize", "volume", "open_interest")
    assert [held[name] for name in names] == list(body.values())
    assert (held["greeks"], held["bid_date"]) == (None, (START.timestamp() - 90) * 1000)
    assert quoted(stack, CALL) == before


def test_one_held_quote_is_let_go_by_its_symbol_and_nobody_bids_null(stack: Stack) -> None:
    for symbol in (CALL, "SPY"):
        stack.call("POST", "/market/quote", {"symbol": symbol, "bid": None})
    stack.call("DELETE", f"/market/quote?symbol={CALL}")

    assert quoted(stack, CALL)["bid"] > 0
    assert quoted(stack, "SPY")["bid"] == 0


def test_a_regime_and_a_volume_are_in_the_history(stack: Stack) -> None:
    """POST /market/regime, /market/volume; what is not said is as usual."""
    stack.call("POST", "/market/regime", {"symbol": "QQQ", "trend": "up"})
    stack.call("POST", "/market/regime", {"symbol": "SPY", "trend": "down", "adx": 40, "realised_vol": 0.3})
    stack.call("POST", "/market/volume", {"symbol": "SPY", "share": 0.1})

    for symbol, adx, volatility in (("QQQ", 30, 0.625 * 0.21), ("SPY", 40, 0.3)):
        rows = tradier(stack, "/v1/markets/history", symbol=symbol, start="2025-08-01", end="2026-02-18")
        days = rows["history"]["day"]
        high, low, close = (np.array([day[name] for day in days]) for name in ("high", "low", "close"))
        assert talib.ADX(high, low, close, 14)[-1] == pytest.approx(adx, abs=1)
        assert np.diff(np.log(close))[-20:].std(ddof=1) * 252**0.5 == pytest.approx(volatility, abs=0.005)
        assert (close[-1] > close[-30]) == (symbol == "QQQ")
    volumes = [day["volume"] for day in days]
    assert volumes[-1] == pytest.approx(0.1 * np.mean(volumes[-21:-1]), rel=1e-6)


def test_calendars_say_what_they_are_told(stack: Stack) -> None:
    """POST /market/earnings, /market/dividends: dates, none, not known."""
    path = "/beta/markets/fundamentals"
    stack.call("POST", "/market/earnings", {"symbol": "AAPL", "dates": ["2026-03-02"]})
    stack.call("POST", "/market/earnings", {"symbol": "MSFT", "unknown": True})
    items = [{"ex_date": "2026-02-20", "amount": 1.5}]
    stack.call("POST", "/market/dividends", {"symbol": "SPY", "items": items})
    stack.call("POST", "/market/dividends", {"symbol": "QQQ", "items": []})
    told, unknown = tradier(stack, f"{path}/calendars", symbols="AAPL,MSFT")
    paid, nothing = tradier(stack, f"{path}/dividends", symbols="SPY,QQQ")

    (event,) = told["results"][0]["tables"]["corporate_calendars"]
    assert event["begin_date_time"] == "2026-03-02"
    assert unknown["results"] == []
    (dividend,) = paid["results"][0]["tables"]["cash_dividends"]
    assert (dividend["ex_date"], dividend["cash_amount"]) == ("2026-02-20", 1.5)
    assert nothing["results"][0]["tables"]["cash_dividends"] == []


def test_crypto_moves_like_the_rest(stack: Stack) -> None:
    assert stack.call("POST", "/market/price", {"symbol": "ethusdt", "price": 2000.5}) == (200, {"ok": True})
    assert stack.world.simulated.crypto.price("ETHUSDT", stack.clock.now()) == 2000.5


def test_a_model_says_what_it_is_told_and_tells_what_it_was_asked(stack: Stack) -> None:
    """local.md: answers in order, a default, the calls with all that was asked."""
    path = "/vendors/openrouter"
    said = {"decision": "WATCH", "confidence": 0.5, "reasoning": "Near."}
    assert stack.call("POST", f"{path}/answers", {"answers": [{"content": said}]}) == (200, {"ok": True})
    assert stack.call("POST", f"{path}/default", {"decision": "LONG"}) == (200, {"ok": True})
    wrongs: list[dict[str, Any]] = [{"answers": []}, {"answers": [{"content": 1}]}, {"answer": {}}]
    for wrong in wrongs:
        assert stack.call("POST", f"{path}/answers", wrong)[0] == 400
    assert stack.call("POST", f"{path}/default", {"decision": "BUY"})[0] == 400

    stack.world.openrouter.add_key("key")
    host = "https://openrouter.ai/api/v1"
    asked = {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": '{"price": 10}'}]}
    with httpx.Client(transport=EmulatorTransport(stack.world.hosts()), base_url=host) as client:
        for _ in range(2):
            client.post("/chat/completions", json=asked, headers={"Authorization": "Bearer key"})
    status, told = stack.call("GET", f"{path}/calls")
    first, second = told["items"]

    assert (status, told["total"]) == (200, 2)
    assert (json.loads(first["answer"]), json.loads(second["answer"])["decision"]) == (said, "LONG")
    assert (first["at"], first["model"]) == ("2026-02-19T14:31:00Z", "openai/gpt-4o")
    assert first["messages"] == asked["messages"]
    assert stack.call("DELETE", f"{path}/answers") == (200, {"ok": True})


def test_an_index_settles_on_what_is_told(stack: Stack) -> None:
    told = {"symbol": "SPX", "date": "2026-02-20", "value": 6123.45}

    assert stack.call("POST", "/market/settlement", told) == (200, {"ok": True})
    assert stack.world.market.opening_settlement("SPX", date(2026, 2, 20)) == 6123.45


def test_a_short_position_is_assigned_over_night(stack: Stack) -> None:
    """POST /vendors/tradier/assign; the positions then show shares at the strike."""
    form = {"class": "option", "symbol": "IWM", "option_symbol": "IWM260320P00220000", "quantity": "2"}
    form |= {"side": "sell_to_open", "type": "market", "duration": "day"}
    headers = {"Authorization": "Bearer token-1", "Accept": "application/json"}
    transport = EmulatorTransport(stack.world.hosts())
    with httpx.Client(transport=transport, base_url="https://sandbox.tradier.com", headers=headers) as client:
        client.post("/v1/accounts/VA1/orders", data=form)
    body = {"account": "VA1", "symbol": "IWM260320P00220000", "quantity": 2}
    assert stack.call("POST", "/vendors/tradier/assign", {**body, "quantity": 3})[0] == 400
    assert stack.call("POST", "/vendors/tradier/assign", {**body, "account": "VA9"})[0] == 404
    assert stack.call("POST", "/vendors/tradier/assign", body) == (200, {"ok": True})
    stack.call("POST", "/clock/advance", {"to": "2026-02-20T09:00:00-05:00"})

    (shares,) = stack.call("GET", "/vendors/tradier/positions?account=VA1")[1]["items"]
    assert (shares["symbol"], shares["quantity"], shares["cost_basis"]) == ("IWM", 200, 44_000)


def test_what_the_product_knew_is_let_go_with_each_change_of_the_market() -> None:
    """local.md: control calls that change the market drop what the product has cached of it."""
    let_go: list[str] = []
    stack = Stack(on_change=[lambda: let_go.append("go")])
    calls = [
        ("POST", "/market/regime", {"symbol": "SPY", "trend": "up"}),
        ("POST", "/market/quote", {"symbol": "SPY", "bid": 1}),
        ("DELETE", "/market/quote", None),
        ("POST", "/market/volume", {"symbol": "SPY", "share": 1}),
        ("POST", "/market/earnings", {"symbol": "AAPL", "dates": []}),
        ("POST", "/market/dividends", {"symbol": "AAPL", "items": []}),
        ("POST", "/market/settlement", {"symbol": "SPX", "date": "2026-02-20", "value": 6000}),
        ("POST", "/market/price", {"symbol": "SPY", "price": 600}),
    ]
    try:
        for number, (method, path, body) in enumerate(calls, start=1):
            assert stack.call(method, path, body)[0] == 200
            assert len(let_go) == number
    finally:
        stack.server.stop()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/market/regime", {"trend": "up"}),
        ("/market/quote", {"bid": 1}),
        ("/market/volume", {"share": 1}),
        ("/market/earnings", {"dates": []}),
        ("/market/dividends", {"unknown": True}),
        ("/market/settlement", {"date": "2026-02-20", "value": 1}),
    ],
)
def test_a_symbol_that_the_market_has_not_is_404(stack: Stack, path: str, body: Mapping[str, Any]) -> None:
    status, answer = stack.call("POST", path, {"symbol": "NOPE", **body})

    assert (status, answer) == (404, {"error": "the market has no 'NOPE'"})

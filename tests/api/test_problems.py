"""Errors: the table of api.md, the order of checks, and never a 500 for any input."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.api.authentication import Access
from chalicelib.api.routes import ROUTES
from chalicelib.api.routing import Route
from tests.api.support import Api, User
from tests.api.test_sign_in import UNKNOWN_ID, name_of, path_of

#: A CSV body has tests of its own (test_import.py).
WITH_BODY = [route for route in ROUTES if route.method in {"POST", "PUT", "PATCH"} and not route.reads_csv]
WITH_ID = [route for route in ROUTES if "{id}" in route.path]
#: Calls whose body is looked at first because no id stands in their path.
BODIES_FIRST = [
    route for route in WITH_BODY if "{id}" not in route.path and route.access is not Access.PUBLIC
]
PLACE = {
    "ticker": "SPY",
    "option_type": "CALL",
    "strike": 580,
    "expiry": "2026-03-20",
    "order_type": "limit",
    "limit_price": 2.15,
}


@pytest.mark.parametrize("route", BODIES_FIRST, ids=name_of)
@pytest.mark.parametrize(
    ("raw", "media_type", "status", "kind"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b"[]", "application/json", 400, "malformed"),
        (b'"text"', "application/json", 400, "malformed"),
        (b"null", "application/json", 400, "malformed"),
        (b"NaN", "application/json", 400, "malformed"),
        (b'{"qty": NaN}', "application/json", 400, "malformed"),
        (b'{"a": 1, "a": 2}', "application/json", 400, "malformed"),
        (b'{"a": "\xff"}', "application/json", 400, "malformed"),
        (b"\xef\xbb\xbf{}", "application/json", 400, "malformed"),
        (b"[" * 100_000, "application/json", 400, "malformed"),
        (b"{}", "text/plain", 415, "media-type"),
        (b"{}", "application/x-www-form-urlencoded", 415, "media-type"),
        (b"{}", "application/json; charset=latin-1", 415, "media-type"),
        (b" " * 300_000, "application/json", 413, "too-large"),
        (b'{"unheard_of": 1}', "application/json", 422, "invalid"),
        (b'{"name": "\\u0000"}', "application/json", 422, "invalid"),
        (b'{"name": "\\ud800"}', "application/json", 422, "invalid"),
        (b'{"\\u0000": 1}', "application/json", 422, "invalid"),
    ],
    ids=range(18),
)
def test_an_unreadable_body_has_its_problem(
    anyone: User, route: Route, raw: bytes, media_type: str, status: int, kind: str
) -> None:
    """400, 413, 415 and 422, for every call that takes a body."""
    answer = anyone.api.send(
        route.method, path_of(route), raw=raw, token=anyone.token, headers={"content-type": media_type}
    )

    assert (answer.status, answer.kind) == (status, kind)


@pytest.mark.parametrize("route", WITH_ID, ids=name_of)
@pytest.mark.parametrize("wrong", [UNKNOWN_ID, "5", "x%00y", "%F0%9F", UNKNOWN_ID + "0", "{id}", "..%2f"])
def test_an_unknown_id_is_404_before_key_and_body(anyone: User, route: Route, wrong: str) -> None:
    """api.md: a text that is no UUID is like an unknown id; the id comes before key and body."""
    path = route.path.replace("{id}", wrong)
    answer = anyone.api.send(
        route.method, path, raw=b"{broken", token=anyone.token, headers={"idempotency-key": "k" * 101}
    )

    assert (answer.status, answer.kind) == (404, "not-found")


def test_somebody_elses_id_is_404(alice: User, bob: User) -> None:
    """A-10: a foreign id is never told apart from an unknown one."""
    made = alice.post("/api/tokens", {"name": "mine", "scope": "read"})
    path = f"/api/tokens/{made.json['id']}"

    assert (bob.delete(path).status, bob.delete(path).kind) == (404, "not-found")
    assert len(alice.get("/api/tokens").json["items"]) == 1


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_unknown_query_values_are_refused(anyone: User, route: Route) -> None:
    """api.md: an unknown query value is refused, too."""
    if "{id}" in route.path:
        return
    path = path_of(route)
    answer = anyone.api.send(route.method, f"{path}?colour=red", token=anyone.token)

    assert (answer.status, answer.kind) == (422, "invalid")
    assert "colour" in answer.fields


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "limit=1.5", "limit=-1", "limit=١", "limit=", "limit=1&limit=2",
        "status=BUSY", "status=", "status=OPEN,", "status=OPEN,OPEN", "status=open", "ticker=spy", "ticker=",
        "ticker=%00", "ticker=ABCDEFGHIJK", "strategy=" + "s" * 61, "strategy=%00", "originator=person",
        "cursor=%00", "cursor=" + "a" * 300, "cursor=zzz", "cursor=bnVsbA", "cursor=WyJ4Il0",
    ],
)  # fmt: skip
def test_query_values_out_of_bounds_are_refused(anyone: User, query: str) -> None:
    """limit 1 to 200, known states, tickers of A-Z 0-9 . / -, texts without NUL."""
    answer = anyone.get(f"/api/trades?{query}")

    assert (answer.status, answer.kind) == (422, "invalid")
    assert query.partition("=")[0] in answer.fields


@pytest.mark.parametrize("query", ["from=2026-02-30", "from=today", "to=2026-1-1", "result=draws", "result="])
def test_history_bounds_are_checked(anyone: User, query: str) -> None:
    """Days that exist, outcomes that are known."""
    assert anyone.get(f"/api/trades/history?{query}").fields == {query.partition("=")[0]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ticker": "spy"}, "ticker"),
        ({"ticker": ""}, "ticker"),
        ({"ticker": "ABCDEFGHIJK"}, "ticker"),
        ({"ticker": 5}, "ticker"),
        ({"option_type": "call"}, "option_type"),
        ({"option_type": None}, "option_type"),
        ({"strike": "580"}, "strike"),
        ({"strike": 0}, "strike"),
        ({"strike": -1}, "strike"),
        ({"strike": 1_000_000.01}, "strike"),
        ({"strike": 580.00001}, "strike"),
        ({"strike": True}, "strike"),
        ({"strike": 10**50}, "strike"),
        ({"expiry": "2026-02-30"}, "expiry"),
        ({"expiry": "20260320"}, "expiry"),
        ({"expiry": "9999-12-31"}, "expiry"),
        ({"expiry": "0001-01-01"}, "expiry"),
        ({"expiry": "2026-03-20T00:00:00Z"}, "expiry"),
        ({"expiry": 20260320}, "expiry"),
        ({"qty": 0}, "qty"),
        ({"qty": -1}, "qty"),
        ({"qty": 1001}, "qty"),
        ({"qty": 10**9}, "qty"),
        ({"qty": 10**400}, "qty"),
        ({"qty": 1.5}, "qty"),
        ({"qty": "1"}, "qty"),
        ({"qty": True}, "qty"),
        ({"qty": None}, "qty"),
        ({"order_type": "stop"}, "order_type"),
        ({"order_type": "market"}, "limit_price"),
        ({"limit_price": None}, "limit_price"),
        ({"limit_price": 0}, "limit_price"),
        ({"sl_price": -1}, "sl_price"),
        ({"tp_price": "2"}, "tp_price"),
        ({"strategy": "s" * 21}, "strategy"),
        ({"strategy": "a\x00b"}, "strategy"),
        ({"card_score": 1000.1}, "card_score"),
        ({"ai_score": -1001}, "ai_score"),
        ({"ai_verdict": "v" * 21}, "ai_verdict"),
        ({"gate_verdict": 5}, "gate_verdict"),
        ({"signals_snapshot": []}, "signals_snapshot"),
        ({"trade_context": "notes"}, "trade_context"),
        ({"trade_context": {"notes": "n" * 17_000}}, "trade_context"),
        ({"trade_context": {"deep": [[[[["\ud800"]]]]]}}, "trade_context"),
        ({"ai_reasoning_log": {"prompt": "p" * 66_000}}, "ai_reasoning_log"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
    ids=str,
)
def test_a_field_out_of_bounds_is_named(anyone: User, change: dict[str, object], field: str) -> None:
    """api.md, Bounds: beyond them 422, with the field."""
    answer = anyone.post("/api/trades/preview", {**PLACE, **change})

    assert (answer.status, answer.kind) == (422, "invalid")
    assert answer.fields == {field}


@pytest.mark.parametrize("call", ["/api/trades", "/api/trades/preview"])
@pytest.mark.parametrize("field", ["originator", "originator_id", "account_id", "username"])
@pytest.mark.parametrize("value", ["PERSON", "DESK", "AI", "alice", None])
def test_no_caller_says_who_opens_a_trade(anyone: User, call: str, field: str, value: str | None) -> None:
    """W-07: originator, originator_id and owner are set by us, never by a caller, be it rightly."""
    answer = anyone.post(call, {**PLACE, field: value})

    assert (answer.status, answer.kind, answer.fields) == (422, "invalid", {field})


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e999999999", "0.1e-999999999", "9" * 5000])
@pytest.mark.parametrize("field", ["strike", "qty", "card_score", "trade_context"])
def test_numbers_beyond_any_measure_are_refused(anyone: User, field: str, number: str) -> None:
    """Non-finite and endless numbers are a fault of their field, or harmless; never a failure."""
    value = f'{{"n": {number}}}' if field == "trade_context" else number
    raw = json.dumps({**PLACE, field: None}).replace("null", value).encode()
    answer = anyone.api.send("POST", "/api/trades/preview", raw=raw, token=anyone.token)

    assert answer.status in {200, 422}
    assert answer.status == 422 or field in {"card_score", "trade_context"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
FIELDS = sorted({name for route in WITH_BODY if route.body for name in route.body_model.model_fields})


@settings(max_examples=60, deadline=None)
@given(route=st.sampled_from(BODIES_FIRST), body=st.dictionaries(st.sampled_from(FIELDS) | st.text(), JSON))
def test_no_body_makes_the_api_fail(anyone: User, route: Route, body: dict[str, object]) -> None:
    """Never a 500 for any input, and every refusal a problem document."""
    answer = anyone.api.send(route.method, path_of(route), raw=json.dumps(body).encode(), token=anyone.token)

    assert answer.status < 500


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=200))
def test_no_bytes_make_the_api_fail(anyone: User, raw: bytes) -> None:
    """A body may be any bytes."""
    assert anyone.api.send("POST", "/api/tokens", raw=raw, token=anyone.token).status in {400, 422}


def test_a_method_that_a_path_lacks_is_405(shared_api: Api) -> None:
    """api.md: 405 `method-not-allowed`."""
    answer = shared_api.send("DELETE", "/api/status")

    assert (answer.status, answer.kind, answer.headers["allow"]) == (405, "method-not-allowed", "GET")


def test_a_database_that_is_away_is_503_and_then_works_again(api: Api, alice: User) -> None:
    """The database going away for a moment: nothing is done, Retry-After, and the next call succeeds."""
    assert alice.get("/api/settings").status == 200
    with api.without_database():
        away = [alice.get("/api/settings"), alice.post("/api/tokens", {"name": "n", "scope": "read"})]

    assert [(answer.status, answer.kind) for answer in away] == [(503, "unavailable")] * 2
    assert alice.get("/api/tokens").json["items"] == []

"""Who may call: no token, bad tokens, personal tokens and their scopes, names that come back (A-10)."""

from datetime import timedelta

import pytest

from chalicelib.api.authentication import Access
from chalicelib.api.routes import ROUTES
from chalicelib.api.routing import Route
from tests.api.support import Api, User, access_token

PROTECTED = [route for route in ROUTES if route.access is not Access.PUBLIC]
UNKNOWN_ID = "0190a3b0-0000-7000-8000-000000000000"


def path_of(route: Route) -> str:
    path = route.path.replace("{id}", UNKNOWN_ID).replace("{name}", "nobody")
    return path.replace("{broker}", "tradier")


def name_of(route: Route) -> str:
    return route.name


@pytest.mark.parametrize("route", PROTECTED, ids=name_of)
def test_every_protected_call_asks_for_a_token_before_anything_else(shared_api: Api, route: Route) -> None:
    """api.md: no token is 401, whatever the id and the body look like."""
    answer = shared_api.send(route.method, path_of(route), raw=b"{broken")

    assert (answer.status, answer.kind) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer  ", "Basic YWxpY2U6cHc=", "Bearer x", "Bearer a.b.c", "Bearer pt_", "Bearer pt_é",
     "Bearer pt_" + "A" * 43, "pt_x"],
)  # fmt: skip
def test_a_bad_authorization_is_refused(shared_api: Api, header: str) -> None:
    """Nothing that is not a token passes, and nothing fails."""
    assert shared_api.send("GET", "/api/me", headers={"authorization": header}).status == 401


@pytest.mark.parametrize(
    "changes",
    [{"token_use": "id"}, {"client_id": "other"}, {"iss": "https://elsewhere"}],
    ids=str,
)
def test_a_foreign_token_is_refused(shared_api: Api, changes: dict[str, object]) -> None:
    """Another issuer, another client, an id token."""
    token = access_token("alice", **changes)  # type: ignore[arg-type]  # claims are free

    assert shared_api.send("GET", "/api/me", token=token).status == 401


def test_an_expired_token_is_refused_by_the_machines_time(api: Api, alice: User) -> None:
    """local.md: product time may be anywhere, tokens expire by the machine's clock."""
    expired = access_token("alice", expires_in=timedelta(seconds=0))
    api.clock.at += timedelta(days=4000)

    assert api.send("GET", "/api/me", token=expired).status == 401
    assert alice.get("/api/me").status == 200


def test_names_are_lower_case_and_bound_to_their_sub(api: Api) -> None:
    """A-10: a deleted name that was made again is somebody else."""
    first = api.user("Alice", sub="first").get("/api/me")
    again = api.user("ALICE", sub="first").get("/api/me")
    second = api.user("alice", sub="second").get("/api/me")

    assert (first.json["username"], again.json["username"]) == ("alice", "alice")
    assert (second.status, second.kind) == (401, "unauthenticated")


def make_token(user: User, **fields: object) -> User:
    answer = user.post("/api/tokens", {"name": "script", "scope": "read", **fields})
    assert answer.status == 201, answer.text
    return User(user.api, answer.json["token"])


def test_a_read_token_reads_and_no_more(alice: User) -> None:
    """api.md: a scope too small is 403."""
    script = make_token(alice)
    reads = [script.get(path).status for path in ("/api/me", "/api/alerts", "/api/trades")]

    assert reads == [200, 200, 200]
    for route in PROTECTED:
        if route.access is Access.TRADE:
            answer = script.api.send(route.method, path_of(route), {}, token=script.token)
            assert (answer.status, answer.kind) == (403, "forbidden"), route.name


def test_no_personal_token_reaches_settings_tokens_or_the_live_switch(alice: User) -> None:
    """api.md: settings, tokens and the live switch take no personal token."""
    script = make_token(alice, scope="trade")
    refused = [route for route in PROTECTED if route.path.startswith(("/api/settings", "/api/tokens"))]

    assert len(refused) == 7
    for route in refused:
        answer = script.api.send(route.method, path_of(route), {}, token=script.token)
        assert (answer.status, answer.kind) == (403, "forbidden"), route.name


def test_a_personal_token_ends_with_its_time_or_when_taken_back(api: Api, alice: User) -> None:
    """Expiry by the machine's time; deletion at once."""
    short = make_token(alice, expires_at="2026-11-21T09:00:01Z")
    lasting = make_token(alice)
    before = (short.get("/api/me").status, lasting.get("/api/me").status)
    api.machine_now += timedelta(seconds=1)
    between = (short.get("/api/me").status, lasting.get("/api/me").status)
    for item in alice.get("/api/tokens").json["items"]:
        assert alice.delete(f"/api/tokens/{item['id']}").status == 204

    assert (before, between) == ((200, 200), (401, 200))
    assert lasting.get("/api/me").status == 401


def test_last_use_is_noted_once_a_minute(api: Api, alice: User) -> None:
    """A poll must not write each time."""
    script = make_token(alice)
    seen = []
    for seconds in (0, 30, 30):
        api.clock.at += timedelta(seconds=seconds)
        script.get("/api/me")
        seen.append(alice.get("/api/tokens").json["items"][0]["last_used_at"])

    assert seen == ["2026-03-02T15:00:00Z", "2026-03-02T15:00:00Z", "2026-03-02T15:01:00Z"]


def test_a_throttled_user_is_told_when_to_come_back(api: Api, alice: User, bob: User) -> None:
    """api.md: 429 with Retry-After, counted per user."""
    api.throttle(3)
    statuses = [alice.get("/api/me").status for _ in range(4)]
    refused = alice.get("/api/me")
    others = bob.get("/api/me").status
    api.machine_now += timedelta(minutes=2)

    assert statuses == [200, 200, 200, 429]
    assert (refused.kind, others) == ("too-many-requests", 200)
    assert alice.get("/api/me").status == 200

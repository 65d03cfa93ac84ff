"""Personal access tokens as their owner meets them."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.api.support import Api, User


def test_a_token_is_shown_once(api: Api, alice: User) -> None:
    """api.md: `token` once; the list and the database never hold it again."""
    made = alice.post(
        "/api/tokens", {"name": "script", "scope": "trade", "expires_at": "2027-01-01T01:00:00+01:00"}
    )
    listed = alice.get("/api/tokens")
    with api.engine.connect() as connection:
        connection.execute(text("select set_config('app.current_user', 'alice', false)"))
        row = connection.execute(text("select to_jsonb(t)::text from access_tokens t")).scalar_one()
    secret = made.json["token"]
    shown = {name: value for name, value in made.json.items() if name != "token"}

    assert (made.status, made.headers["location"]) == (201, f"/api/tokens/{shown['id']}")
    assert secret.startswith("pt_")
    assert shown["last4"] == secret[-4:]
    assert shown["expires_at"] == "2027-01-01T00:00:00Z"
    assert listed.json["items"] == [shown]
    assert secret not in row + listed.text


def test_tokens_are_paged_newest_first(alice: User) -> None:
    """api.md, Lists."""
    for number in range(3):
        alice.post("/api/tokens", {"name": f"t{number}", "scope": "read"})
    first = alice.get("/api/tokens?limit=2").json
    rest = alice.get(f"/api/tokens?limit=2&cursor={first['next_cursor']}").json

    assert sorted(item["name"] for item in first["items"] + rest["items"]) == ["t0", "t1", "t2"]
    assert rest["next_cursor"] is None
    assert alice.get("/api/tokens?cursor=zzz").fields == {"cursor"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"scope": None}, "scope"),
        ({"expires_at": "2026-11-21T08:59:59Z"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2027-01-01"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+23:00"}, "expires_at"),
        ({"expires_at": "2027-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": 5}, "expires_at"),
    ],
    ids=str,
)
def test_a_tokens_fields_have_bounds(anyone: User, change: dict[str, object], field: str) -> None:
    """422 with the field."""
    answer = anyone.post("/api/tokens", {"name": "n", "scope": "read", **change})

    assert (answer.status, answer.fields) == (422, {field})


def test_a_token_ends_after_90_days_unless_never_is_said(alice: User) -> None:
    """api.md: expires_at?; what nobody thought about does not live for ever."""
    unsaid = alice.post("/api/tokens", {"name": "a", "scope": "read"}).json
    never = alice.post("/api/tokens", {"name": "b", "scope": "read", "expires_at": None}).json

    assert unsaid["expires_at"] == "2027-02-19T09:00:00Z"
    assert never["expires_at"] is None


def test_a_person_has_twenty_tokens_at_most(alice: User) -> None:
    """The 21st is refused with what to do; revoking one makes room."""
    made = [alice.post("/api/tokens", {"name": f"t{number}", "scope": "read"}) for number in range(20)]
    refused = alice.post("/api/tokens", {"name": "one more", "scope": "read"})
    alice.api.send("DELETE", f"/api/tokens/{made[0].json['id']}", token=alice.token)

    assert {one.status for one in made} == {201}
    assert (refused.status, refused.fields) == (422, {"name"})
    assert alice.post("/api/tokens", {"name": "one more", "scope": "read"}).status == 201


def test_its_owner_hears_of_a_token_and_of_its_first_use(api: Api, alice: User) -> None:
    """Whoever made one in his name is found out by it: told when it is made, and at its first use."""
    token = alice.post("/api/tokens", {"name": "scanner", "scope": "trade"}).json["token"]
    script = User(api, token)
    for _ in range(3):
        assert script.get("/api/trades").status == 200
        api.clock.at += timedelta(minutes=2)
    told = [(one["kind"], one["severity"]) for one in alice.get("/api/alerts").json["items"]]

    assert sorted(told) == [("token_made", "info"), ("token_used", "info")]

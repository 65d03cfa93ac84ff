"""Offboarding over HTTP: from the moment somebody is ended no token or session of theirs is served (I-37)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from chalicelib.api import authentication
from chalicelib.security.errors import SigninUnavailable
from chalicelib.services.sign_in import people
from infra.local.aws.memory_accounts import MemoryAccounts
from tests.api.support import MACHINE_NOW, Api, User, access_token
from tests.api.test_trades import Books


@pytest.fixture
def olga(api: Api) -> User:
    """An operator."""
    return api.user("olga", groups=("operator",))


def token_of(owner: User, scope: str = "trade") -> User:
    made = owner.post("/api/tokens", {"name": scope, "scope": scope})
    return User(owner.api, str(made.json["token"]))


def stored(api: Api, username: str, query: str) -> object:
    with api.environment.database.transaction(username) as connection:
        return connection.execute(text(query)).scalar_one()


def held(api: Api, username: str) -> str:
    """Give this user two open contracts."""
    books = Books(api)
    trade_id = books.pending(username)
    books.change(trade_id, "status = 'OPEN', filled_qty = 2, open_qty = 2", username)
    return trade_id


@pytest.mark.parametrize("ending", ["disable", "remove"])
def test_whoever_is_ended_is_served_no_more(api: Api, olga: User, bob: User, ending: str) -> None:
    """I-37: sessions and tokens, reading and writing, from that moment on."""
    script = token_of(bob)
    assert (bob.get("/api/me").status, script.get("/api/me").status) == (200, 200)
    ended = olga.post("/api/users/bob/disable") if ending == "disable" else olga.delete("/api/users/bob")

    assert ended.status == 204
    for bearer in (bob, script):
        assert bearer.get("/api/me").status == 401
        assert bearer.post("/api/trades/preview", {}).status == 401
    assert bob.post("/api/tokens", {"name": "again", "scope": "trade"}).status == 401
    assert stored(api, "bob", "select count(*) from access_tokens") == 0
    assert olga.get("/api/me").status == 200


def test_another_process_asks_before_it_changes_anything(api: Api, olga: User, bob: User) -> None:
    """I-37: what a process remembers of a person serves reads alone."""
    bob.get("/api/me")
    api.context.authenticator.forget = lambda: None  # type: ignore[method-assign]  # another process' memory
    olga.post("/api/users/bob/disable")

    assert bob.post("/api/tokens", {"name": "late", "scope": "trade"}).status == 401


def test_a_call_that_began_before_the_end_leaves_no_memory_of_its_caller(
    api: Api, olga: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-37, seed 982050: one thread had read who is served, another ended them, then the first remembered."""
    identify = people.identify

    def and_then_is_ended(*asked: object) -> object:
        holder = identify(*asked)  # type: ignore[arg-type]
        monkeypatch.setattr(authentication, "identify", identify)
        assert olga.delete("/api/users/bob").status == 204
        return holder

    monkeypatch.setattr(authentication, "identify", and_then_is_ended)
    bob.get("/api/me")

    assert bob.get("/api/me").status == 401


def test_live_is_off_with_its_owner(api: Api, olga: User, bob: User) -> None:
    """I-37: whoever comes back switches it on anew."""
    bob.get("/api/me")
    with api.environment.database.transaction("bob") as connection:
        connection.execute(text("update user_settings set live_enabled = true, broker_mode = 'TRADIER_LIVE'"))
    olga.post("/api/users/bob/disable")

    assert stored(api, "bob", "select live_enabled from user_settings") is False


def test_who_is_enabled_signs_in_anew(api: Api, olga: User, bob: User) -> None:
    """A-10: sessions of before stay over, personal tokens stay gone."""
    script = token_of(bob)
    olga.post("/api/users/bob/disable")
    assert not api.accounts.known["bob"].enabled
    assert olga.post("/api/users/bob/enable").status == 204
    api.machine_now += timedelta(minutes=1)
    anew = User(api, access_token("bob", iat=int(api.machine_now.timestamp())))

    assert (bob.get("/api/me").status, script.get("/api/me").status) == (401, 401)
    assert anew.get("/api/me").status == 200
    assert api.accounts.known["bob"].enabled


def test_open_positions_hold_a_removal_up_unless_they_are_kept(api: Api, olga: User, bob: User) -> None:
    """api.md: 409 with their number, and nothing is done; kept ones are named to the operator."""
    bob.get("/api/me")
    held(api, "bob")
    refused = olga.delete("/api/users/bob")

    assert (refused.status, refused.kind, refused.json["open_trades"]) == (409, "trades-open", 1)
    assert bob.get("/api/me").status == 200
    kept = api.send("DELETE", "/api/users/bob", {"keep_positions": True}, token=olga.token)
    assert kept.status == 204
    assert bob.get("/api/me").status == 401
    (alert,) = olga.get("/api/alerts").json["items"]
    assert alert["severity"] == "warning"
    assert "2 SPY260320C00580000 (stop 1.5, PAPER bob)" in alert["text"]


def test_a_freed_name_is_another_persons(api: Api, olga: User, bob: User) -> None:
    """A-10: a deleted name can be made again; what its holder before left is not the new one's (I-21)."""
    bob.get("/api/me")
    trade = held(api, "bob")
    api.send("DELETE", "/api/users/bob", {"keep_positions": True}, token=olga.token)
    second = api.user("bob", sub="second")

    assert second.get("/api/me").json["username"] == "bob"
    assert second.get("/api/trades").json["items"] == []
    assert second.get(f"/api/trades/{trade}").status == 404
    assert bob.get("/api/me").status == 401
    script = token_of(second)
    assert script.get("/api/trades").json["items"] == []
    people = [(one["username"], one["state"], one["open_trades"]) for one in users(olga)]
    assert sorted(people) == [("bob", "active", 0), ("bob", "removed", 1), ("olga", "active", 0)]
    olga.delete("/api/users/bob")
    third = api.user("bob", sub="third")
    assert third.get("/api/me").status == 200
    assert (second.get("/api/me").status, script.get("/api/me").status) == (401, 401)


def users(operator: User) -> list[dict[str, object]]:
    items: list[dict[str, object]] = operator.get("/api/users").json["items"]
    return items


def test_a_name_that_was_not_freed_stays_its_holders(api: Api, bob: User) -> None:
    """A-10: a name that comes back with another sub is refused."""
    bob.get("/api/me")

    assert api.user("bob", sub="second").get("/api/me").status == 401


def test_operators_see_who_is_here(api: Api, olga: User, bob: User) -> None:
    """api.md: names, groups, states and counts, and nothing of anybody's rows."""
    token_of(bob, "read")
    held(api, "bob")
    api.accounts.add("carol", sub="c", groups=("free",))
    found = {str(one["username"]): one for one in users(olga)}

    assert found["bob"] == {
        "username": "bob",
        "groups": [],
        "created_at": "2026-03-02T15:00:00Z",
        "state": "active",
        "open_trades": 1,
        "personal_tokens": 1,
    }
    assert found["olga"]["groups"] == ["operator"]
    assert (found["carol"]["groups"], found["carol"]["created_at"]) == (["free"], None)


def test_these_calls_are_an_operators_own(api: Api, olga: User, bob: User) -> None:
    """403 for others, and for an operator's personal token; 404 for nobody; oneself is refused."""
    script = token_of(olga)
    for method, path in (
        ("GET", "/api/users"),
        ("POST", "/api/users/olga/disable"),
        ("POST", "/api/users/olga/enable"),
        ("DELETE", "/api/users/olga"),
    ):
        for bearer in (bob, script):
            assert api.send(method, path, token=bearer.token).status == 403
    assert olga.post("/api/users/nobody/disable").status == 404
    assert olga.post("/api/users/nobody/enable").status == 404
    assert olga.delete("/api/users/nobody").status == 404
    assert olga.post("/api/users/OLGA/disable").fields == {"name"}


@pytest.mark.parametrize("by_hand", ["disabled", "deleted", "made anew"])
def test_an_end_at_the_console_bites_personal_tokens_within_an_hour(
    api: Api, olga: User, bob: User, by_hand: str
) -> None:
    """I-37: the pool is asked for a token's owner each hour, and its word is carried out here."""
    olga.get("/api/me")
    script = token_of(bob)
    assert script.get("/api/me").status == 200
    end_by_hand(api.accounts, by_hand)
    api.machine_now += timedelta(minutes=61)

    assert script.get("/api/me").status == 401
    assert stored(api, "bob", "select count(*) from access_tokens") == 0
    assert stored(api, "bob", "select state from user_settings") == "DISABLED"
    again = User(api, access_token("olga", groups=("operator",), expires_in=timedelta(hours=3)))
    assert "bob" in again.get("/api/alerts").json["items"][0]["text"]


def end_by_hand(accounts: MemoryAccounts, how: str) -> None:
    if how == "disabled":
        accounts.disable("bob")
    else:
        accounts.delete("bob")
    if how == "made anew":
        accounts.add("bob", sub="another")


def test_a_pool_that_is_away_ends_nobody(api: Api, bob: User) -> None:
    """I-24: exits do not hang on the sign-in service; it is asked again a minute later."""
    script = token_of(bob)
    api.accounts.trouble = SigninUnavailable("away")
    assert script.get("/api/me").status == 200
    api.accounts.trouble = None
    api.accounts.disable("bob")
    assert script.get("/api/me").status == 200
    api.machine_now = MACHINE_NOW + timedelta(seconds=61)
    assert script.get("/api/me").status == 401

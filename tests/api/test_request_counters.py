"""Requests a minute: one counter a bearer, and one for what leads out that nothing else takes (api.md)."""

from uuid import uuid4

import pytest

from chalicelib.api.routes import ROUTES
from chalicelib.api.routing import LeadsOut
from chalicelib.api.throttle import EXITS_PER_MINUTE
from tests.api.support import Api, User

_ALLOWED = 3
_CLOSE = f"/api/trades/{uuid4()}/close"


def token_of(owner: User, scope: str) -> User:
    """Make a personal token of this owner."""
    made = owner.post("/api/tokens", {"name": scope, "scope": scope})
    return User(owner.api, str(made.json["token"]))


def test_a_reader_takes_nobody_elses_requests(api: Api, alice: User) -> None:
    """api.md, Time: per token; a spent one leaves the sessions and every other token alone."""
    reader, other = token_of(alice, "read"), token_of(alice, "read")
    api.throttle(_ALLOWED)
    spent = [reader.get("/api/me").status for _ in range(_ALLOWED + 1)]

    assert spent == [200] * _ALLOWED + [429]
    assert [other.get("/api/me").status, alice.get("/api/me").status] == [200, 200]


def test_sessions_together_are_one_counter(api: Api, alice: User) -> None:
    """api.md, Time: signing in anew gives nobody more."""
    again = api.user("alice")
    api.throttle(_ALLOWED)
    statuses = [user.get("/api/me").status for user in (alice, again, alice, again)]

    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", _CLOSE, {"version": 1}),
        ("POST", _CLOSE.replace("close", "cancel"), {"version": 1}),
        ("POST", _CLOSE.replace("close", "adjust"), {"version": 1, "new_sl": 1}),
        ("DELETE", f"/api/tokens/{uuid4()}", None),
        ("POST", "/api/settings/live", {"enable": False, "account_id": None, "confirm": None}),
    ],
    ids=["close", "cancel", "adjust", "revoke", "live off"],
)
def test_a_spent_counter_holds_no_exit_up(
    api: Api, alice: User, method: str, path: str, body: object
) -> None:
    """I-24: exits are always allowed."""
    api.throttle(1)
    assert [alice.get("/api/me").status for _ in range(2)] == [200, 429]

    assert api.send(method, path, body, token=alice.token).status in {200, 404}


def test_switching_live_on_is_no_exit(api: Api, alice: User) -> None:
    """Only what leads out has the counter of its own."""
    api.throttle(1)
    alice.get("/api/me")

    on = {"enable": True, "account_id": "6YA0001", "confirm": "6YA0001", "code": "123456"}
    assert alice.post("/api/settings/live", on).status == 429
    assert api.send("POST", "/api/settings/live", raw=b"{", token=alice.token).status == 429


def test_exits_are_bounded_too(api: Api, alice: User) -> None:
    """api.md, Time: 60 a minute and user."""
    api.throttle(600)
    statuses = [alice.post(_CLOSE, {"version": 1}).status for _ in range(EXITS_PER_MINUTE + 1)]

    assert statuses == [404] * EXITS_PER_MINUTE + [429]
    assert alice.get("/api/me").status == 200


def test_no_token_takes_its_owners_exits(api: Api, alice: User) -> None:
    """I-24: neither by closing without end, nor by asking for what it may not."""
    trader, reader = token_of(alice, "trade"), token_of(alice, "read")
    api.throttle(600)
    for bearer in (trader, reader):
        for _ in range(EXITS_PER_MINUTE + 1):
            bearer.post(_CLOSE, {"version": 1})

    assert trader.post(_CLOSE, {"version": 1}).status == 429
    assert alice.post(_CLOSE, {"version": 1}).status == 404
    assert alice.delete(f"/api/tokens/{uuid4()}").status == 404


def test_the_calls_that_lead_out_are_these() -> None:
    """api.md, Time: a new call is no exit by accident."""
    apart = {route.name: route.leads_out for route in ROUTES if route.leads_out is not LeadsOut.NEVER}

    assert apart == {
        **dict.fromkeys(("close_trade", "cancel_trade", "adjust_trade", "delete_token"), LeadsOut.ALWAYS),
        **dict.fromkeys(("switch_bot_off", "pause_trader"), LeadsOut.ALWAYS),
        **dict.fromkeys(("close_trader", "close_all_traders", "pause_ai"), LeadsOut.ALWAYS),
        **dict.fromkeys(("reject_decision", "veto_change"), LeadsOut.ALWAYS),
        **dict.fromkeys(
            ("switch_live", "switch_connection_live", "switch_trader_live"), LeadsOut.SWITCHING_OFF
        ),
        **dict.fromkeys(("set_safe_mode", "set_hard_stop"), LeadsOut.ALWAYS),
    }

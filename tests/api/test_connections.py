"""/api/connections (W-03): brokers connected by calls of their own, secrets never shown, the live switch."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.errors import OutcomeUnknown, VendorUnreachable
from tests.api.authenticator_app import AppOf
from tests.api.doubles import LIVE_ACCOUNT, LIVE_TOKEN, SANDBOX_ACCOUNT, SANDBOX_TOKEN
from tests.api.support import Answer, Api, User
from tests.api.test_broker_accounts import open_trade
from tests.brokers.support import ed25519_pair

CONNECTIONS = "/api/connections"
TRADIER = f"{CONNECTIONS}/tradier"
BINANCE = f"{CONNECTIONS}/binance"
SANDBOX = {"environment": "paper", "credentials": {"token": SANDBOX_TOKEN}}
LIVE = {"environment": "live", "credentials": {"token": LIVE_TOKEN}}
NOW = "2026-03-02T15:00:00Z"
OTHERS: tuple[str, ...] = ()
Item = Mapping[str, Any]  # Any: JSON


class SecondFactor:
    """Alice's authenticator app, once it is set up."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._app = AppOf(api, "alice")
        self.set_up = self._app.set_up

    def code(self) -> str:
        """Return the next code: each proves its owner once."""
        self._api.machine_now += timedelta(seconds=30)
        return self._app.code()


@pytest.fixture
def second_factor(api: Api, alice: User) -> SecondFactor:
    """An app that is not set up yet."""
    alice.get("/api/me")
    return SecondFactor(api)


def items(user: User) -> dict[str, Item]:
    """Return where a user stands, by mode."""
    return {one["broker_mode"]: one for one in user.get(CONNECTIONS).json["items"]}


def seen(item: Item) -> tuple[object, ...]:
    """Return what changes of a connection."""
    names = ("account_id", "state", "last_ok_at", "reason", "live_enabled")
    return tuple(item[name] for name in names)


def everything_stored(api: Api) -> str:
    """Return all rows that may hold what a caller sent."""
    tables = ("connections", "user_settings", "idempotency_keys", "alerts")
    with api.environment.database.transaction("alice") as connection:
        found = [
            connection.execute(text(f"select t::text from {one} t")).scalars().all()  # noqa: S608
            for one in tables
        ]
    return "\n".join(row for rows in found for row in rows)


def test_who_is_connected_to_nothing_is_connected_to_us(alice: User) -> None:
    """W-03: a list as all lists; paper is always there, the rest is NONE until credentials are stored."""
    listed = alice.get(CONNECTIONS)
    found = {mode: seen(item) for mode, item in items(alice).items()}

    assert (listed.status, listed.json["next_cursor"], listed.json["as_of"]) == (200, None, NOW)
    assert found == {
        "PAPER": ("alice", "OK", None, None, False),
        "TRADIER_SANDBOX": (None, "NONE", None, None, False),
        "TRADIER_LIVE": (None, "NONE", None, None, False),
        "TASTYTRADE_CERT": (None, "NONE", None, None, False),
        "TASTYTRADE_LIVE": (None, "NONE", None, None, False),
        "IBKR_PAPER": (None, "NONE", None, None, False),
        "IBKR_LIVE": (None, "NONE", None, None, False),
        "SCHWAB_LIVE": (None, "NONE", None, None, False),
        "BINANCE_TESTNET": (None, "NONE", None, None, False),
        "BINANCE_LIVE": (None, "NONE", None, None, False),
    }
    where = [(one["broker"], one["environment"]) for one in listed.json["items"]]
    assert where == [
        ("paper", "paper"),
        ("tradier", "paper"),
        ("tradier", "live"),
        ("tastytrade", "paper"),
        ("tastytrade", "live"),
        ("ibkr", "paper"),
        ("ibkr", "live"),
        ("schwab", "live"),
        ("binance", "paper"),
        ("binance", "live"),
    ]
    assert listed.json["items"][1]["capabilities"]["combined_orders"] is True
    assert [one["credentials"] for one in listed.json["items"]] == [
        [],
        *[["token"]] * 2,
        *[["refresh_token", "client_secret"]] * 2,
        *[
            [
                "access_token",
                "access_token_secret",
                "consumer_key",
                "signature_key",
                "encryption_key",
                "dh_prime",
            ]
        ]
        * 2,
        ["client_id", "client_secret"],
        ["api_key", "api_secret"],
        ["api_key", "api_secret"],
    ]
    assert {one["expires_at"] for one in listed.json["items"]} == {None}


def test_credentials_are_tried_sealed_and_bring_their_account(
    api: Api, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    """W-03: write-only, tried first; the settings' token fields read and write the same row."""
    caplog.set_level(logging.DEBUG)
    stored = alice.put(TRADIER, SANDBOX, Idempotency_Key="k1")
    again = alice.put(TRADIER, SANDBOX, Idempotency_Key="k1")
    settings = alice.get("/api/settings").json

    assert stored.status == 200
    assert seen(stored.json) == (SANDBOX_ACCOUNT, "OK", NOW, None, False)
    assert (again.json, again.headers["idempotency-replayed"]) == (stored.json, "true")
    assert api.connections.tried == [(BrokerMode.TRADIER_SANDBOX, SANDBOX_TOKEN, None)]
    assert settings["tradier_sandbox_token"] == {"set": True, "last4": SANDBOX_TOKEN[-4:]}
    assert settings["tradier_sandbox_account_id"] == SANDBOX_ACCOUNT
    assert items(alice)["TRADIER_SANDBOX"] == stored.json
    assert SANDBOX_TOKEN not in stored.text + alice.get(CONNECTIONS).text + everything_stored(api)
    assert SANDBOX_TOKEN not in caplog.text


def test_a_key_of_binance_with_its_secret_is_a_connection(
    api: Api, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    """W-03, C-06: both under one seal, neither ever shown."""
    caplog.set_level(logging.DEBUG)
    key, secret = "Key4" * 16, "Secret" * 10
    joined = json.dumps({"api_key": key, "api_secret": secret})
    api.connections.accounts[joined] = ["354937868"]
    given = {"environment": "paper", "credentials": {"api_key": key, "api_secret": secret}}
    stored = alice.put(BINANCE, given)
    halves = alice.put(BINANCE, {**given, "credentials": {"api_key": key}})
    spaced = alice.put(BINANCE, {**given, "credentials": {"api_key": "no key", "api_secret": secret}})

    assert seen(stored.json) == ("354937868", "OK", NOW, None, False)
    assert stored.json["capabilities"]["hours"] == "always"
    assert api.connections.tried == [(BrokerMode.BINANCE_TESTNET, joined, None)]
    assert (halves.status, halves.fields) == (422, {"credentials.api_secret"})
    assert (spaced.status, spaced.fields) == (422, {"credentials.api_key"})
    shown = stored.text + alice.get(CONNECTIONS).text + everything_stored(api) + caplog.text
    assert secret not in shown
    assert key not in shown
    assert alice.delete(BINANCE).status == 204
    assert seen(items(alice)["BINANCE_TESTNET"]) == (None, "NONE", None, None, False)


def test_an_ed25519_key_of_binance_is_a_connection(
    api: Api, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    """W-03, C-06: a private key of several lines, kept whole and never shown; a part of one is refused."""
    caplog.set_level(logging.DEBUG)
    key, (_, private) = "Key4" * 16, ed25519_pair()
    joined = json.dumps({"api_key": key, "api_secret": private})
    api.connections.accounts[joined] = ["354937868"]
    given = {"environment": "paper", "credentials": {"api_key": key, "api_secret": private}}
    stored = alice.put(BINANCE, given)
    cut = alice.put(BINANCE, {**given, "credentials": {"api_key": key, "api_secret": private[:-10]}})
    public = {"api_key": key, "api_secret": ed25519_pair()[0]}
    other_half = alice.put(BINANCE, {**given, "credentials": public})

    assert seen(stored.json) == ("354937868", "OK", NOW, None, False)
    assert api.connections.tried == [(BrokerMode.BINANCE_TESTNET, joined, None)]
    for wrong in (cut, other_half):
        assert (wrong.status, wrong.fields) == (422, {"credentials.api_secret"})
    secret_line = private.splitlines()[1]
    assert secret_line not in stored.text + cut.text + everything_stored(api) + caplog.text


def test_a_token_of_the_settings_call_is_a_connection(alice: User) -> None:
    """A-01, W-03: stored there, shown and ended here."""
    alice.put("/api/settings", {"tradier_live_token": LIVE_TOKEN})
    shown = items(alice)["TRADIER_LIVE"]
    ended = alice.delete(TRADIER)

    assert seen(shown) == (LIVE_ACCOUNT, "OK", NOW, None, False)
    assert ended.status == 204
    assert alice.get("/api/settings").json["tradier_live_token"] == {"set": False, "last4": None}
    assert alice.get("/api/settings").json["tradier_live_account_id"] is None


def test_a_named_account_is_the_one_that_is_stored(alice: User) -> None:
    """W-03: `account_id` of several that the credentials open; one that is not theirs is refused."""
    named = alice.put(TRADIER, {**SANDBOX, "account_id": "VA0002"})
    foreign = alice.put(TRADIER, {**SANDBOX, "account_id": "VA0009"})
    null = alice.put(TRADIER, {**SANDBOX, "account_id": None})

    assert named.json["account_id"] == "VA0002"
    assert (foreign.status, foreign.kind) == (422, "broker-refused")
    assert null.json["account_id"] == "VA0002"


def test_what_a_broker_refuses_is_not_stored(api: Api, alice: User) -> None:
    """W-03: 422 `broker-refused` with its reason; unreachable 503; nothing stored either way."""
    wrong = alice.put(TRADIER, {"environment": "paper", "credentials": {"token": "not-a-token"}})
    away = []
    for trouble in (VendorUnreachable("no connection"), OutcomeUnknown("timeout")):
        api.connections.trouble = trouble
        away.append(alice.put(TRADIER, SANDBOX, Idempotency_Key="k"))
    api.connections.trouble = None

    assert (wrong.status, wrong.kind, wrong.json["reason"]) == (422, "broker-refused", "Invalid Access Token")
    assert "not-a-token" not in wrong.text + everything_stored(api)
    assert [(one.status, one.kind) for one in away] == [(503, "unavailable")] * 2
    assert {one["state"] for one in items(alice).values()} == {"OK", "NONE"}
    assert alice.get("/api/settings").json["version"] == 1
    assert alice.put(TRADIER, SANDBOX, Idempotency_Key="k").status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**SANDBOX, "environment": "sandbox"}, "environment"),
        ({"credentials": {"token": "abcd"}}, "environment"),
        ({"environment": "paper"}, "credentials"),
        ({"environment": "paper", "credentials": {}}, "credentials"),
        ({"environment": "paper", "credentials": "token"}, "credentials"),
        (
            {"environment": "paper", "credentials": {"api_key": "abcd", "token": "abcd"}},
            "credentials.api_key",
        ),
        ({"environment": "paper", "credentials": {"token": "abc"}}, "credentials.token"),
        ({"environment": "paper", "credentials": {"token": "with spaces in it"}}, "credentials.token"),
        ({"environment": "paper", "credentials": {"token": "a\x00bcd"}}, "credentials"),
        ({"environment": "paper", "credentials": {"token": 5}}, "credentials.token"),
        ({"environment": "paper", "credentials": {"token": None}}, "credentials.token"),
        ({"environment": "paper", "credentials": {"token": "a" * 257}}, "credentials.token"),
        ({**SANDBOX, "account_id": "../../etc"}, "account_id"),
        ({**SANDBOX, "broker_mode": "TRADIER_LIVE"}, "broker_mode"),
        ({**SANDBOX, "live_enabled": True}, "live_enabled"),
    ],
    ids=str,
)
def test_what_can_be_no_connection_names_its_field(
    api: Api, alice: User, body: dict[str, object], field: str
) -> None:
    """422 `invalid`, before any broker is asked."""
    refused = alice.put(TRADIER, body)

    assert (refused.status, refused.kind, refused.fields) == (422, "invalid", {field})
    assert api.connections.tried == []


def test_a_missing_credential_is_named(alice: User) -> None:
    """W-03: each broker has its own; what it wants and what it does not know are both told."""
    refused = alice.put(TRADIER, {"environment": "paper", "credentials": {"api_key": "abcd"}})

    assert refused.fields == {"credentials.token", "credentials.api_key"}


def calls_on(broker: str) -> list[tuple[str, str, object]]:
    """Return every call that names a broker."""
    path = f"{CONNECTIONS}/{broker}"
    return [
        ("PUT", path, SANDBOX),
        ("DELETE", path, None),
        ("POST", f"{path}/live", {"enable": False}),
        ("POST", f"{path}/authorize", None),
        ("GET", f"{path}/callback?code=c&state=s", None),
    ]


def answers_of(user: User, broker: str) -> list[Answer]:
    """Make every call that names a broker."""
    return [user.api.send(method, path, body, token=user.token) for method, path, body in calls_on(broker)]


@pytest.mark.parametrize("broker", ["robinhood", "TRADIER", "tradier%00", "x" * 300, "{broker}"])
def test_an_unknown_broker_is_no_address(alice: User, broker: str) -> None:
    """404, before key and body."""
    assert {(one.status, one.kind) for one in answers_of(alice, broker)} == {(404, "not-found")}
    unread = alice.api.send("PUT", f"{CONNECTIONS}/{broker}", raw=b"{", token=alice.token)
    assert unread.status == 404


@pytest.mark.parametrize("broker", [*OTHERS, "paper"])
def test_a_broker_that_cannot_be_connected_says_so(api: Api, alice: User, broker: str) -> None:
    """W-03: known and not offered yet, or ours: 422 with field `broker`, nobody asked."""
    answers = answers_of(alice, broker)

    assert {(one.status, one.kind) for one in answers} == {(422, "invalid")}
    assert all(one.fields == {"broker"} for one in answers)
    assert api.connections.tried == []


def test_tradier_is_authorized_by_its_token_alone(alice: User) -> None:
    """W-03: authorize and callback are for brokers with a page of their own; a clear refusal elsewhere."""
    began = alice.post(f"{TRADIER}/authorize")
    back = alice.get(f"{TRADIER}/callback?code=c&state=s")

    for one in (began, back):
        assert (one.status, one.kind, one.fields) == (422, "invalid", {"broker"})
        assert "no authorization in a browser" in one.text


def test_no_personal_token_reaches_connections(alice: User) -> None:
    """As for settings: 403, whatever the scope."""
    made = alice.post("/api/tokens", {"name": "script", "scope": "trade"}).json["token"]
    script = User(alice.api, made)
    answers = [script.get(CONNECTIONS), *answers_of(script, "tradier")]

    assert [(one.status, one.kind) for one in answers] == [(403, "forbidden")] * 6


def test_both_environments_stand_side_by_side(alice: User) -> None:
    """W-03: several accounts of a user; one is ended without the other, and which must be said."""
    alice.put(TRADIER, SANDBOX)
    alice.put(TRADIER, LIVE)
    both = items(alice)
    unsaid = alice.delete(TRADIER)
    ended = alice.delete(f"{TRADIER}?environment=live")
    again = alice.delete(f"{TRADIER}?environment=live")
    other = alice.delete(TRADIER)

    assert [both[mode]["state"] for mode in ("TRADIER_SANDBOX", "TRADIER_LIVE")] == ["OK", "OK"]
    assert (unsaid.status, unsaid.fields) == (422, {"environment"})
    assert (ended.status, again.status, other.status) == (204, 404, 204)
    assert {one["state"] for mode, one in items(alice).items() if mode != "PAPER"} == {"NONE"}


def test_a_key_is_of_the_environment_that_it_was_used_for(alice: User) -> None:
    """api.md, Idempotency: the same key with another query is another request."""
    alice.put(TRADIER, SANDBOX)
    alice.put(TRADIER, LIVE)
    first = alice.delete(f"{TRADIER}?environment=live", Idempotency_Key="k")
    repeated = alice.delete(f"{TRADIER}?environment=live", Idempotency_Key="k")
    other = alice.delete(f"{TRADIER}?environment=paper", Idempotency_Key="k")

    assert (first.status, repeated.status) == (204, 204)
    assert (other.status, other.kind) == (422, "idempotency-mismatch")
    assert items(alice)["TRADIER_SANDBOX"]["state"] == "OK"


def test_a_connection_with_open_trades_stays(api: Api, alice: User) -> None:
    """W-03: 409 `trades-open` with their number; trades elsewhere hinder nobody."""
    alice.put(TRADIER, SANDBOX)
    alice.put(TRADIER, LIVE)
    for _ in range(2):
        open_trade(api, "alice", "TRADIER_SANDBOX", SANDBOX_ACCOUNT)
    open_trade(api, "alice", "PAPER", "alice")
    refused = alice.delete(f"{TRADIER}?environment=paper")
    moved = alice.put(TRADIER, {**SANDBOX, "account_id": "VA0002"})

    for one in (refused, moved):
        assert (one.status, one.kind, one.json["open_trades"]) == (409, "trades-open", 2)
    assert items(alice)["TRADIER_SANDBOX"]["account_id"] == SANDBOX_ACCOUNT
    assert alice.put(TRADIER, SANDBOX).status == 200
    assert alice.delete(f"{TRADIER}?environment=live").status == 204


def test_an_account_of_another_user_is_taken_without_a_name(alice: User, bob: User) -> None:
    """A-12, I-21: 422 for the second one, field `account_id`; nothing of one user shows for another."""
    alice.put(TRADIER, SANDBOX)
    refused = bob.put(TRADIER, SANDBOX)
    gone = bob.delete(TRADIER)

    assert (refused.status, refused.kind, refused.fields) == (422, "invalid", {"account_id"})
    assert "alice" not in refused.text
    assert gone.status == 404
    assert items(bob)["TRADIER_SANDBOX"]["state"] == "NONE"
    assert items(alice)["TRADIER_SANDBOX"]["state"] == "OK"
    assert items(bob)["PAPER"]["account_id"] == "bob"


def test_a_token_that_its_broker_takes_no_more_shows_as_refused_or_expired(api: Api, alice: User) -> None:
    """W-03: the state is how it is now, with the broker's reason, and since when it was good."""
    alice.put(TRADIER, SANDBOX)
    api.connections.accounts[SANDBOX_TOKEN] = []
    within = seen(items(alice)["TRADIER_SANDBOX"])
    api.clock.at += timedelta(seconds=10)
    refused = seen(items(alice)["TRADIER_SANDBOX"])
    api.connections.expired.add(SANDBOX_TOKEN)
    api.clock.at += timedelta(seconds=10)
    expired = seen(items(alice)["TRADIER_SANDBOX"])
    api.connections.accounts[SANDBOX_TOKEN] = [SANDBOX_ACCOUNT]
    api.connections.expired.clear()
    api.clock.at += timedelta(seconds=10)
    well = seen(items(alice)["TRADIER_SANDBOX"])

    assert within == (SANDBOX_ACCOUNT, "OK", NOW, None, False)
    assert refused == (SANDBOX_ACCOUNT, "REFUSED", NOW, "Invalid Access Token", False)
    assert expired == (SANDBOX_ACCOUNT, "EXPIRED", NOW, "Access Token expired", False)
    assert well == (SANDBOX_ACCOUNT, "OK", "2026-03-02T15:00:30Z", None, False)


def test_a_broker_without_an_answer_leaves_what_it_said_last(api: Api, alice: User) -> None:
    """W-03: an outage is no refusal, and the reason says that nobody could be asked."""
    alice.put(TRADIER, SANDBOX)
    api.connections.trouble = VendorUnreachable("no connection")
    api.clock.at += timedelta(minutes=5)
    away = items(alice)["TRADIER_SANDBOX"]
    api.connections.trouble = None
    back = items(alice)["TRADIER_SANDBOX"]

    assert (away["state"], away["last_ok_at"]) == ("OK", NOW)
    assert "no connection" in away["reason"]
    assert (back["state"], back["last_ok_at"], back["reason"]) == ("OK", "2026-03-02T15:05:00Z", None)


def test_a_balance_that_was_read_is_a_broker_that_let_us_in(api: Api, alice: User) -> None:
    """W-03: `last_ok_at` is the last time that the broker took the credentials, whatever for."""
    alice.put(TRADIER, SANDBOX)
    api.clock.at += timedelta(minutes=5)
    alice.get("/api/account")
    api.connections.trouble = VendorUnreachable("no connection")

    assert items(alice)["TRADIER_SANDBOX"]["last_ok_at"] == "2026-03-02T15:05:00Z"


def test_credentials_that_no_key_opens_are_refused(api: Api, alice: User) -> None:
    """A-12: a lost key is said, and asks for the credentials anew; putting them mends it."""
    alice.put(TRADIER, SANDBOX)
    with api.environment.database.transaction("alice") as connection:
        connection.execute(text("update connections set sealed = 'v1.k9.lost'"))
    api.clock.at += timedelta(seconds=10)
    lost = items(alice)["TRADIER_SANDBOX"]
    alice.put(TRADIER, SANDBOX)

    assert lost["state"] == "REFUSED"
    assert items(alice)["TRADIER_SANDBOX"]["state"] == "OK"


def test_an_answer_about_former_credentials_says_nothing_of_new_ones(api: Api, alice: User) -> None:
    """Two devices: what was asked of the token before is not kept of the one that came meanwhile."""
    api.connections.accounts["renewed-token"] = [SANDBOX_ACCOUNT]
    alice.put(TRADIER, SANDBOX)
    api.clock.at += timedelta(seconds=10)
    asked = api.connections.test

    def renew_meanwhile(mode: BrokerMode, token: str, account_id: str | None) -> Any:  # Any: a report
        api.connections.test = asked  # type: ignore[method-assign]  # once
        report = asked(mode, token, account_id)
        alice.put(TRADIER, {"environment": "paper", "credentials": {"token": "renewed-token"}})
        return replace(report, ok=False, reason="Invalid Access Token")

    api.connections.test = renew_meanwhile  # type: ignore[method-assign]  # as above
    first = items(alice)["TRADIER_SANDBOX"]["state"]

    assert (first, items(alice)["TRADIER_SANDBOX"]["state"]) == ("REFUSED", "OK")


def test_live_is_switched_at_the_connection_as_by_the_switch_of_before(
    alice: User, second_factor: SecondFactor
) -> None:
    """A-12, W-03: `confirm` is the account's number and a fresh code proves the owner; off needs neither."""
    switch = f"{TRADIER}/live"
    second_factor.set_up()
    unstored = alice.post(switch, {"enable": True, "confirm": LIVE_ACCOUNT, "code": second_factor.code()})
    alice.put(TRADIER, LIVE)
    unconfirmed = alice.post(switch, {"enable": True})
    without_code = alice.post(switch, {"enable": True, "confirm": LIVE_ACCOUNT})
    other = alice.post(switch, {"enable": True, "confirm": "6YA9", "code": second_factor.code()})
    on = alice.post(switch, {"enable": True, "confirm": LIVE_ACCOUNT, "code": second_factor.code()})
    shown = items(alice)
    off = alice.post(switch, {"enable": False})

    assert (unstored.status, unstored.fields) == (422, {"confirm"})
    assert (unconfirmed.status, unconfirmed.fields) == (422, {"confirm"})
    assert (without_code.status, without_code.fields) == (422, {"code"})
    assert (other.status, other.fields) == (422, {"confirm"})
    assert (on.status, on.json["broker_mode"], on.json["live_enabled"]) == (200, "TRADIER_LIVE", True)
    assert {mode for mode, one in shown.items() if one["live_enabled"]} == {"TRADIER_LIVE"}
    assert (off.status, off.json["live_enabled"]) == (200, False)


def test_an_account_of_coins_has_a_switch_of_its_own(
    api: Api, alice: User, second_factor: SecondFactor
) -> None:
    """A-12, C-08: its number and a fresh code; the settings' switch is another, and so is where trades go."""
    credentials = {"api_key": "Live" * 16, "api_secret": "Secret" * 10}
    api.connections.accounts[json.dumps(credentials)] = ["22330044"]
    alice.put(BINANCE, {"environment": "live", "credentials": credentials})
    switch = f"{BINANCE}/live"
    second_factor.set_up()
    other = alice.post(switch, {"enable": True, "confirm": "1", "code": second_factor.code()})
    code = second_factor.code()
    on = alice.post(switch, {"enable": True, "confirm": "22330044", "code": code})
    shown = items(alice)
    settings = alice.get("/api/settings").json
    alice.post(switch, {"enable": False})
    replayed = alice.post(switch, {"enable": True, "confirm": "22330044", "code": code})

    assert (other.status, other.fields) == (422, {"confirm"})
    assert (on.status, on.json["broker_mode"], on.json["live_enabled"]) == (200, "BINANCE_LIVE", True)
    assert {mode for mode, one in shown.items() if one["live_enabled"]} == {"BINANCE_LIVE"}
    assert settings["broker_mode"] == "TRADIER_SANDBOX"
    assert (replayed.status, replayed.fields) == (422, {"code"})
    assert items(alice)["BINANCE_LIVE"]["live_enabled"] is False


def test_without_a_second_factor_live_stays_off(alice: User) -> None:
    """A-12: 403, as by the switch of before."""
    alice.put(TRADIER, LIVE)
    refused = alice.post(f"{TRADIER}/live", {"enable": True, "confirm": LIVE_ACCOUNT, "code": "123456"})

    assert (refused.status, refused.kind) == (403, "forbidden")
    assert items(alice)["TRADIER_LIVE"]["live_enabled"] is False


def test_ending_the_live_connection_switches_live_off(alice: User, second_factor: SecondFactor) -> None:
    """A-12: the confirmation spoke of an account that is gone."""
    second_factor.set_up()
    alice.put(TRADIER, LIVE)
    confirmed = {"enable": True, "confirm": LIVE_ACCOUNT, "code": second_factor.code()}
    assert alice.post(f"{TRADIER}/live", confirmed).status == 200
    alice.delete(TRADIER)
    alice.put(TRADIER, LIVE)

    assert items(alice)["TRADIER_LIVE"]["live_enabled"] is False
    assert alice.get("/api/settings").json["broker_mode"] == "TRADIER_SANDBOX"

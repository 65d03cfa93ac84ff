"""Settings (A-01): defaults, bounds, tokens tried before they are stored, the live switch (A-12)."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.errors import OutcomeUnknown, VendorUnreachable
from tests.api.authenticator_app import AppOf
from tests.api.doubles import LIVE_ACCOUNT, LIVE_TOKEN, SANDBOX_ACCOUNT, SANDBOX_TOKEN
from tests.api.support import Api, User

DEFAULTS: dict[str, object] = {
    "broker_mode": "TRADIER_SANDBOX",
    "tradier_sandbox_token": {"set": False, "last4": None},
    "tradier_live_token": {"set": False, "last4": None},
    "tradier_sandbox_account_id": None,
    "tradier_live_account_id": None,
    "account_balance": 5000,
    "max_positions": 5,
    "daily_loss_limit": 150,
    "heat_limit_pct": 6,
    "allow_market_live": False,
    "close_before_expiry": True,
    "auto_refresh": True,
    "sounds": True,
    "alert_channels": [],
    "version": 1,
    "created_at": "2026-03-02T15:00:00Z",
    "updated_at": "2026-03-02T15:00:00Z",
}


def stored_text(api: Api) -> str:
    """Return all that the database holds of users, as its superuser-like reader sees it."""
    with api.engine.connect() as connection:
        connection.execute(text("select set_config('app.current_user', 'alice', false)"))
        rows = connection.execute(text("select to_jsonb(s)::text from user_settings s")).scalars().all()
        keys = connection.execute(text("select to_jsonb(k)::text from idempotency_keys k")).scalars().all()
    return "\n".join([*rows, *keys])


def test_a_new_user_has_the_products_defaults(alice: User) -> None:
    """A-01, the table of settings."""
    assert alice.get("/api/settings").json == DEFAULTS


def test_a_change_moves_what_it_names_and_the_version(api: Api, alice: User) -> None:
    """api.md: PUT changes the fields it names and leaves the others."""
    changed = alice.put("/api/settings", {"max_positions": 7, "daily_loss_limit": 200.5, "sounds": False})
    same_again = alice.put("/api/settings", {"max_positions": 7})

    assert changed.status == 200
    expected = {"max_positions": 7, "daily_loss_limit": 200.5, "sounds": False, "version": 2}
    assert changed.json == {**DEFAULTS, **expected}
    assert same_again.json == changed.json


def test_null_clears_a_field_to_its_default(alice: User) -> None:
    """api.md: null clears one."""
    alice.put("/api/settings", {"max_positions": 7, "broker_mode": "PAPER", "heat_limit_pct": 0})
    cleared = alice.put("/api/settings", {"max_positions": None, "broker_mode": None, "heat_limit_pct": None})

    assert cleared.json == {**DEFAULTS, "version": 3}


def test_a_version_is_checked_when_it_is_sent(alice: User) -> None:
    """A-11: a stale change gets 409 with the present settings."""
    alice.put("/api/settings", {"version": 1, "max_positions": 7})
    stale = alice.put("/api/settings", {"version": 1, "max_positions": 9})

    assert (stale.status, stale.kind) == (409, "stale-version")
    assert stale.json["current"] == alice.get("/api/settings").json
    assert stale.json["current"]["max_positions"] == 7


@pytest.mark.parametrize(
    "change",
    [
        {"max_positions": -1},
        {"max_positions": 1.5},
        {"max_positions": "5"},
        {"max_positions": 10**12},
        {"account_balance": 0},
        {"account_balance": -5},
        {"account_balance": 1e300},
        {"daily_loss_limit": -0.01},
        {"heat_limit_pct": 100.5},
        {"heat_limit_pct": -1},
        {"allow_market_live": "yes"},
        {"sounds": 1},
        {"broker_mode": "TRADIER_LIVE"},
        {"broker_mode": "IMPORTED"},
        {"broker_mode": "sandbox"},
        {"tradier_sandbox_token": "short\x00"},
        {"tradier_sandbox_token": "with spaces in it"},
        {"tradier_sandbox_account_id": "../../etc"},
        {"alert_channels": [{"kind": "pigeon", "target": "x", "min_severity": "info"}]},
        {"alert_channels": "none"},
        {"version": 0},
        {"live_enabled": True},
        {"tradier_sandbox_token_sealed": "x"},
    ],
    ids=str,
)
def test_a_setting_out_of_bounds_is_refused(anyone: User, change: dict[str, object]) -> None:
    """422 with the field; TRADIER_LIVE is 422 here."""
    answer = anyone.put("/api/settings", change)

    assert (answer.status, answer.kind) == (422, "invalid")
    assert all(field.startswith(next(iter(change))) for field in answer.fields)
    assert anyone.get("/api/settings").json["version"] == 1


def test_a_token_is_tried_and_brings_its_account(api: Api, alice: User) -> None:
    """A-01: checked at the broker before it is stored; never shown again, in no form stored in the clear."""
    before = alice.get("/api/me").json["broker_mode"]
    stored = alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN}, Idempotency_Key="k1")
    again = alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN}, Idempotency_Key="k1")

    assert stored.json["tradier_sandbox_token"] == {"set": True, "last4": SANDBOX_TOKEN[-4:]}
    assert stored.json["tradier_sandbox_account_id"] == SANDBOX_ACCOUNT
    assert (again.json, again.headers["idempotency-replayed"]) == (stored.json, "true")
    assert api.connections.tried == [(BrokerMode.TRADIER_SANDBOX, SANDBOX_TOKEN, None)]
    assert SANDBOX_TOKEN not in stored_text(api) + stored.text
    assert (before, alice.get("/api/me").json["broker_mode"]) == ("PAPER", "TRADIER_SANDBOX")


def test_a_refused_token_stores_nothing(alice: User) -> None:
    """api.md: refused is 422 `broker-refused`, nothing stored."""
    refused = alice.put("/api/settings", {"tradier_sandbox_token": "not-a-token", "max_positions": 9})

    assert (refused.status, refused.kind) == (422, "broker-refused")
    assert refused.json["reason"] == "Invalid Access Token"
    assert "not-a-token" not in refused.text
    assert alice.get("/api/settings").json == DEFAULTS


def test_a_broker_that_cannot_be_reached_stores_nothing(api: Api, alice: User) -> None:
    """503 with Retry-After; the same call succeeds later."""
    for trouble in (VendorUnreachable("no connection"), OutcomeUnknown("timeout")):
        api.connections.trouble = trouble
        away = alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN}, Idempotency_Key="k")
        assert (away.status, away.kind) == (503, "unavailable")
    api.connections.trouble = None

    assert alice.get("/api/settings").json == DEFAULTS
    assert (
        alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN}, Idempotency_Key="k").status
        == 200
    )


def test_an_account_must_be_the_tokens_own(alice: User) -> None:
    """Named with the token or later: an account that is not the token's is refused."""
    wrong_pair = {"tradier_sandbox_token": SANDBOX_TOKEN, "tradier_sandbox_account_id": "VA9999"}
    right_pair = {**wrong_pair, "tradier_sandbox_account_id": "VA0002"}
    answers = [
        alice.put("/api/settings", wrong_pair),
        alice.put("/api/settings", right_pair),
        alice.put("/api/settings", {"tradier_sandbox_account_id": "VA9999"}),
        alice.put("/api/settings", {"tradier_sandbox_account_id": SANDBOX_ACCOUNT}),
        alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN}),
    ]

    assert [answer.status for answer in answers] == [422, 200, 422, 200, 200]
    assert answers[1].json["tradier_sandbox_account_id"] == "VA0002"
    assert answers[4].json["tradier_sandbox_account_id"] == SANDBOX_ACCOUNT


def test_clearing_the_token_sends_trades_to_paper_again(alice: User) -> None:
    """A-01: until a token is stored, trades go to PAPER; the chosen mode stays."""
    alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN})
    cleared = alice.put("/api/settings", {"tradier_sandbox_token": None})

    assert cleared.json["tradier_sandbox_token"] == {"set": False, "last4": None}
    assert cleared.json["broker_mode"] == "TRADIER_SANDBOX"
    assert alice.get("/api/me").json["broker_mode"] == "PAPER"


def test_secrets_of_alert_channels_are_write_only(api: Api, alice: User) -> None:
    """A-01: a bot's token or a web hook is never shown again, a mail address is."""
    secret = "https://discord.com/api/webhooks/1/very-secret"
    channels = [
        {"kind": "discord", "target": secret, "min_severity": "warning"},
        {"kind": "mail", "target": "alice@example.test", "min_severity": "critical"},
    ]
    stored = alice.put("/api/settings", {"alert_channels": channels})

    assert stored.json["alert_channels"] == [
        {"kind": "discord", "target": {"set": True, "last4": "cret"}, "min_severity": "warning"},
        channels[1],
    ]
    assert "very-secret" not in stored_text(api)
    assert alice.put("/api/settings", {"alert_channels": None}).json["alert_channels"] == []


def test_a_connection_is_tried_with_what_is_stored(api: Api, alice: User) -> None:
    """api.md: `{ok, account_id, account_type, status, options_level, reason}`; trouble is a reason."""
    nothing = alice.post("/api/settings/test-connection", {})
    paper = alice.post("/api/settings/test-connection", {"mode": "PAPER"})
    alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN})
    good = alice.post("/api/settings/test-connection")
    api.connections.trouble = VendorUnreachable("no connection")
    away = alice.post("/api/settings/test-connection", {"mode": "TRADIER_SANDBOX"})

    assert (nothing.json["ok"], nothing.json["reason"]) == (False, "No token is stored.")
    assert paper.json["ok"] is True
    assert good.json == {
        "ok": True,
        "account_id": SANDBOX_ACCOUNT,
        "account_type": "margin",
        "status": "active",
        "options_level": 4,
        "reason": None,
    }
    assert (away.json["ok"], away.json["reason"]) == (False, "no connection")


def test_a_token_that_no_key_opens_asks_to_be_entered_again(api: Api, alice: User) -> None:
    """A-12: "Re-enter your broker credentials"."""
    alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN})
    owner = create_engine(api.urls.app.replace("postgresql://", "postgresql+psycopg://"))
    with owner.begin() as connection:
        connection.execute(text("select set_config('app.current_user', 'alice', true)"))
        connection.execute(text("update user_settings set tradier_sandbox_token_sealed = 'v1.gone.AAAA'"))
    owner.dispose()
    tried = alice.post("/api/settings/test-connection")

    assert (tried.json["ok"], tried.json["reason"]) == (False, "Re-enter your broker credentials")


class SecondFactor:
    """Alice's authenticator app, once it is set up."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._factor = AppOf(api, "alice")

    def set_up(self) -> None:
        self._factor.set_up()

    def switch(self, **changes: object) -> dict[str, object]:
        """Return a switch with the next code: each switches live on once."""
        self._api.machine_now += timedelta(seconds=30)
        return {**SWITCH, "code": self._factor.code(), **changes}


@pytest.fixture
def second_factor(api: Api, alice: User) -> SecondFactor:
    """An app that is not set up yet."""
    alice.get("/api/me")
    return SecondFactor(api)


SWITCH = {"enable": True, "account_id": LIVE_ACCOUNT, "confirm": LIVE_ACCOUNT}


def test_live_needs_confirmation_second_factor_and_account_in_this_order(
    alice: User, second_factor: SecondFactor
) -> None:
    """A-12: `confirm` equals the account number, a second factor is set up, the live account is stored."""
    unconfirmed = alice.post("/api/settings/live", {**SWITCH, "confirm": "6YA0002"})
    without_factor = alice.post("/api/settings/live", SWITCH)
    second_factor.set_up()
    without_code = alice.post("/api/settings/live", SWITCH)
    without_token = alice.post("/api/settings/live", second_factor.switch())
    alice.put("/api/settings", {"tradier_live_token": LIVE_TOKEN})
    other_account = alice.post("/api/settings/live", second_factor.switch(account_id="6YA9", confirm="6YA9"))

    assert (unconfirmed.status, unconfirmed.fields) == (422, {"confirm"})
    assert (without_factor.status, without_factor.kind) == (403, "forbidden")
    assert (without_code.status, without_code.fields) == (422, {"code"})
    assert (without_token.status, without_token.fields) == (422, {"account_id"})
    assert (other_account.status, other_account.fields) == (422, {"account_id"})
    assert alice.get("/api/settings").json["broker_mode"] == "TRADIER_SANDBOX"


def test_live_goes_on_and_off(alice: User, second_factor: SecondFactor) -> None:
    """The switch moves `broker_mode`; off needs no confirmation, and PUT leaves live as well."""
    second_factor.set_up()
    alice.put("/api/settings", {"tradier_live_token": LIVE_TOKEN})
    on = alice.post("/api/settings/live", second_factor.switch())
    in_effect = alice.get("/api/me").json["broker_mode"]
    off = alice.post("/api/settings/live", {"enable": False})
    alice.post("/api/settings/live", second_factor.switch())
    left = alice.put("/api/settings", {"broker_mode": "PAPER"})

    assert (on.json["broker_mode"], in_effect) == ("TRADIER_LIVE", "TRADIER_LIVE")
    assert (off.json["broker_mode"], left.json["broker_mode"]) == ("TRADIER_SANDBOX", "PAPER")


@pytest.mark.parametrize(
    "change",
    [{"tradier_live_token": None}, {"tradier_live_account_id": None}, {"broker_mode": "PAPER"}],
    ids=str,
)
def test_whatever_changes_the_live_account_switches_live_off(
    alice: User, second_factor: SecondFactor, change: dict[str, object]
) -> None:
    """The confirmation spoke of one account: another one must be confirmed anew."""
    second_factor.set_up()
    alice.put("/api/settings", {"tradier_live_token": LIVE_TOKEN})
    alice.post("/api/settings/live", second_factor.switch())
    changed = alice.put("/api/settings", change)

    assert changed.status == 200
    assert changed.json["broker_mode"] != "TRADIER_LIVE"


def test_settings_are_each_users_own(alice: User, bob: User) -> None:
    """A-10: nothing of one user shows for another."""
    alice.put("/api/settings", {"tradier_sandbox_token": SANDBOX_TOKEN, "max_positions": 9})

    assert bob.get("/api/settings").json == DEFAULTS


def test_a_secret_target_is_kept_when_it_is_sent_back_as_it_was_read(api: Api, alice: User) -> None:
    """The page shows `{set, last4}` and may send it back: other fields change, the secret stays."""
    hook = "https://discord.com/api/webhooks/1/very-secret"
    first = alice.put(
        "/api/settings",
        {"alert_channels": [{"kind": "discord", "target": hook, "min_severity": "info"}]},
    )
    (shown,) = first.json["alert_channels"]
    second = alice.put("/api/settings", {"alert_channels": [{**shown, "min_severity": "critical"}]})
    same = alice.put("/api/settings", {"alert_channels": second.json["alert_channels"]})
    foreign = {**shown, "target": {"set": True, "last4": "none"}}
    refused = alice.put("/api/settings", {"alert_channels": [foreign]})
    with api.jobs_database() as connection:
        entry = connection.execute(text("select alert_channels -> 0 from user_settings")).scalar_one()

    assert second.json["alert_channels"] == [{**shown, "min_severity": "critical"}]
    assert (second.json["version"], same.json["version"]) == (3, 3)
    assert api.environment.sealer.open(entry["sealed_target"], owner="alice", field="alert_channels") == hook
    assert (refused.status, refused.fields) == (422, {"alert_channels.0.target"})


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("discord", "https://evil.example/api/webhooks/1/x"),
        ("telegram", "hello"),
        ("mail", "nobody"),
        ("mail", 5),
        ("mail", ""),
        ("telegram", "1" * 501),
        ("discord", {"set": False, "last4": "abcd"}),
        ("discord", {"set": True, "last4": "abcd", "more": 1}),
    ],
)
def test_a_target_that_can_be_none_is_refused(anyone: User, kind: str, target: object) -> None:
    """A typed 422 with one fault, at the place of the fault; the text is not repeated."""
    channels = [{"kind": kind, "target": target, "min_severity": "info"}]
    refused = anyone.put("/api/settings", {"alert_channels": channels})

    assert (refused.status, refused.kind) == (422, "invalid")
    assert [error["field"] for error in refused.json["errors"]] == ["alert_channels.0.target"]
    assert str(target) not in refused.text or target in {5, ""}

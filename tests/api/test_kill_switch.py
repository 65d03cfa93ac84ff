"""/api/kill-switch and /api/status: forms, who may, what it answers (B-08, B-15, B-16)."""

from typing import Any

import psycopg
import pytest

from chalicelib.api.problems import problem_of
from chalicelib.services.errors import EntriesStopped
from tests.api.support import Api, User
from tests.api.test_broker_accounts import open_trade

PATH = "/api/kill-switch"
OFF: dict[str, Any] = {"mode": "off", "flat": True, "left": [], "rows": []}
FLATTEN = {"reason": "out", "confirm": "FLATTEN"}


@pytest.fixture
def olga(api: Api) -> User:
    """An operator."""
    return api.user("olga", groups=("operator",))


def bearer(api: Api, user: User, scope: str) -> User:
    """Return the same person by a personal token."""
    made = user.post("/api/tokens", {"name": scope, "scope": scope})
    return User(api, made.json["token"])


def test_nothing_is_in_force_at_first(alice: User) -> None:
    """B-16: mode, flat, left, rows."""
    assert alice.get(PATH).json == OFF


def test_a_person_sets_safe_mode_and_resets_it(api: Api, alice: User, bob: User) -> None:
    """B-08, B-16: with a reason; a row says scope, cause, who and when, and what lifts it."""
    answer = alice.post(f"{PATH}/safe-mode", {"reason": "lunch"})

    assert (answer.status, answer.json["mode"]) == (200, "safe_mode")
    (row,) = answer.json["rows"]
    assert row.pop("set_at").endswith("Z")
    assert row == {
        "scope": "user",
        "mode": "safe_mode",
        "cause": "person",
        "detail": "lunch",
        "set_by": "alice",
        "lifts_when": "a person resets it",
    }
    assert bob.get(PATH).json == OFF
    assert alice.post(f"{PATH}/reset", {"reason": "back"}).json == OFF


def test_an_entry_is_refused_as_a_limit() -> None:
    """B-16: 422 risk-limit, limit kill_switch."""
    problem = problem_of(EntriesStopped("The kill switch is set."))

    assert problem is not None
    assert (problem.kind, problem.detail) == ("risk-limit", "The kill switch is set.")
    assert problem.extra == {"limit": "kill_switch", "value": 1, "allowed": 0}


def test_a_hard_stop_wants_its_word_and_is_accepted(alice: User) -> None:
    """B-15: `confirm: "FLATTEN"`, 202."""
    for body in ({"reason": "out"}, {"reason": "out", "confirm": "flatten"}):
        refused = alice.post(f"{PATH}/hard-stop", body)
        assert (refused.status, refused.fields) == (422, {"confirm"})
    answer = alice.post(f"{PATH}/hard-stop", FLATTEN)

    assert (answer.status, answer.json["mode"]) == (202, "hard_stop")


@pytest.mark.parametrize("call", ["safe-mode", "hard-stop", "reset"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": "a\0b"}, "reason"),
        ({"reason": "x", "scope": "user"}, "scope"),
        ({"reason": "x", "mode": "off"}, "mode"),
    ],
    ids=str,
)
def test_what_is_asked_for_has_its_form(anyone: User, call: str, body: dict[str, Any], field: str) -> None:
    """422 with the field; nothing is set."""
    more = {"confirm": "FLATTEN"} if call == "hard-stop" else {}
    answer = anyone.post(f"{PATH}/{call}", {**body, **more})

    assert (answer.status, answer.fields) == (422, {field})
    assert anyone.get(PATH).json["rows"] == []


def test_the_same_key_gives_the_same_answer(alice: User) -> None:
    """I-02."""
    first = alice.post(f"{PATH}/hard-stop", FLATTEN, Idempotency_Key="k")
    again = alice.post(f"{PATH}/hard-stop", FLATTEN, Idempotency_Key="k")
    other = alice.post(f"{PATH}/hard-stop", {**FLATTEN, "reason": "y"}, Idempotency_Key="k")

    assert (again.status, again.json) == (first.status, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert other.kind == "idempotency-mismatch"
    assert len(alice.get(PATH).json["rows"]) == 1


def test_everybodys_switch_is_the_operators(api: Api, alice: User, olga: User) -> None:
    """B-08: 403 else; it stands over everybody, and a user's own reset leaves it."""
    for call, body in (("safe-mode", {"reason": "x"}), ("hard-stop", FLATTEN), ("reset", {"reason": "x"})):
        assert alice.post(f"{PATH}/{call}", {**body, "scope": "global"}).status == 403
    assert olga.post(f"{PATH}/safe-mode", {"reason": "maintenance", "scope": "global"}).status == 200
    assert ("kill_switch", {"everybody": True}) in [(job, payload) for job, payload, *_ in api.bus.sent]

    (row,) = alice.get(PATH).json["rows"]
    assert (row["scope"], row["set_by"]) == ("global", "olga")
    assert alice.post(f"{PATH}/reset", {"reason": "x"}).json["mode"] == "safe_mode"
    assert olga.post(f"{PATH}/reset", {"reason": "x"}).json["mode"] == "safe_mode"
    assert olga.post(f"{PATH}/reset", {"reason": "done", "scope": "global"}).json["mode"] == "off"
    assert alice.get(PATH).json == OFF


def test_a_token_that_trades_may_set_it_and_only_a_session_resets_it(api: Api, alice: User) -> None:
    """B-08: an agent may stop, a person goes on; one that reads may look."""
    trader, reader = bearer(api, alice, "trade"), bearer(api, alice, "read")
    assert reader.get(PATH).status == 200
    assert reader.post(f"{PATH}/safe-mode", {"reason": "x"}).status == 403
    assert trader.post(f"{PATH}/safe-mode", {"reason": "x"}).status == 200
    assert trader.post(f"{PATH}/reset", {"reason": "x"}).status == 403
    assert trader.post(f"{PATH}/safe-mode", {"reason": "x", "scope": "global"}).status == 403


def test_a_row_of_a_newer_release_is_shown_as_unreadable(api: Api, alice: User) -> None:
    """B-08: unreadable counts as set; a reset ends it."""
    alice.get(PATH)
    with psycopg.connect(api.urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', true)")
        connection.execute(
            "insert into kill_switch_rows (id, username, scope, mode, cause, detail, set_by, set_at) "
            "values (gen_random_uuid(), 'alice', 'desk', 'safe_mode', 'moonshine', '', 'x', now())"
        )
    shown = alice.get(PATH).json

    assert (shown["mode"], shown["rows"][0]["cause"], shown["rows"][0]["set_at"]) == (
        "safe_mode",
        "unreadable",
        None,
    )
    assert alice.post(f"{PATH}/reset", {"reason": "seen"}).json == OFF


def test_a_trade_that_goes_on_is_not_flat(api: Api, alice: User) -> None:
    """B-16, I-25: whatever the broker shows."""
    alice.get("/api/me")
    open_trade(api, "alice", "PAPER", "alice")

    assert alice.get(PATH).json["flat"] is False


def test_the_status_of_a_desk_that_never_ran(alice: User) -> None:
    """B-15: bot, kill switch, last scan, data ages, market."""
    found = alice.get("/api/status").json

    assert found["bot"] == {"on": False, "since": None}
    assert found["kill_switch"] == {"mode": "off", "rows": []}
    assert (found["last_scan"], found["last_exit_scan_at"]) == (None, None)
    assert set(found["data_ages"].values()) == {None}
    assert found["market"] == alice.get("/api/me").json["market"]


def test_the_status_shows_the_last_scan_and_how_old_things_are(api: Api, alice: User) -> None:
    """B-15: ages in seconds; what an operator told counts from its telling."""
    alice.post("/api/bot/on", {})
    alice.post(f"{PATH}/safe-mode", {"reason": "lunch"})
    with psycopg.connect(api.urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', true)")
        connection.execute(
            "insert into desk_watches (username, last_scan_at, last_scan, vix_watch) values "
            "('alice', cast(%(at)s as text)::timestamptz, '{\"strategies\": 2, \"rejected\": 2}', "
            "jsonb_build_object('read_at', cast(%(at)s as text)))",
            {"at": api.clock.now().isoformat()},
        )
        connection.execute(
            "insert into macro_windows (id, name, starts_at, ends_at, source, loaded_at) values "
            "(gen_random_uuid(), 'CPI', now(), now() + interval '1 hour', 'x', %s)",
            (api.clock.now(),),
        )
    found = alice.get("/api/status").json

    assert found["bot"]["on"] is True
    assert (found["kill_switch"]["mode"], found["kill_switch"]["rows"][0]["detail"]) == ("safe_mode", "lunch")
    assert {name: found["last_scan"][name] for name in ("age_s", "strategies", "rejected", "entering")} == {
        "age_s": 0,
        "strategies": 2,
        "rejected": 2,
        "entering": 0,
    }
    assert (found["data_ages"]["vix"]["age_s"], found["data_ages"]["macro_windows"]["age_s"]) == (0, 0)


def test_health_names_the_switch_and_the_last_scan(alice: User) -> None:
    """B-13: kill switch active and mode, the desk's last scan."""
    before = alice.get("/api/health/deep").json["checks"]
    alice.post(f"{PATH}/safe-mode", {"reason": "lunch"})
    after = alice.get("/api/health/deep").json["checks"]

    assert (before["kill_switch"]["detail"], before["desk_scan"]["detail"]) == ("off", "the bot is off")
    assert (after["kill_switch"]["ok"], after["kill_switch"]["detail"]) == (False, "safe_mode: lunch")

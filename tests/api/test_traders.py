"""/api/traders: a user's bots, validated field by field, versioned, each its owner's alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update

from chalicelib.domain.trading.trades import CloseReason, TradeStatus
from chalicelib.services.ai import manage_traders
from chalicelib.store.ai import traders as store
from chalicelib.store.ai.silenced import read_silenced, silence
from chalicelib.store.schema import ai_falls, paper_trades, user_settings
from tests.api.ai_support import RISING, hold_for, lock, made, trader_body
from tests.api.support import Api, User, access_token

ENDED = {"status": TradeStatus.CLOSED, "open_qty": 0, "close_reason": CloseReason.MANUAL_CLOSE}


def test_what_is_not_named_has_its_default(anyone: User) -> None:
    """C-01: the defaults of `trading`; what is answered can be sent back and changes nothing."""
    answer = anyone.post("/api/traders", {"name": "x", "symbols": ["BTCUSDT"], "timeframe": "1h"})
    trader = answer.json
    path = f"/api/traders/{trader['id']}"

    assert answer.status == 201
    assert answer.headers["location"] == path
    assert (trader["state"], trader["version"], trader["filter"]) == ("OFF", 1, None)
    assert trader["analysis"] == {"model": None, "prompt_version": None}
    assert trader["trading"] == {
        "enabled": False,
        "mode": "paper",
        "sizing": "fixed",
        "position_size_usd": None,
        "position_size_pct": None,
        "max_positions": 3,
        "max_risk_pct": 2,
        "min_confidence": 0.7,
        "require_approval": True,
        "dynamic_sl": True,
        "dynamic_tp": True,
        "breakeven_at_pct": 2,
        "trailing_pct": None,
        "max_daily_drawdown_pct": 5,
        "max_total_drawdown_pct": 20,
        "max_holding_minutes": None,
        "max_correlated_pct": 40,
        "calibrated": False,
        "market_hours_only": False,
        "veto_seconds": 60,
        "exchange": "PAPER",
        "daily_cost_limit_usd": 1,
    }
    assert anyone.put(path, trader).json == trader == anyone.get(path).json


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 61}, "name"),
        ({"symbols": []}, "symbols"),
        ({"symbols": "BTCUSDT"}, "symbols"),
        ({"symbols": ["btcusdt"]}, "symbols"),
        ({"symbols": ["BTCUSDT", "BTCUSDT"]}, "symbols"),
        ({"symbols": [f"C{number}USDT" for number in range(101)]}, "symbols"),
        ({"timeframe": "2h"}, "timeframe"),
        ({"colour": "red"}, "colour"),
        ({"filter": []}, "filter"),
        ({"filter": {"required": RISING}}, "filter.required"),
        ({"filter": {"required": [RISING], "some": []}}, "filter.some"),
        ({"filter": {"required": [{**RISING, "op": "=="}]}}, "filter.required[0].op"),
        (
            {"filter": {"required": [{**RISING, "left": {"indicator": "VWAP"}}]}},
            "filter.required[0].left.indicator",
        ),
        (
            {"filter": {"required": [{**RISING, "left": {"indicator": "RSI", "params": {"fast": 3}}}]}},
            "filter.required[0].left.params.fast",
        ),
        ({"filter": {"required": [{"left": 1, "op": "<", "right": 2}]}}, "filter.required[0]"),
        ({"analysis__temperature": 1}, "analysis.temperature"),
        ({"trading__enabled": "yes"}, "trading.enabled"),
        ({"trading__min_confidence": 1.01}, "trading.min_confidence"),
        ({"trading__max_risk_pct": 2.1}, "trading.max_risk_pct"),
        ({"trading__max_positions": 1001}, "trading.max_positions"),
        ({"trading__veto_seconds": 3601}, "trading.veto_seconds"),
        ({"trading__veto_seconds": 1e300}, "trading.veto_seconds"),
        ({"trading__sizing": "kelly"}, "trading.sizing"),
        ({"trading__leverage": 2}, "trading.leverage"),
        ({"trading": {"mode": "live", "exchange": "PAPER"}}, "trading.exchange"),
        ({"trading": {"mode": "live", "exchange": "BINANCE"}}, "trading.mode"),
    ],
    ids=str,
)
def test_a_body_that_cannot_be_is_refused_by_field(anyone: User, change: Any, field: str) -> None:
    """C-13: what is unknown, inconsistent or missing is 422 by its path; live has a call of its own."""
    answer = anyone.post("/api/traders", trader_body(**change))

    assert (answer.status, answer.kind, answer.fields) == (422, "invalid", {field})


@pytest.mark.parametrize(
    "model", ["anthropic/claude-sonnet-latest", "openrouter/auto", "~anthropic/claude", "x-ai/grok-4:online"]
)
def test_an_alias_that_moves_is_no_model(anyone: User, model: str) -> None:
    """C-02, complaint: the alias of a model name silently moved, and behaviour with it."""
    assert anyone.post("/api/traders", trader_body(analysis__model=model)).fields == {"analysis.model"}


def test_all_faults_are_named_at_once(anyone: User) -> None:
    """api.md, Errors: field by field."""
    body = trader_body(name="", colour="red", trading__max_positions=0)
    del body["symbols"]

    assert anyone.post("/api/traders", body).fields == {"name", "colour", "trading.max_positions", "symbols"}
    assert anyone.post("/api/traders", {}).status == 422


def test_a_filter_is_read_back_with_what_it_stands_for(alice: User) -> None:
    """C-13: parameters that were left out show as what they are."""
    trader = made(alice)
    price, ema = (
        {"indicator": "price", "params": {"field": "close"}},
        {"indicator": "EMA", "params": {"period": 20}},
    )

    assert trader["filter"] == {"required": [{"left": price, "op": ">", "right": ema}], "optional": []}


def test_the_tier_free_looks_only(api: Api) -> None:
    """C-08, C-13: POST is 403 to Free, whatever the body; a token of its own knows no more than its owner."""
    carol = api.user("carol", groups=["free"])
    script = User(api, carol.post("/api/tokens", {"name": "s", "scope": "trade"}).json["token"])

    assert [carol.post("/api/traders", body).kind for body in (trader_body(), {})] == ["forbidden"] * 2
    assert script.post("/api/traders", trader_body()).kind == "forbidden"
    assert carol.get("/api/traders").json["items"] == []
    assert carol.get("/api/me").json["tier"] == script.get("/api/me").json["tier"] == "Free"


@pytest.mark.parametrize(
    ("groups", "tier"), [([], "elite"), (["elite"], "elite"), (["pro", "free"], "pro"), (["crew"], "free")]
)
def test_jobs_know_the_tier_that_the_sign_in_said(api: Api, groups: list[str], tier: str) -> None:
    """C-08: stored when it is said, for jobs, which meet no sign-in; without groups everyone is Elite."""
    api.user("dave", groups=groups).get("/api/me")

    with api.jobs_database() as connection:
        assert connection.execute(select(user_settings.c.tier)).scalars().all() == [tier]


def test_the_latest_token_says_the_tier(api: Api) -> None:
    """C-08: a session from before its owner was moved does not move the tier back."""
    issued = int(api.machine_now.timestamp())
    api.user("dave")
    older = User(api, access_token("dave", groups=["elite"], iat=issued - 600))
    newer = User(api, access_token("dave", groups=["free"], iat=issued))

    assert older.post("/api/traders", trader_body()).status == 201
    assert newer.get("/api/me").json["tier"] == "Free"
    assert older.get("/api/me").json["tier"] == "Free"
    assert older.post("/api/traders", trader_body()).status == 403


def test_traders_are_paged_newest_first(alice: User) -> None:
    """api.md, Lists."""
    ids = []
    for number in range(3):
        alice.api.clock.at += timedelta(seconds=1)
        ids.append(made(alice, name=f"trader {number}")["id"])
    first = alice.get("/api/traders?limit=2").json
    rest = alice.get(f"/api/traders?limit=2&cursor={first['next_cursor']}").json

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert alice.get("/api/traders?cursor=zzz").fields == {"cursor"}


def test_a_change_takes_the_whole_place_and_raises_the_version(alice: User) -> None:
    """C-12: PUT sends the version that was seen; what it leaves out has its default again."""
    path = f"/api/traders/{made(alice, trading__trailing_pct=1.5)['id']}"
    changed = alice.put(path, {**trader_body(name="another"), "version": 1})
    same = alice.put(path, {**trader_body(name="another"), "version": 2})

    assert changed.status == 200
    assert (changed.json["name"], changed.json["version"]) == ("another", 2)
    assert changed.json["trading"]["trailing_pct"] is None
    assert same.json == changed.json == alice.get(path).json


def test_a_stale_version_is_refused_with_what_stands(alice: User) -> None:
    """api.md, Versions: 409 `stale-version` with `current`, by PUT and by DELETE; without one 422."""
    path = f"/api/traders/{made(alice)['id']}"
    current = alice.put(path, {**trader_body(name="second"), "version": 1}).json
    stale = [alice.put(path, {**trader_body(name="third"), "version": 1}), alice.delete(f"{path}?version=1")]

    assert [(one.status, one.kind, one.json["current"]) for one in stale] == [
        (409, "stale-version", current)
    ] * 2
    assert alice.put(path, trader_body()).fields == {"version"}
    assert alice.delete(path).fields == {"version"}
    assert alice.get(path).json == current


def test_two_devices_that_change_at_once_do_not_overwrite_each_other(alice: User) -> None:
    """Of two changes that saw the same version one is carried out."""
    path = f"/api/traders/{made(alice)['id']}"
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda name: alice.put(path, {**trader_body(name=name), "version": 1}), ("one", "two"))
        )

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert alice.get(path).json["version"] == 2


def test_a_key_makes_one_trader(alice: User) -> None:
    """api.md, Idempotency."""
    first = alice.post("/api/traders", trader_body(), Idempotency_Key="k1")
    again = alice.post("/api/traders", trader_body(), Idempotency_Key="k1")

    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert len(alice.get("/api/traders").json["items"]) == 1


def test_a_trader_goes_once_nothing_of_it_is_open(api: Api, alice: User) -> None:
    """C-12: DELETE is 409 `trades-open` while positions are open; it is gone from every call then."""
    trader = made(alice)
    path = f"/api/traders/{trader['id']}"
    hold_for(api, trader)
    refused = alice.delete(f"{path}?version=1")
    with api.environment.database.transaction("alice") as connection:
        connection.execute(update(paper_trades).values(ENDED))

    assert (refused.status, refused.kind, refused.json["open_trades"]) == (409, "trades-open", 1)
    assert alice.delete(f"{path}?version=1").status == 204
    assert [
        alice.get(path).status,
        alice.put(path, {**trader_body(), "version": 2}).status,
        alice.delete(f"{path}?version=2").status,
        *(alice.post(f"{path}/{call}").status for call in ("pause", "resume", "secret")),
    ] == [404] * 6
    assert alice.get("/api/traders").json["items"] == []


@pytest.mark.parametrize("stop", ["off", "pause", "lock", "delete"])
def test_a_trader_that_was_stopped_enters_nothing(api: Api, alice: User, stop: str) -> None:
    """C-07, complaint: stopping a bot does not stop it; a deleted bot trades on.

    Who stores an entry asks in that transaction.
    """
    trader = made(alice)
    path = f"/api/traders/{trader['id']}"
    before = may_enter(api, trader)
    match stop:
        case "off":
            alice.put(path, {**trader_body(trading__enabled=False), "version": 1})
        case "pause":
            alice.post(f"{path}/pause")
        case "lock":
            lock(api, trader)
        case _:
            alice.delete(f"{path}?version=1")

    assert before
    assert not may_enter(api, trader)


def may_enter(api: Api, trader: Any) -> bool:
    """Ask as whoever stores an entry does."""
    with api.environment.database.transaction("alice") as connection:
        return store.may_enter(connection, "alice", UUID(trader["id"]))


def test_states_follow_from_switch_pause_and_lock(api: Api, alice: User) -> None:
    """C-13: `/pause` → PAUSED, `/resume` → ON, OFF is `enabled` false; a lock outlasts the switch."""
    trader = made(alice)
    path = f"/api/traders/{trader['id']}"
    states = [alice.post(f"{path}/{call}").json["state"] for call in ("pause", "pause", "resume", "resume")]
    version = alice.get(path).json["version"]
    lock(api, trader)
    locked = [
        alice.post(f"{path}/pause").json["state"],
        alice.put(path, {**trader_body(name="locked"), "version": version}).json["state"],
    ]
    resumed = alice.post(f"{path}/resume").json

    assert states == ["PAUSED", "PAUSED", "ON", "ON"]
    assert version == 3
    assert locked == ["LOCKED", "LOCKED"]
    assert (resumed["state"], resumed["version"]) == ("ON", 5)


def test_a_trader_that_is_off_is_not_begun_by_a_pause(alice: User) -> None:
    """A paused trader is analysed, one that is OFF is not; a person's resume switches it on."""
    path = f"/api/traders/{made(alice, trading__enabled=False)['id']}"
    paused = alice.post(f"{path}/pause").json
    resumed = alice.post(f"{path}/resume").json

    assert (paused["state"], paused["version"]) == ("OFF", 1)
    assert (resumed["state"], resumed["trading"]["enabled"]) == ("ON", True)


def test_resuming_measures_the_drawdown_anew(api: Api, alice: User, bob: User) -> None:
    """C-13: a resume clears the trader's own peak, and nothing else of it or of another."""
    trader, other = made(alice), made(bob)
    for username, one in (("alice", trader), ("bob", other)):
        with api.environment.database.transaction(username) as connection:
            connection.execute(
                insert(ai_falls).values(
                    id=uuid4(),
                    username=username,
                    mode="paper",
                    trader_id=UUID(one["id"]),
                    day="2026-03-02",
                    at_midnight=5,
                    portfolio_at_midnight=10_000,
                    peak=120,
                    portfolio_at_start=10_000,
                )
            )
    alice.post(f"/api/traders/{trader['id']}/resume")

    with api.jobs_database() as connection:
        found = connection.execute(select(ai_falls.c.username, ai_falls.c.peak, ai_falls.c.at_midnight))
        assert sorted((row.username, row.peak, row.at_midnight) for row in found.all()) == [
            ("alice", None, 5),
            ("bob", 120, 5),
        ]


def test_resuming_a_symbol_ends_its_silence_and_no_pause(api: Api, alice: User) -> None:
    """C-07: what was closed by hand is left alone until its owner resumes it."""
    trader = made(alice)
    path, trader_id = f"/api/traders/{trader['id']}", UUID(trader["id"])
    alice.post(f"{path}/pause")
    with api.environment.database.transaction("alice") as connection:
        for symbol in ("BTCUSDT", "BTCUSDT", "ETHUSDT"):
            silence(connection, "alice", trader_id, symbol)
    answers = [alice.post(f"{path}/resume", {"symbol": "BTCUSDT"}) for _ in range(2)]

    assert [(one.status, one.json["state"]) for one in answers] == [(200, "PAUSED")] * 2
    with api.environment.database.transaction("alice") as connection:
        assert read_silenced(connection, "alice", trader_id) == {"ETHUSDT"}
    assert alice.post(f"{path}/resume", {"symbol": "btc"}).fields == {"symbol"}


def test_live_says_what_is_missing(api: Api, alice: User) -> None:
    """C-08, C-13: 409 `live-requirements`, nothing changed; live itself is not to be had yet."""
    trader = made(alice)
    path = f"/api/traders/{trader['id']}/live"
    hold_for(api, trader, **ENDED)
    hold_for(api, trader)
    refused = alice.post(path, {"enable": True, "confirm": "1", "disclaimer": False})
    accepted = alice.post(path, {"enable": True, "confirm": "1", "disclaimer": True})
    again = alice.post(path, {"enable": True, "confirm": "1"})
    off = alice.post(path, {"enable": False})

    assert again.json["missing"] == accepted.json["missing"]  # C-11: accepted once, and kept with its time
    assert (refused.status, refused.kind) == (409, "live-requirements")
    assert refused.json["missing"] == ["PAPER_TRADES", "CONFIRMATION", "SECOND_FACTOR", "DISCLAIMER"]
    assert refused.json["paper_trades"] == {"have": 1, "need": 50}
    assert accepted.json["missing"] == ["PAPER_TRADES", "CONFIRMATION", "SECOND_FACTOR"]
    assert (off.status, off.json) == (200, trader)
    assert alice.post(path, {}).fields == {"enable"}


def test_live_is_elites(api: Api) -> None:
    """C-08: Pro trades on paper alone."""
    bob = api.user("bob", groups=["pro"])
    trader = made(bob)
    refused = bob.post(f"/api/traders/{trader['id']}/live", {"enable": True, "confirm": "1"})

    assert refused.json["missing"][0] == "ELITE"


def test_a_person_has_so_many_traders_at_most(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """422 `risk-limit` with `limit: quota`; removing one makes room."""
    monkeypatch.setattr(manage_traders, "TRADERS_MAX", 1)
    first = made(alice)
    refused = alice.post("/api/traders", trader_body())
    alice.delete(f"/api/traders/{first['id']}?version=1")

    assert (refused.status, refused.kind, refused.json["limit"]) == (422, "risk-limit", "quota")
    assert alice.post("/api/traders", trader_body()).status == 201


def test_nobody_sees_or_changes_anothers(alice: User, bob: User) -> None:
    """A-10: bob meets alice's trader as one that is not there."""
    path = f"/api/traders/{made(alice)['id']}"
    answers = [
        bob.get(path),
        bob.put(path, {**trader_body(), "version": 1}),
        bob.delete(f"{path}?version=1"),
        *(bob.post(f"{path}/{call}") for call in ("pause", "resume", "secret")),
        bob.post(f"{path}/live", {"enable": False}),
    ]

    assert [one.status for one in answers] == [404] * 7
    assert bob.get("/api/traders").json["items"] == []
    assert alice.get(path).json["state"] == "ON"


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("trade", 200)])
def test_a_personal_token_controls_traders_if_it_may_trade(
    api: Api, alice: User, scope: str, status: int
) -> None:
    """api.md, Sign-in: secrets and live take no personal token at all."""
    path = f"/api/traders/{made(alice)['id']}"
    script = User(api, alice.post("/api/tokens", {"name": "s", "scope": scope}).json["token"])

    assert script.get(path).status == 200
    assert script.post(f"{path}/pause").status == status
    assert script.post(f"{path}/secret").kind == "forbidden"
    assert script.post(f"{path}/live", {"enable": False}).kind == "forbidden"


def test_entries_are_the_operators_to_stop(api: Api, alice: User) -> None:
    """C-07, C-13: one switch over all traders; everybody may read it."""
    olga = api.user("olga", groups=["operator"])
    before = alice.get("/api/ai/entries").json
    refused = alice.put("/api/ai/entries", {"enabled": False})
    off = [olga.put("/api/ai/entries", {"enabled": False}).json for _ in range(2)]
    seen = alice.get("/api/ai/entries").json

    assert before == {"enabled": True}
    assert (refused.status, refused.kind) == (403, "forbidden")
    assert [*off, seen] == [{"enabled": False}] * 3
    assert olga.put("/api/ai/entries", {"enabled": True}).json == {"enabled": True}
    assert olga.put("/api/ai/entries", {"enabled": 1}).fields == {"enabled"}


def test_calls_of_the_ai_trader_have_a_count_of_their_own(api: Api, alice: User, bob: User) -> None:
    """C-08: 100 a minute of a user's sessions and tokens together, beside the 600; a pause is apart."""
    path = f"/api/traders/{made(alice)['id']}"
    script = User(api, alice.post("/api/tokens", {"name": "s", "scope": "read"}).json["token"])
    api.throttle(600)
    let = [(alice if number % 2 else script).get("/api/traders").status for number in range(100)]
    refused = alice.get("/api/signals")

    assert set(let) == {200}
    assert (refused.status, refused.kind) == (429, "too-many-requests")
    assert int(refused.headers["retry-after"]) >= 1
    assert alice.get("/api/me").status == bob.get("/api/traders").status == 200
    assert alice.post(f"{path}/pause").status == 200

"""/api/strategies: a user's strategies, validated field by field, versioned, each its owner's alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.trading.trades import CloseReason, TradeStatus
from chalicelib.services.desk.strategies import manage_strategies
from chalicelib.store.desk import strategies as store
from chalicelib.store.schema import paper_trades
from tests.api.support import Api, User
from tests.store.held_trades import hold

Body = dict[str, Any]  # Any: JSON of several kinds
ENDED = {"status": TradeStatus.CLOSED, "open_qty": 0, "close_reason": CloseReason.MANUAL_CLOSE}


def condor(**changes: Any) -> Body:
    """Return what the builder proposes, a block's fields changed by `block__field`."""
    body: Body = dict(proposed_body(StrategyType.IRON_CONDOR, "SPY"))
    for path, value in changes.items():
        *blocks, name = path.split("__")
        place = body
        for block in blocks:
            place[block] = dict(place[block])
            place = place[block]
        place[name] = value
    return body


def made(user: User, **changes: Any) -> Body:
    """Make a strategy."""
    answer = user.post("/api/strategies", condor(**changes))
    assert answer.status == 201, answer.text
    strategy: Body = answer.json
    return strategy


def hold_for(api: Api, strategy: Body) -> None:
    """Let alice hold a trade that this strategy made."""
    with api.environment.database.transaction("alice") as connection:
        hold(connection, originator="DESK", originator_id=strategy["id"])


@pytest.mark.parametrize("kind", StrategyType)
def test_what_the_builder_proposes_is_taken_for_every_type(anyone: User, kind: StrategyType) -> None:
    """B-01: nine types; what was not named has its default, and what is answered can be sent back."""
    answer = anyone.post("/api/strategies", proposed_body(kind, "SPY"))
    strategy = answer.json
    again = anyone.put(f"/api/strategies/{strategy['id']}", strategy)

    assert answer.status == 201
    assert answer.headers["location"] == f"/api/strategies/{strategy['id']}"
    assert (strategy["type"], strategy["mode"], strategy["preferred_broker"]) == (kind, "paper", "tradier")
    assert (strategy["enabled"], strategy["version"]) == (True, 1)
    assert strategy["entry_conditions"]["adx_max"] == 25
    assert strategy["exit_conditions"]["vix_exit"] is (kind is not StrategyType.BUTTERFLY)
    assert again.json == strategy
    assert anyone.get(f"/api/strategies/{strategy['id']}").json == strategy


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 61}, "name"),
        ({"name": 5}, "name"),
        ({"type": "strangle"}, "type"),
        ({"type": None}, "type"),
        ({"underlying": "SP Y!"}, "underlying"),
        ({"enabled": "yes"}, "enabled"),
        ({"mode": "dry"}, "mode"),
        ({"preferred_broker": "robinhood"}, "preferred_broker"),
        ({"max_positions": 0}, "max_positions"),
        ({"max_positions": 1.5}, "max_positions"),
        ({"colour": "red"}, "colour"),
        ({"created_at": "2026-01-01T00:00:00Z"}, "created_at"),
        ({"entry_conditions__dte_min": None}, "entry_conditions.dte_min"),
        ({"entry_conditions__dte_min": 61}, "entry_conditions.dte_min"),
        ({"entry_conditions__dte_max": 1e300}, "entry_conditions.dte_max"),
        ({"entry_conditions__short_delta": 0}, "entry_conditions.short_delta"),
        ({"entry_conditions__short_delta": {"min": 0.2, "max": 0.1}}, "entry_conditions.short_delta"),
        ({"entry_conditions__short_delta": {"min": 0.2}}, "entry_conditions.short_delta.max"),
        ({"entry_conditions__wing_width": "5"}, "entry_conditions.wing_width"),
        ({"entry_conditions__min_credit": True}, "entry_conditions.min_credit"),
        ({"entry_conditions__entry_from": "9:30"}, "entry_conditions.entry_from"),
        ({"entry_conditions__entry_from": "1٢:00"}, "entry_conditions.entry_from"),
        ({"entry_conditions__ma_rule": "sideways"}, "entry_conditions.ma_rule"),
        ({"entry_conditions__liquidity": {"min_volume": -1}}, "entry_conditions.liquidity.min_volume"),
        ({"entry_conditions__liquidity": []}, "entry_conditions.liquidity"),
        ({"entry_conditions__delta": 0.1}, "entry_conditions.delta"),
        ({"exit_conditions": {"profit_target_pct": 50}}, "exit_conditions"),
        ({"exit_conditions__trail_pct": 20}, "exit_conditions.trail_from_pct"),
        ({"exit_conditions__time_stop_dte": 60}, "exit_conditions.time_stop_dte"),
        ({"sizing": {"kind": "fixed"}}, "sizing.qty"),
        ({"sizing": {"kind": "risk", "qty": 1, "pct": 2}}, "sizing.qty"),
        ({"sizing": None}, "sizing"),
    ],
    ids=str,
)
def test_a_body_that_cannot_be_is_refused_by_field(anyone: User, change: Body, field: str) -> None:
    """B-01: an unknown field, an inconsistent range, a missing required one is 422."""
    answer = anyone.post("/api/strategies", condor(**change))

    assert (answer.status, answer.kind, answer.fields) == (422, "invalid", {field})


def test_all_faults_are_named_at_once(anyone: User) -> None:
    """api.md, Errors: field by field."""
    body = condor(name="", colour="red", entry_conditions__dte_min=-1)
    del body["sizing"]

    assert anyone.post("/api/strategies", body).fields == {
        "name",
        "colour",
        "entry_conditions.dte_min",
        "sizing",
    }
    assert anyone.post("/api/strategies", {}).status == 422


def test_numbers_are_read_back_as_they_were_sent(alice: User) -> None:
    """api.md: JSON numbers; a range stays a range, one number stays one."""
    sent = condor(
        entry_conditions__short_delta={"min": 0.1, "max": 0.25},
        entry_conditions__min_credit=0.35,
        sizing={"kind": "risk", "pct": 1.5},
        underlying="brk.b",
    )
    strategy = alice.post("/api/strategies", sent).json

    assert strategy["entry_conditions"]["short_delta"] == {"min": 0.1, "max": 0.25}
    assert strategy["entry_conditions"]["wing_width"] == 5
    assert strategy["entry_conditions"]["min_credit"] == 0.35
    assert strategy["sizing"] == {"kind": "risk", "pct": 1.5}
    assert strategy["underlying"] == "BRK/B"


def test_strategies_are_paged_newest_first(alice: User) -> None:
    """api.md, Lists."""
    ids = []
    for number in range(3):
        alice.api.clock.at += timedelta(seconds=1)
        ids.append(made(alice, name=f"condor {number}")["id"])
    first = alice.get("/api/strategies?limit=2").json
    rest = alice.get(f"/api/strategies?limit=2&cursor={first['next_cursor']}").json

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert alice.get("/api/strategies?cursor=zzz").fields == {"cursor"}


def test_a_change_takes_the_whole_place_and_raises_the_version(alice: User) -> None:
    """B-15: PUT sends the version that was seen; the same again changes nothing."""
    strategy = made(alice, entry_conditions__min_premium_pct=1)
    path = f"/api/strategies/{strategy['id']}"
    changed = alice.put(path, {**condor(name="another", enabled=False), "version": 1})
    same = alice.put(path, {**condor(name="another", enabled=False), "version": 2})

    assert changed.status == 200
    assert (changed.json["name"], changed.json["enabled"], changed.json["version"]) == ("another", False, 2)
    assert changed.json["entry_conditions"]["min_premium_pct"] is None
    assert same.json == changed.json == alice.get(path).json


def test_a_stale_version_is_refused_with_what_stands(alice: User) -> None:
    """B-15: 409 `stale-version` with `current`, by PUT and by DELETE; without one 422."""
    strategy = made(alice)
    path = f"/api/strategies/{strategy['id']}"
    current = alice.put(path, {**condor(name="second"), "version": 1}).json
    stale = [alice.put(path, {**condor(name="third"), "version": 1}), alice.delete(f"{path}?version=1")]

    assert [(one.status, one.kind, one.json["current"]) for one in stale] == [
        (409, "stale-version", current)
    ] * 2
    assert alice.put(path, condor()).fields == {"version"}
    assert alice.delete(path).fields == {"version"}
    assert alice.delete(f"{path}?version=one").fields == {"version"}
    assert alice.get(path).json == current


def test_two_devices_that_change_at_once_do_not_overwrite_each_other(alice: User) -> None:
    """B-15: of two changes that saw the same version one is carried out."""
    path = f"/api/strategies/{made(alice)['id']}"
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda name: alice.put(path, {**condor(name=name), "version": 1}), ("one", "two"))
        )

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert alice.get(path).json["version"] == 2


def test_a_key_makes_one_strategy(alice: User) -> None:
    """api.md, Idempotency: the same key and body answer the first strategy again; another body is refused."""
    first = alice.post("/api/strategies", condor(), Idempotency_Key="k1")
    again = alice.post("/api/strategies", condor(), Idempotency_Key="k1")
    other = alice.post("/api/strategies", condor(name="other"), Idempotency_Key="k1")

    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status, other.kind) == (422, "idempotency-mismatch")
    assert len(alice.get("/api/strategies").json["items"]) == 1


def test_a_strategy_without_open_trades_is_removed(alice: User) -> None:
    """B-15: it is gone from every call, and makes room."""
    path = f"/api/strategies/{made(alice)['id']}"

    assert alice.delete(f"{path}?version=1").status == 204
    assert alice.get(path).status == 404
    assert alice.put(path, {**condor(), "version": 2}).status == 404
    assert alice.delete(f"{path}?version=2").status == 404
    assert alice.get("/api/strategies").json["items"] == []


def test_a_strategy_with_open_trades_is_disabled_and_says_so(api: Api, alice: User) -> None:
    """B-15: it enters nothing more, its trades are watched to their end, then it can be deleted."""
    strategy = made(alice)
    path = f"/api/strategies/{strategy['id']}"
    hold_for(api, strategy)
    kept = alice.delete(f"{path}?version=1")
    again = alice.delete(f"{path}?version=2")
    with api.environment.database.transaction("alice") as connection:
        connection.execute(update(paper_trades).values(ENDED))
    gone = alice.delete(f"{path}?version=2")

    assert kept.status == 200
    assert (kept.json["enabled"], kept.json["version"], kept.json["open_trades"]) == (False, 2, 1)
    assert "disabled" in kept.json["detail"]
    assert again.json == kept.json
    assert gone.status == 204


@pytest.mark.parametrize("ends", ["delete", "disable", "change"])
def test_a_strategy_that_was_deleted_trades_no_more(api: Api, alice: User, ends: str) -> None:
    """B-15, complaint: a strategy deleted that trades on: who stores an entry asks in that transaction."""
    strategy = made(alice)
    path = f"/api/strategies/{strategy['id']}"
    before = may_enter(api, strategy)
    if ends == "delete":
        alice.delete(f"{path}?version=1")
    else:
        alice.put(path, {**condor(enabled=ends != "disable", name="other"), "version": 1})

    assert before
    assert not may_enter(api, strategy)


def may_enter(api: Api, strategy: Body) -> bool:
    """Ask as whoever stores an entry does."""
    with api.environment.database.transaction("alice") as connection:
        return store.may_enter(connection, "alice", UUID(strategy["id"]), strategy["version"])


def test_type_and_underlying_stay_while_trades_are_open(api: Api, alice: User) -> None:
    """Exits of open trades are judged by what they were entered as: 409 `trades-open` with their number."""
    strategy = made(alice)
    path = f"/api/strategies/{strategy['id']}"
    hold_for(api, strategy)
    refused = [
        alice.put(path, {**condor(underlying="QQQ"), "version": 1}),
        alice.put(path, {**condor(type="iron_fly"), "version": 1}),
    ]

    assert [(one.status, one.kind, one.json["open_trades"]) for one in refused] == [
        (409, "trades-open", 1)
    ] * 2
    assert alice.put(path, {**condor(exit_conditions__stop_pct=150), "version": 1}).status == 200


def test_a_person_has_so_many_strategies_at_most(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """422 `risk-limit` with `limit: quota`; removing one makes room."""
    monkeypatch.setattr(manage_strategies, "STRATEGIES_MAX", 2)
    first = made(alice)
    made(alice)
    refused = alice.post("/api/strategies", condor())
    alice.delete(f"/api/strategies/{first['id']}?version=1")

    assert (refused.status, refused.kind) == (422, "risk-limit")
    assert (refused.json["limit"], refused.json["value"], refused.json["allowed"]) == ("quota", 3, 2)
    assert alice.post("/api/strategies", condor()).status == 201


def test_nobody_sees_or_changes_anothers(alice: User, bob: User) -> None:
    """A-10: bob meets alice's strategy as one that is not there."""
    path = f"/api/strategies/{made(alice)['id']}"
    answers = [bob.get(path), bob.put(path, {**condor(), "version": 1}), bob.delete(f"{path}?version=1")]

    assert [one.status for one in answers] == [404] * 3
    assert bob.get("/api/strategies").json["items"] == []
    assert alice.get(path).status == 200
    assert alice.get(f"/api/strategies/{uuid4()}").status == 404


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("trade", 201)])
def test_a_personal_token_makes_strategies_if_it_may_trade(
    api: Api, alice: User, scope: str, status: int
) -> None:
    """api.md, Sign-in: reading takes any token, making and changing one of scope trade."""
    script = User(api, alice.post("/api/tokens", {"name": "s", "scope": scope}).json["token"])

    assert script.get("/api/strategies").status == 200
    assert script.post("/api/strategies", condor()).status == status


def test_a_strategy_is_judged_before_it_has_a_name(anyone: User) -> None:
    """B-14: every stage's word as JSON; nobody told the month's releases, which stops it; nothing is made."""
    before = anyone.get("/api/strategies").json["items"]
    found = anyone.post("/api/strategies/preview", condor(name=""))
    refused = anyone.post("/api/strategies/preview", condor(entry_conditions__dte_min=90, name=""))

    assert (found.status, found.json["decision"], found.json["ended_by"]) == (200, "REJECT", "B")
    assert found.json["standing"][0]["cause"] == "bot_off"
    assert {one["stage"] for one in found.json["gates"]} >= {"A", "B", "D", "E1", "H"}
    assert (refused.status, refused.fields) == (422, {"entry_conditions.dte_min"})
    assert anyone.get("/api/strategies").json["items"] == before

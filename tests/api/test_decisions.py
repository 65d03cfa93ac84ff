"""/api/decisions, /api/ai/account, /api/prompts (C-12, C-13)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.ai.decisions.decision import DecisionOutcome, DecisionSource, DecisionWord
from chalicelib.domain.ai.decisions.words import other_fields, ruled
from chalicelib.store.ai import decisions
from chalicelib.store.ai.decisions import DecisionRow
from tests.api.ai_support import made
from tests.api.support import Api, User

AWAITING = DecisionOutcome.AWAITING_APPROVAL


def kept(api: Api, trader: dict[str, Any], **facts: Any) -> str:  # Any: JSON, columns
    """Store a decision of alice's trader; returns its id."""
    now = api.clock.now()
    said = ruled("nothing to see", is_held=False)
    values: dict[str, Any] = {  # Any: columns
        "id": api.environment.randomness.uuid7(now),
        "username": "alice",
        "trader_id": UUID(trader["id"]),
        "trader_version": 1,
        "signal_id": None,
        "trade_id": None,
        "symbol": "BTCUSDT",
        "candle": now,
        "at": now,
        "source": DecisionSource.MODEL,
        "model": "openai/gpt-4o-mini-2024-07-18",
        "prompt_version": "2026-02-a",
        "latency_ms": 420,
        "tokens": {"prompt": 1500, "answer": 120},
        "cost_usd": None,
        "context_hash": "abc",
        "context": {"symbol": "BTCUSDT"},
        "raw_answer": "{}",
        "decision": DecisionWord.NO_TRADE,
        "confidence": said.confidence,
        "reasoning": said.reasoning,
        "fields": other_fields(said),
        "outcome": DecisionOutcome.NO_TRADE,
        "validation": None,
        "facts": None,
        "expires_at": None,
        "price_then": None,
    }
    row = DecisionRow(**{**values, **facts})
    with api.environment.database.transaction("alice") as connection:
        assert decisions.add(connection, row)
    return str(row.id)


def test_decisions_are_listed_and_shown(api: Api, alice: User) -> None:
    """C-12: newest first, by trader and outcome; the whole one with its context."""
    trader, other = made(alice), made(alice, name="other")
    first = kept(api, trader)
    api.clock.at += timedelta(days=1)
    second = kept(api, trader, outcome=DecisionOutcome.BELOW_CONFIDENCE)
    api.clock.at += timedelta(seconds=1)
    third = kept(api, other)

    def listed(query: str = "") -> list[str]:
        answer = alice.get(f"/api/decisions{query}")
        assert answer.status == 200, answer.text
        return [one["id"] for one in answer.json["items"]]

    assert listed() == [third, second, first]
    assert listed(f"?trader={trader['id']}") == [second, first]
    assert listed("?outcome=BELOW_CONFIDENCE") == [second]
    assert listed(f"?trade={trader['id']}") == []
    day = api.clock.now().date().isoformat()
    assert listed(f"?from={day}&to={day}") == [third, second]
    page = alice.get("/api/decisions?limit=2").json
    assert listed(f"?limit=2&cursor={page['next_cursor']}") == [first]
    whole = alice.get(f"/api/decisions/{first}").json
    assert whole["context"] == {"symbol": "BTCUSDT"}
    assert (whole["tokens"], whole["latency_ms"], whole["take_profits"]) == (
        {"prompt": 1500, "answer": 120},
        420,
        [],
    )


def test_nobody_sees_anothers_decisions(api: Api, alice: User, bob: User) -> None:
    """A-10."""
    decision = kept(api, made(alice))

    assert bob.get("/api/decisions").json["items"] == []
    assert bob.get(f"/api/decisions/{decision}").status == 404
    assert bob.post(f"/api/decisions/{decision}/approve", {}).status == 404


def test_a_decision_is_answered_once(api: Api, alice: User) -> None:
    """C-07, C-13: no, and then nothing; another version is refused; what lapsed is 409."""
    trader, later = made(alice), api.clock.now() + timedelta(minutes=5)
    waits = kept(api, trader, outcome=AWAITING, expires_at=later)
    late = kept(api, trader, outcome=AWAITING, expires_at=api.clock.now())

    stale = alice.post(f"/api/decisions/{waits}/reject", {"version": 2})
    no = alice.post(f"/api/decisions/{waits}/reject", {"version": 1})
    again = alice.post(f"/api/decisions/{waits}/approve", {})
    lapsed = alice.post(f"/api/decisions/{late}/approve", {})

    assert (stale.status, stale.json["type"]) == (409, "/problems/stale-version")
    assert (no.status, no.json["outcome"]) == (200, "USER_REJECTED")
    assert (again.status, again.json["current"]["outcome"]) == (409, "USER_REJECTED")
    assert (lapsed.status, lapsed.json["current"]["outcome"]) == (409, "EXPIRED")


@pytest.mark.parametrize(
    "body",
    [
        {"quantity": 0},
        {"stop_loss": -1},
        {"take_profits": [{"price": 1, "share": 2}]},
        {"take_profits": [{"price": 1, "share": 0.1}] * 6},
        {"leverage": 3},
    ],
)
def test_an_adjustment_has_bounds(api: Api, alice: User, body: dict[str, Any]) -> None:
    """C-13."""
    waits = kept(api, made(alice), outcome=AWAITING, expires_at=api.clock.now() + timedelta(minutes=5))

    assert alice.post(f"/api/decisions/{waits}/approve", body).status == 422


def test_prompts_are_the_operators(api: Api, alice: User) -> None:
    """C-12: listed, activated, and back again by one call; to users 403."""
    olga = api.user("olga", groups=("operator",))
    (first, *_) = olga.get("/api/prompts").json["items"]
    done = olga.post(f"/api/prompts/{first['version']}/activate")

    assert (done.status, done.json["active"]) == (200, True)
    assert [one["active"] for one in olga.get("/api/prompts").json["items"]].count(True) == 1
    assert olga.post("/api/prompts/none-such/activate").status == 404
    assert alice.get("/api/prompts").status == 403
    assert alice.post(f"/api/prompts/{first['version']}/activate").status == 403


def test_the_account_of_coins_is_on_paper_or_live(alice: User) -> None:
    """C-13: of the live one nothing is known while none can be connected."""
    assert alice.get("/api/ai/account?mode=live").json["equity"] is None
    assert alice.get("/api/ai/account?mode=both").status == 422

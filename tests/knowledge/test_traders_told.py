"""A-16 over AI traders: a decision in words, and those that came to nothing (C-02, C-03)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from chalicelib.domain.ai.validation.entries import judge_entry
from chalicelib.domain.desk.stored import to_json
from tests.api.ai_records import SUNDAY, Records
from tests.api.ai_support import made
from tests.api.support import Api
from tests.domain.ai.cases import CASE, LONG
from tests.knowledge.conftest import Knowledge, knowledge_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def records(api: Api, alices: Knowledge) -> Records:
    """A trader of alice's, who has a token."""
    api.clock.at = SUNDAY
    return Records(api, made(api.user("alice")))


def test_a_decision_is_explained_rule_by_rule(records: Records, alices: Knowledge) -> None:
    """C-03, I-41: each rule with its figures in its own unit; its facts judged again say the same."""
    case = replace(CASE, confidence=Decimal("0.6"))
    plan = judge_entry(case, LONG)
    decision_id = records.decision(
        "LONG",
        confidence="0.6",
        model="anthropic/claude-sonnet-4.5",
        prompt_version="2026-02-a",
        outcome=plan.outcome.value,
        validation=plan.validation.as_json(),
        facts={"case": to_json(case), "wish": to_json(plan.wish)},
    )
    told = alices.ask("explain_decision", decision_id=str(decision_id))

    assert told["summary"] == (
        "The model (anthropic/claude-sonnet-4.5, prompts 2026-02-a) said LONG of BTCUSDT at "
        "2026-03-01T12:00:00Z with a confidence of 0.6. Its confidence was under the trader's minimum: "
        "nothing was sent."
    )
    assert told["failed"] == ["MIN_CONFIDENCE does not hold: 0.6, against 0.7."]
    assert "BALANCE holds: 1000, against 9000." in told["constraints"]
    assert told["judged_again_says_the_same"] is True
    assert (told["decision"]["cost_usd"], told["closed_trades"]) == (0.002, 0)


def test_facts_that_were_changed_are_told(records: Records, alices: Knowledge) -> None:
    """I-41: what was stored must lead to what was decided."""
    plan = judge_entry(CASE, LONG)
    facts = {"case": to_json(replace(CASE, confidence=Decimal("0.1"))), "wish": to_json(plan.wish)}
    changed = records.decision("LONG", validation=plan.validation.as_json(), facts=facts)
    unread = records.decision("LONG", validation=plan.validation.as_json(), facts={"case": {"now": 3}})

    told = [alices.ask("explain_decision", decision_id=str(one)) for one in (changed, unread)]
    assert [one["judged_again_says_the_same"] for one in told] == [False, None]


def test_the_entry_of_a_trade_is_found_by_it(records: Records, alices: Knowledge) -> None:
    """Issue 12: the entry's reason is known at the exit."""
    trade_id = records.trade("5", left_by_model=True)
    told = alices.ask("explain_decision", trade_id=str(trade_id))

    assert (told["decision"]["decision"], told["decision"]["trade_id"]) == ("LONG", str(trade_id))
    assert "It was carried out." in told["summary"]


def test_what_came_to_nothing_is_listed_with_its_failed_rules(records: Records, alices: Knowledge) -> None:
    """C-02: those that never executed have their own list; a page at a time, of one reason or of all."""
    failing = {"constraints": [{"name": "BALANCE", "satisfied": False, "current_value": 2000.5}]}
    failing["constraints"][0]["required_value"] = None
    outcomes = ("VALIDATION_FAILED", "EXECUTED", "NO_TRADE", "EXPIRED", "QUEUED")
    for number, outcome in enumerate(outcomes):
        records.decision("LONG", at=SUNDAY + number * MINUTE, outcome=outcome, validation=failing)
    first = alices.ask("list_rejected_decisions", limit=1)
    rest = alices.ask("list_rejected_decisions", limit=5, cursor=first["next_cursor"])

    assert [one["outcome"] for one in [*first["items"], *rest["items"]]] == ["EXPIRED", "VALIDATION_FAILED"]
    assert rest["items"][0]["failed"] == ["BALANCE does not hold: 2000.5, against not known."]
    assert rest["next_cursor"] is None
    only = alices.ask("list_rejected_decisions", outcome="EXPIRED", trader_id=records.trader["id"])
    assert [one["outcome"] for one in only["items"]] == ["EXPIRED"]
    assert alices.ask("list_rejected_decisions", trader_id=str(uuid4()))["items"] == []


def test_nobody_learns_of_anothers_decisions(api: Api, records: Records, alices: Knowledge) -> None:
    """I-21: an id of another's is as good as none."""
    decision_id = records.decision("LONG", outcome="EXPIRED")
    bobs = knowledge_of(api, "bob")

    assert bobs.ask("list_rejected_decisions")["items"] == []
    assert bobs.refusal("explain_decision", decision_id=str(decision_id)) == alices.refusal(
        "explain_decision", decision_id=str(uuid4())
    )

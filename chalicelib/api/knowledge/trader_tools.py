"""Tools over AI traders: one decision explained, those that came to nothing with the rules against them."""

from typing import Final

from chalicelib.api.knowledge.arguments import DecisionArguments, RejectedArguments
from chalicelib.api.knowledge.tool import Answer, AnyTool, Tool, about_all
from chalicelib.api.knowledge.trader_words import (
    constraint_in_words,
    constraints_of,
    decision_in_words,
    failed_of,
)
from chalicelib.api.shapes.ai import shape_decision
from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.ai import read_decisions
from chalicelib.services.environment import Environment
from chalicelib.services.requests.places import read_place
from chalicelib.store.ai.decisions import DecisionFilter, DecisionRow

#: What was meant to act and never did (C-02).
REJECTED: Final = frozenset(
    {
        DecisionOutcome.BELOW_CONFIDENCE,
        DecisionOutcome.VALIDATION_FAILED,
        DecisionOutcome.USER_REJECTED,
        DecisionOutcome.EXPIRED,
        DecisionOutcome.NOT_EXECUTED,
    }
)


def _explain(env: Environment, username: str, asked: DecisionArguments) -> Answer:
    row = _asked_for(env, username, asked)
    return {
        **about_all(env, username),
        "summary": decision_in_words(row),
        "constraints": [constraint_in_words(one) for one in constraints_of(row)],
        "failed": failed_of(row),
        "decision": shape_decision(row),
        "price_then": number(row.price_then),
        "judged_again_says_the_same": read_decisions.says_the_same(row),
    }


def _asked_for(env: Environment, username: str, asked: DecisionArguments) -> DecisionRow:
    if asked.decision_id is not None:
        return read_decisions.read_decision(env, username, asked.decision_id)
    assert asked.trade_id is not None
    return read_decisions.entry_of_trade(env, username, asked.trade_id)


def _rejected(env: Environment, username: str, asked: RejectedArguments) -> Answer:
    among = REJECTED if asked.outcome is None else frozenset({DecisionOutcome(asked.outcome)})
    wanted = DecisionFilter(
        trader_id=asked.trader_id,
        among=among,
        since=asked.from_,
        until=asked.to,
        below=None if asked.cursor is None else read_place(asked.cursor),
    )
    found = read_decisions.list_decisions(env, username, wanted, limit=asked.limit)
    return {
        **about_all(env, username),
        "items": [_brief(row) for row in found.items],
        "next_cursor": found.next_cursor,
    }


def _brief(row: DecisionRow) -> JsonValue:
    return {
        "id": str(row.id),
        "at": instant(row.at),
        "trader_id": str(row.trader_id),
        "symbol": row.symbol,
        "decision": row.decision.value,
        "confidence": number(row.confidence),
        "outcome": row.outcome.value,
        "reasoning": row.reasoning,
        "failed": failed_of(row),
        "cost_usd": number(row.cost_usd),
    }


TRADER_TOOLS: Final[tuple[AnyTool, ...]] = (
    Tool(
        name="explain_decision",
        title="Explain a decision of an AI trader",
        description="Tell one decision of an AI trader, by its id or by the trade that it entered: what the "
        "model said and why, each rule in a sentence with its figures, what became of it, what it cost, and "
        "whether its facts, judged again, say the same.",
        arguments=DecisionArguments,
        answer=_explain,
    ),
    Tool(
        name="list_rejected_decisions",
        title="List decisions that came to nothing",
        description="List decisions of AI traders that never executed, newest first: too little confidence, "
        "rules against them, rejected, lapsed, paused; each with its reasoning and the rules that failed.",
        arguments=RejectedArguments,
        answer=_rejected,
    ),
)

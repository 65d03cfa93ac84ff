"""Tools over the options desk: its strategies, one decision in words, why a day brought no entry."""

from typing import Final

from chalicelib.api.knowledge.arguments import DayArguments, EvaluationArguments, NoArguments
from chalicelib.api.knowledge.desk_words import day_in_words, decision_in_words, strategy_in_words
from chalicelib.api.knowledge.tool import Answer, AnyTool, Tool, about_all
from chalicelib.api.shapes.desk import shape_bot, shape_strategy
from chalicelib.api.shapes.values import instant
from chalicelib.domain.desk.pipeline.in_words import in_words, title_of
from chalicelib.domain.desk.pipeline.record import UnreadableRow
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.desk.told import evaluations
from chalicelib.services.desk.told.day_of_desk import StrategysDay, read_day
from chalicelib.services.environment import Environment
from chalicelib.store.desk.evaluation_reads import EvaluationRow, OutcomeCount


def _list_strategies(env: Environment, username: str, _asked: NoArguments) -> Answer:
    day = read_day(env, username)
    return {
        **about_all(env, username),
        "bot": shape_bot(day.bot),
        "items": [shape_strategy(one.row) for one in day.strategies],
    }


def _explain(env: Environment, username: str, asked: EvaluationArguments) -> Answer:
    row = _asked_for(env, username, asked)
    return {
        **about_all(env, username),
        "id": str(row.id),
        "strategy_id": str(row.strategy_id),
        "event": row.event,
        "decision": row.decision,
        "at": instant(row.at),
        "summary": decision_in_words(row),
        "gates": [_gate(dict(gate)) for gate in row.gates],
        "proposed_order": None if row.proposed_order is None else dict(row.proposed_order),
        "trade_id": None if row.trade_id is None else str(row.trade_id),
        "judged_again_says_the_same": _says_the_same(row),
    }


def _asked_for(env: Environment, username: str, asked: EvaluationArguments) -> EvaluationRow:
    if asked.evaluation_id is not None:
        return evaluations.read_evaluation(env, username, asked.evaluation_id)
    assert asked.trade_id is not None
    return evaluations.entry_of_trade(env, username, asked.trade_id)


def _gate(gate: dict[str, JsonValue]) -> JsonValue:
    told = in_words(gate)
    return {"stage": told.stage, "title": told.title, "passed": told.passed, "sentence": told.sentence}


def _says_the_same(row: EvaluationRow) -> bool | None:
    """Say whether its inputs still lead to its verdicts; None of what was not judged, or by other rules."""
    if not row.gates:
        return None
    try:
        return evaluations.judge_row_again(row).agrees
    except UnreadableRow:
        return None


def _why_nothing(env: Environment, username: str, asked: DayArguments) -> Answer:
    day = read_day(env, username, asked.day)
    return {
        **about_all(env, username),
        "day": day.day.isoformat(),
        "bot": shape_bot(day.bot),
        "entries_decided": sum(len(one.entries) for one in day.strategies),
        "reasons": [*day_in_words(day)],
        "items": [_strategys_day(one) for one in day.strategies],
    }


def _strategys_day(of: StrategysDay) -> JsonValue:
    stopped = [_stop(one) for one in of.outcomes if one.decision != "ENTER"]
    return {
        "strategy_id": str(of.row.id),
        "name": of.row.name,
        "enabled": of.row.enabled,
        "reasons": [*strategy_in_words(of)],
        "stopped_by": stopped[:STOPS_MAX],
    }


#: Of one strategy; what is rarer explains no day.
STOPS_MAX: Final = 20


def _stop(one: OutcomeCount) -> JsonValue:
    return {
        "cause": one.ended_by,
        "title": title_of(one.ended_by or ""),
        "reason": one.reason,
        "missing": one.is_missing,
        "scans": one.count,
        "last_evaluation_id": str(one.last_id),
    }


DESK_TOOLS: Final[tuple[AnyTool, ...]] = (
    Tool(
        name="list_strategies",
        title="List strategies",
        description="List your strategies of the options desk, newest first, with when each enters and "
        "leaves, and whether the bot scans for entries.",
        arguments=NoArguments,
        answer=_list_strategies,
    ),
    Tool(
        name="explain_evaluation",
        title="Explain a decision of the desk",
        description="Tell one decision of the options desk in words, by its id or by the trade that it made: "
        "each gate in a sentence with its figures, the order proposed, and whether its inputs, judged again, "
        "say the same.",
        arguments=EvaluationArguments,
        answer=_explain,
    ),
    Tool(
        name="why_nothing_traded",
        title="Why nothing was traded",
        description="Say why the options desk entered nothing on a day, today by default: the market's "
        "hours, the bot, the kill switch, and for each strategy which gates ended how many scans, and which "
        "causes left scans out.",
        arguments=DayArguments,
        answer=_why_nothing,
    ),
)

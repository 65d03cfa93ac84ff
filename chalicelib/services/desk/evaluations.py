"""What the desk decided and why, as its owner reads it; and a decision judged again from its row (I-40)."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.desk.pipeline.evaluate import Evaluation
from chalicelib.domain.desk.pipeline.record import config_of, decided, failure_key, judge_again
from chalicelib.domain.desk.pipeline.verdicts import Stage
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.services.listing import Listing
from chalicelib.services.requests.places import read_place, write_place
from chalicelib.store.desk import evaluation_reads as store
from chalicelib.store.desk.configs import NewConfig
from chalicelib.store.desk.evaluation_reads import EvaluationFilter, EvaluationRow, GateCount
from chalicelib.store.desk.evaluations import NewEvaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAgain:
    """A stored evaluation, and what its inputs and configuration say when judged now.

    `agrees`: verdicts, numbers, order and decision are those of the row.
    """

    row: EvaluationRow
    evaluation: Evaluation
    agrees: bool


def new_evaluation(
    evaluation_id: UUID, username: str, config_id: UUID, strategy: Strategy, evaluation: Evaluation
) -> NewEvaluation:
    """Return the row of what was decided; raises ValueError for a figure that JSON has no form for."""
    ended, told = failure_key(evaluation), decided(evaluation)
    return NewEvaluation(
        id=evaluation_id,
        username=username,
        strategy_id=strategy.id,
        config_id=config_id,
        decision=evaluation.decision.value,
        reason=evaluation.reason,
        ended_by=None if ended is None else ended[0],
        is_missing=evaluation.verdicts[-1].is_missing,
        inputs=_text(told["inputs"]),
        gates=_text(told["gates"]),
        proposed_order=None if told["proposed_order"] is None else _text(told["proposed_order"]),
    )


def new_config(config_id: UUID, username: str, strategy: Strategy, desk: DeskSettings) -> NewConfig:
    """Return the row of what evaluations of a strategy are made under."""
    return NewConfig(
        id=config_id,
        username=username,
        strategy_id=strategy.id,
        strategy_version=strategy.version,
        desk_version=desk.version,
        config=_text(config_of(strategy, desk)),
    )


def list_evaluations(
    env: Environment, username: str, wanted: EvaluationFilter, *, cursor: str | None, limit: int
) -> Listing[EvaluationRow]:
    """List evaluations, newest first."""
    below = None if cursor is None else read_place(cursor)

    def work(connection: Connection) -> list[EvaluationRow]:
        return store.page(connection, username, replace(wanted, below=below), limit=limit + 1)

    rows = env.database.read(work, username=username)
    next_cursor = write_place(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else None
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)


def read_evaluation(env: Environment, username: str, evaluation_id: UUID) -> EvaluationRow:
    """Read one evaluation; raises NotFound."""
    row = env.database.read(lambda c: store.read(c, username, evaluation_id), username=username)
    if row is None:
        raise NotFound("evaluation")
    return row


def count_gates(env: Environment, username: str, *, days: int) -> Listing[GateCount]:
    """Count how the last days' entry scans fared at each stage, in the order of judging (B-02)."""
    now = env.clock.now()
    since = now - timedelta(days=days)
    found = env.database.read(lambda c: store.count_gates(c, username, since), username=username)
    counts = {one.stage: one for one in found}
    items = [counts.get(stage, GateCount(stage=stage.value)) for stage in Stage]
    return Listing(items=items, as_of=now)


def judged_again(env: Environment, username: str, evaluation_id: UUID) -> JudgedAgain:
    """Judge an entry's evaluation anew from its row; raises NotFound, also for what judged no entry.

    Raises UnreadableRow for a configuration that this code no longer knows.
    """
    row = read_evaluation(env, username, evaluation_id)
    if row.config is None or row.inputs is None or not row.gates:
        raise NotFound("evaluation of an entry")
    evaluation = judge_again({"config": dict(row.config), "inputs": dict(row.inputs)})
    return JudgedAgain(row=row, evaluation=evaluation, agrees=_says_the_same(row, evaluation))


def _says_the_same(row: EvaluationRow, evaluation: Evaluation) -> bool:
    # By its way through JSON, as the row has gone.
    again = json.loads(_text(decided(evaluation)))
    stored = (row.decision, row.reason, list(row.gates), row.proposed_order)
    return stored == tuple(again[name] for name in ("decision", "reason", "gates", "proposed_order"))


def _text(value: JsonValue) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)

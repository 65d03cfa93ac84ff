"""What the desk decided and why, as its owner reads it; and a decision judged again from its row (I-40)."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.desk.pipeline.evaluate import Decision, Evaluation
from chalicelib.domain.desk.pipeline.record import UnreadableRow, decided, judge_again
from chalicelib.domain.desk.pipeline.verdicts import Stage
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.services.listing import Listing
from chalicelib.services.requests.places import read_place, write_place
from chalicelib.store.desk import evaluation_reads as store
from chalicelib.store.desk.evaluation_reads import EvaluationFilter, EvaluationRow, GateCount


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAgain:
    """A stored evaluation, and what its inputs and configuration say when judged now.

    `agrees`: verdicts, numbers, order and decision are those of the row.
    """

    row: EvaluationRow
    evaluation: Evaluation
    agrees: bool


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


def entry_of_trade(env: Environment, username: str, trade_id: UUID) -> EvaluationRow:
    """Read the evaluation that made a trade; raises NotFound for a trade that none made."""
    wanted = EvaluationFilter(trade_id=trade_id, decision=Decision.ENTER)
    rows = env.database.read(lambda c: store.page(c, username, wanted, limit=1), username=username)
    if not rows:
        raise NotFound("trade of the desk")
    return rows[0]


def judged_again(env: Environment, username: str, evaluation_id: UUID) -> JudgedAgain:
    """Judge an entry's evaluation anew from its row; raises NotFound, also for what judged no entry.

    Raises UnreadableRow for a configuration that this code no longer knows.
    """
    row = read_evaluation(env, username, evaluation_id)
    if not row.gates:
        raise NotFound("evaluation of an entry")
    return judge_row_again(row)


def judge_row_again(row: EvaluationRow) -> JudgedAgain:
    """Judge an entry's row anew; raises UnreadableRow where it was written by other rules than today's."""
    assert row.config is not None
    assert row.inputs is not None
    try:
        evaluation = judge_again({"config": dict(row.config), "inputs": dict(row.inputs)})
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableRow("this row was written by other rules than today's") from error
    return JudgedAgain(row=row, evaluation=evaluation, agrees=_says_the_same(row, evaluation))


def _says_the_same(row: EvaluationRow, evaluation: Evaluation) -> bool:
    # By its way through JSON, as the row has gone.
    again = json.loads(_text(decided(evaluation)))
    stored = (row.decision, row.reason, list(row.gates), row.proposed_order)
    return stored == tuple(again[name] for name in ("decision", "reason", "gates", "proposed_order"))


def _text(value: JsonValue) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)

"""/api/evaluations: what the desk decided and why."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import EvaluationsQuery, GatesQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.desk import shape_evaluation, shape_gate_count
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.desk.told import evaluations
from chalicelib.store.desk.evaluation_reads import EvaluationFilter


def list_all(call: Call) -> Reply:
    """List evaluations, newest first."""
    query = call.query_as(EvaluationsQuery)
    wanted = EvaluationFilter(
        strategy_id=query.strategy, decision=query.decision, since=query.from_, until=query.to
    )
    page = evaluations.list_evaluations(
        call.env, call.username, wanted, cursor=query.cursor, limit=query.limit
    )
    return Reply(body=shape_list(page, shape_evaluation))


def read(call: Call) -> Reply:
    """Show an evaluation."""
    return Reply(body=shape_evaluation(evaluations.read_evaluation(call.env, call.username, call.id)))


def gates(call: Call) -> Reply:
    """Count how scans fared at each stage."""
    counted = evaluations.count_gates(call.env, call.username, days=call.query_as(GatesQuery).days)
    return Reply(body=shape_list(counted, shape_gate_count))

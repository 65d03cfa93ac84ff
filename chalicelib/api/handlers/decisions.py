"""/api/decisions: what models decided and what became of it."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import DecisionsQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.ai import shape_decision, shape_decision_detail
from chalicelib.api.shapes.values import shape_list
from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.services.ai import read_decisions
from chalicelib.services.requests.places import read_place
from chalicelib.store.ai.decisions import DecisionFilter


def list_all(call: Call) -> Reply:
    """List decisions, newest first."""
    query = call.query_as(DecisionsQuery)
    wanted = DecisionFilter(
        trader_id=query.trader,
        outcome=None if query.outcome is None else DecisionOutcome(query.outcome),
        since=query.from_,
        until=query.to,
        below=None if query.cursor is None else read_place(query.cursor),
    )
    page = read_decisions.list_decisions(call.env, call.username, wanted, limit=query.limit)
    return Reply(body=shape_list(page, shape_decision))


def read(call: Call) -> Reply:
    """Show a decision whole."""
    return Reply(body=shape_decision_detail(read_decisions.read_decision(call.env, call.username, call.id)))

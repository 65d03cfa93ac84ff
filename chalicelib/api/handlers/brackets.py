"""/api/performance/brackets."""

from chalicelib.api.answers import Reply
from chalicelib.api.report_queries import BracketsQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.brackets import shape_brackets
from chalicelib.api.wanted_outcomes import wanted_outcomes
from chalicelib.services.analysis.brackets import explore_brackets


def explore(call: Call) -> Reply:
    """Show what other stops and targets would have made of the caller's entries."""
    query = call.query_as(BracketsQuery)
    wanted = wanted_outcomes(query)
    return Reply(body=shape_brackets(explore_brackets(call.env, call.username, wanted, query.sl, query.tp)))

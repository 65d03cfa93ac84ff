"""/api/performance."""

from chalicelib.api.answers import Reply, entity_tag, matches, not_modified, to_json
from chalicelib.api.queries import PerformanceQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.performance import shape_performance
from chalicelib.api.wanted_outcomes import wanted_outcomes
from chalicelib.services.analysis.performance import read_performance


def read(call: Call) -> Reply:
    """Show the performance of the caller's ended trades, or that the copy at hand is still right."""
    query = call.query_as(PerformanceQuery)
    wanted = wanted_outcomes(query)
    body = shape_performance(read_performance(call.env, call.username, wanted))
    tag = entity_tag(to_json(body))
    if matches(call.headers.get("if-none-match"), tag):
        return not_modified(tag)
    return Reply(body=body, headers={"ETag": tag})

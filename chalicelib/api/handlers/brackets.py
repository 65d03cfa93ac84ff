"""/api/performance/brackets."""

from chalicelib.api.answers import Reply
from chalicelib.api.report_queries import BracketsQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.brackets import shape_brackets
from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.analysis.brackets import explore_brackets
from chalicelib.store.analysis.outcomes import OutcomeFilter


def explore(call: Call) -> Reply:
    """Show what other stops and targets would have made of the caller's entries."""
    query = call.query_as(BracketsQuery)
    wanted = OutcomeFilter(
        from_at=query.from_,
        to_at=query.to,
        ticker=query.ticker,
        strategy=query.strategy,
        mode=None if query.mode is None else BrokerMode(query.mode),
        tag=query.tag,
    )
    return Reply(body=shape_brackets(explore_brackets(call.env, call.username, wanted, query.sl, query.tp)))

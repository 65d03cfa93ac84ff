"""/api/market: what the ticket needs, kept for a while."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import ChainQuery, ExpirationsQuery, QuotesQuery
from chalicelib.api.routing import Call
from chalicelib.services.market import market_quotes


def quotes(call: Call) -> Reply:
    """Quote underlyings."""
    symbols = tuple(call.query_as(QuotesQuery).symbols.split(","))
    return Reply(body=market_quotes.quotes(call.env, call.context.kept, call.username, symbols))


def expirations(call: Call) -> Reply:
    """List the expiries of an underlying."""
    symbol = call.query_as(ExpirationsQuery).symbol
    return Reply(body=market_quotes.expirations(call.env, call.context.kept, call.username, symbol))


def chain(call: Call) -> Reply:
    """Show one expiry's chain."""
    query = call.query_as(ChainQuery)
    return Reply(
        body=market_quotes.chain(call.env, call.context.kept, call.username, query.symbol, query.expiry)
    )

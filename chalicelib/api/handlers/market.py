"""/api/market: what the ticket needs, kept for a while."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import ChainQuery, ExpirationsQuery, QuotesQuery
from chalicelib.api.routing import Call
from chalicelib.api.shapes.market import shape_chain, shape_expirations, shape_quotes
from chalicelib.services.market import market_quotes


def quotes(call: Call) -> Reply:
    """Quote underlyings."""
    symbols = tuple(call.query_as(QuotesQuery).symbols.split(","))
    listing = market_quotes.quotes(call.env, call.context.kept, call.username, symbols)
    return Reply(body=shape_quotes(listing))


def expirations(call: Call) -> Reply:
    """List the expiries of an underlying."""
    symbol = call.query_as(ExpirationsQuery).symbol
    listing = market_quotes.expirations(call.env, call.context.kept, call.username, symbol)
    return Reply(body=shape_expirations(listing))


def chain(call: Call) -> Reply:
    """Show one expiry's chain."""
    query = call.query_as(ChainQuery)
    listing = market_quotes.chain(call.env, call.context.kept, call.username, query.symbol, query.expiry)
    return Reply(body=shape_chain(listing))

"""/api/market: what the ticket needs, kept for seconds."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import ChainQuery, ExpirationsQuery, QuotesQuery
from chalicelib.api.routing import Call
from chalicelib.services import market_quotes


def quotes(call: Call) -> Reply:
    """Quote underlyings."""
    symbols = tuple(call.query_as(QuotesQuery).symbols.split(","))
    question = (call.username, "quotes", *symbols)
    return Reply(
        body=call.context.quotes.answer(
            question, lambda: market_quotes.quotes(call.env, call.username, symbols)
        )
    )


def expirations(call: Call) -> Reply:
    """List the expiries of an underlying."""
    symbol = call.query_as(ExpirationsQuery).symbol
    question = (call.username, "expirations", symbol)
    return Reply(
        body=call.context.quotes.answer(
            question, lambda: market_quotes.expirations(call.env, call.username, symbol)
        )
    )


def chain(call: Call) -> Reply:
    """Show one expiry's chain."""
    query = call.query_as(ChainQuery)
    question = (call.username, "chain", query.symbol, query.expiry.isoformat())
    return Reply(
        body=call.context.quotes.answer(
            question, lambda: market_quotes.chain(call.env, call.username, query.symbol, query.expiry)
        )
    )

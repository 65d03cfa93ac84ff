"""/api/trades: what is read of trades; what changes them is `trade_changes`, which needs far more code.

A trade's JSON is written by the database (docs/adr/0014) and passed on as it is.
"""

from collections.abc import Callable
from functools import partial

from chalicelib.api.answers import Reply, entity_tag, matches, not_modified, to_json
from chalicelib.api.queries import EndedQuery, HistoryQuery, TradesQuery
from chalicelib.api.routing import Call
from chalicelib.services.reading import read_trades, trade_view
from chalicelib.services.reading.read_trades import HasSeen, HistoryFilter, Page, TradeFilter
from chalicelib.store.trades.trade_lists import HistoryConditions, HistoryOrder


def read_one(call: Call) -> Reply:
    """Show a trade with its detail."""
    trade = trade_view.detail(call.env, call.username, call.id)
    tag = entity_tag(to_json(trade))
    if matches(call.headers.get("if-none-match"), tag):
        return not_modified(tag)
    return Reply(body=trade, headers={"ETag": tag})


def list_all(call: Call) -> Reply:
    """List trades, newest first."""
    query = call.query_as(TradesQuery)
    filters = TradeFilter(
        statuses=query.statuses(),
        ticker=query.ticker,
        strategy=query.strategy,
        originator=query.originator,
        tag=query.tag,
        limit=query.limit,
        cursor=query.cursor,
    )
    tag_of = _tagging(call)
    page = read_trades.list_page(call.env, call.username, filters, _seen(call, tag_of))
    return _page_reply(tag_of, page)


def history(call: Call) -> Reply:
    """List ended trades."""
    query = call.query_as(HistoryQuery)
    filters = HistoryFilter(
        wanted=conditions_of(query),
        order=HistoryOrder(query.sort),
        with_totals=query.totals,
        limit=query.limit,
        cursor=query.cursor,
    )
    tag_of = _tagging(call)
    return _page_reply(
        tag_of, read_trades.history_page(call.env, call.username, filters, _seen(call, tag_of))
    )


def conditions_of(query: EndedQuery) -> HistoryConditions:
    """Return which ended trades a query asks for."""
    return HistoryConditions(
        results=query.results(),
        from_at=query.from_,
        to_at=query.to,
        ticker=query.ticker,
        strategy=query.strategy,
        mode=query.mode,
        option_type=query.option_type,
        originator=query.originator,
        tag=query.tag,
        words=query.q,
    )


def _tagging(call: Call) -> Callable[[str], str]:
    """Return how a list's revision becomes its tag, which also covers what was asked."""
    assert call.query is not None
    question = call.query.model_dump_json(by_alias=True)
    return partial(entity_tag, call.username, type(call.query).__name__, question)


def _seen(call: Call, tag_of: Callable[[str], str]) -> HasSeen:
    held = call.headers.get("if-none-match")
    return lambda revision: matches(held, tag_of(revision))


def _page_reply(tag_of: Callable[[str], str], page: Page) -> Reply:
    tag = tag_of(page.revision)
    return not_modified(tag) if page.text is None else Reply(text=page.text, headers={"ETag": tag})

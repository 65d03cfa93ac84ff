"""/api/trades and /api/refresh: each call maps its body onto a command and asks one service."""

from collections.abc import Callable
from functools import partial

from chalicelib.api.answers import Reply, entity_tag, matches, not_modified, to_json
from chalicelib.api.queries import HistoryQuery, SnapshotsQuery, TradesQuery
from chalicelib.api.requests import AdjustBody, AnnotateBody, PlaceTradeBody, VersionBody
from chalicelib.api.routing import Call
from chalicelib.services import (
    adjust_trade,
    annotate_trade,
    cancel_trade,
    close_trade,
    place_trade,
    preview_trade,
    read_trades,
)
from chalicelib.services import refresh as refresh_service
from chalicelib.services.read_trades import HasSeen, HistoryFilter, Page, TradeFilter


def place(call: Call) -> Reply:
    """Place a trade."""
    command = call.body_as(PlaceTradeBody).command()
    placed = place_trade.place(call.env, call.username, command, call.idempotency_key)
    location = {"Location": f"/api/trades/{placed.trade['id']}"}
    if placed.replayed:  # a former call with this key placed it and died before it could answer
        return Reply(status=200, body=placed.trade, headers={**location, "Idempotency-Replayed": "true"})
    return Reply(status=201, body=placed.trade, headers=location)


def preview(call: Call) -> Reply:
    """Show cost, risk and reward; place nothing."""
    command = call.body_as(PlaceTradeBody).command()
    return Reply(body=preview_trade.preview(call.env, call.username, command))


def close(call: Call) -> Reply:
    """Close at the market's price."""
    version = call.body_as(VersionBody).version
    outcome = close_trade.close(call.env, call.username, call.id, version)
    return Reply(status=outcome.status, body=outcome.trade)


def adjust(call: Call) -> Reply:
    """Move or remove stop and target."""
    body = call.body_as(AdjustBody)
    outcome = adjust_trade.adjust(call.env, call.username, call.id, body.version, body.command())
    return Reply(status=outcome.status, body=outcome.trade)


def cancel(call: Call) -> Reply:
    """Cancel what waits or works."""
    version = call.body_as(VersionBody).version
    outcome = cancel_trade.cancel(call.env, call.username, call.id, version)
    return Reply(status=outcome.status, body=outcome.trade)


def annotate(call: Call) -> Reply:
    """Replace notes and tags."""
    body = call.body_as(AnnotateBody)
    outcome = annotate_trade.annotate(call.env, call.username, call.id, body.version, body.trade_context)
    return Reply(status=outcome.status, body=outcome.trade)


def read_one(call: Call) -> Reply:
    """Show a trade with its detail."""
    trade = read_trades.get_trade(call.env, call.username, call.id)
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
        results=query.results(),
        from_at=query.from_,
        to_at=query.to,
        ticker=query.ticker,
        strategy=query.strategy,
        limit=query.limit,
        cursor=query.cursor,
    )
    tag_of = _tagging(call)
    return _page_reply(
        tag_of, read_trades.history_page(call.env, call.username, filters, _seen(call, tag_of))
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


def snapshots(call: Call) -> Reply:
    """List a trade's snapshots, thinned to a number of points."""
    query = call.query_as(SnapshotsQuery)
    return Reply(
        body=read_trades.snapshots(
            call.env, call.username, call.id, from_at=query.from_, to_at=query.to, points=query.points
        )
    )


def transitions(call: Call) -> Reply:
    """List a trade's transitions."""
    return Reply(body=read_trades.transitions(call.env, call.username, call.id))


def changes(call: Call) -> Reply:
    """List a trade's changes of stop and target."""
    return Reply(body=read_trades.changes(call.env, call.username, call.id))


def refresh(call: Call) -> Reply:
    """Sync and mark the caller's open trades now."""
    refreshed = refresh_service.refresh(call.env, call.username)
    return Reply(status=refreshed.status, body=refreshed.trades)

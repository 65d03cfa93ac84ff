"""Market data as a fault bends it: of another instrument, stale, crossed, or with nothing listed."""

from dataclasses import replace
from datetime import timedelta

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.other_question import other_query
from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.serving.faults import STALE_SECONDS, Fault, FaultKind
from infra.local.emulators.tradier.answers.market_routes import answer_markets
from infra.local.emulators.tradier.answers.struck import OF_LISTS, crossed, nothing_listed


def bent_markets(feed: Feed, request: EmulatorRequest, fault: Fault | None, *, ticks: bool) -> object:
    """Answer a call under `/v1/markets/`, as it is without a fault. Raises Refusal."""
    kind = None if fault is None else fault.kind
    if fault is not None and kind is FaultKind.STALE_QUOTE:
        older = timedelta(seconds=STALE_SECONDS if fault.seconds is None else fault.seconds)
        feed = Feed(feed.market, feed.delay + older)
    if kind is FaultKind.OTHER_INSTRUMENT:
        asked = {**request.query, **request.form}
        request = replace(request, method="GET", query=other_query(feed, asked), body=b"")
    body = answer_markets(feed, request, ticks=ticks)
    if kind is FaultKind.CROSSED_QUOTE:
        return crossed(body)
    if kind in OF_LISTS and isinstance(body, dict):
        return nothing_listed(body, kind, of_account=False)
    return body

"""The ORATS emulator: token in the query, JSON or CSV, delayed or live."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.other_question import other_query
from infra.local.emulators.orats.asked import known_tickers, listed
from infra.local.emulators.orats.chains import ChainCall, StrikeChains
from infra.local.emulators.orats.dailies import daily_rows
from infra.local.emulators.orats.listings import expirations, ticker_rows
from infra.local.emulators.orats.options import option_rows
from infra.local.emulators.orats.problems import OratsRefusal
from infra.local.emulators.orats.summaries import summary_row
from infra.local.emulators.orats.writing import emptied, rows_answer
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import STALE_SECONDS, Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.rate_limit import RateLimiter
from infra.local.emulators.serving.vendor import VendorEmulator, retry_after

CALLS_PER_MINUTE: Final = 1000
CHAINS: Final = frozenset({"/strikes", "/live/strikes", "/live/strikes/monthly"})
SUMMARIES: Final = frozenset({"/summaries", "/live/summaries"})


class OratsEmulator(VendorEmulator):
    """The data vendor over a market."""

    vendor = Vendor.ORATS

    def __init__(
        self, feed: Feed, faults: FaultBook, lock: threading.RLock, wait: Callable[[float], None]
    ) -> None:
        super().__init__(faults, lock, feed.market.now, wait)
        self._feed = feed
        self._tokens: set[str] = set()
        self._limiter = RateLimiter()
        self._chains = StrikeChains()
        faults.watch_tokens(self.vendor, lambda _account: set(self._tokens))

    def add_token(self, token: str) -> None:
        """Let a token in, one that had expired too."""
        with self._lock:
            self._faults.expire_due(self._clock())
            self._faults.renew(self.vendor, token)
            self._tokens.add(token)

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path without its suffix."""
        return request.path.removesuffix(".csv").removesuffix(".json")

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of quotes or lists would bend anything about this call."""
        what = self._what(request)
        if kind in {FaultKind.EMPTY_LISTS, FaultKind.NULL_LISTS}:
            return True
        if kind is FaultKind.CROSSED_QUOTE:
            return what in CHAINS
        return kind in {FaultKind.OTHER_INSTRUMENT, FaultKind.STALE_QUOTE} and what in CHAINS | SUMMARIES

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429."""
        return json_response({"message": "Too Many Requests."}, 429, retry_after(retry_after_seconds))

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        try:
            token = request.query.get("token", "")
            if token not in self._tokens or self._faults.has_expired(self.vendor, token):
                raise OratsRefusal(401, "Unauthorized.")
            if self._limiter.count((token, "all"), CALLS_PER_MINUTE, self._clock()).refused:
                return self.too_many_calls(None)
            feed, kind = self._shown(fault), None if fault is None else fault.kind
            if kind is FaultKind.OTHER_INSTRUMENT:
                request = replace(request, query=other_query(feed, request.query))
            response = self._route(request, feed, crossed=kind is FaultKind.CROSSED_QUOTE)
        except OratsRefusal as refusal:
            return json_response({"message": str(refusal)}, refusal.status)
        return response if fault is None else emptied(response, fault.kind)

    def _shown(self, fault: Fault | None) -> Feed:
        """Return the feed whose quotes are shown in a call: an older one where a fault says so."""
        if fault is None or fault.kind is not FaultKind.STALE_QUOTE:
            return self._feed
        older = timedelta(seconds=STALE_SECONDS if fault.seconds is None else fault.seconds)
        return Feed(self._feed.market, self._feed.delay + older)

    def _what(self, request: EmulatorRequest) -> str:
        return self.endpoint(request).removeprefix("/datav2")

    def _route(self, request: EmulatorRequest, feed: Feed, *, crossed: bool) -> EmulatorResponse:
        asked = request.query
        as_csv = request.path.endswith(".csv")
        if request.method != "GET":
            raise OratsRefusal(404, "Not Found.")
        call = ChainCall(feed=feed, asked=asked, as_csv=as_csv, crossed=crossed)
        rows: Sequence[Mapping[str, object]]
        match self._what(request):
            case "/strikes":
                return self._chains.by_days(call, known_tickers(feed, asked))
            case "/live/strikes":
                return self._chains.by_days(call, known_tickers(feed, asked, most=1))
            case "/live/strikes/monthly":
                return self._chains.monthly(call)
            case "/live/expirations":
                return expirations(feed, asked)
            case "/strikes/options" | "/live/strikes/options":
                rows = _options(feed, asked)
            case "/tickers":
                rows = ticker_rows(feed, asked)
            case "/summaries" | "/live/summaries":
                rows = [summary_row(feed, ticker) for ticker in known_tickers(feed, asked)]
            case "/hist/dailies":
                rows = daily_rows(feed, asked)
            case _:
                raise OratsRefusal(404, "Not Found.")
        return rows_answer(rows, asked, as_csv=as_csv)


def _options(feed: Feed, asked: Mapping[str, str]) -> list[Mapping[str, object]]:
    rows = list(option_rows(feed, listed(asked.get("tickers", ""), "tickers")))
    if not rows:
        raise OratsRefusal(404, "Not Found.")
    return rows

"""The exchange: its public calls without a key, its signed ones, weights by address, bans."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final, TypeVar

from infra.local.emulators.binance.asked import candles_asked, one_pair, pairs_asked
from infra.local.emulators.binance.problems import BinanceRefusal, StayAway
from infra.local.emulators.binance.rows import (
    average_row,
    book_row,
    candle_rows,
    day_row,
    exchange_info,
    milliseconds,
    price_row,
)
from infra.local.emulators.binance.streams import StreamSession
from infra.local.emulators.binance.trading.call import Bent, bent_by
from infra.local.emulators.binance.trading.calls import WEIGHTS
from infra.local.emulators.binance.trading.counts import TooManyOrders
from infra.local.emulators.binance.trading.desk import TradingDesk
from infra.local.emulators.binance.weights import Weights
from infra.local.emulators.market.coins import CoinPrices, Pair
from infra.local.emulators.serving.exchange import (
    EmulatorRequest,
    EmulatorResponse,
    json_response,
    text_response,
)
from infra.local.emulators.serving.faults import STALE_SECONDS, Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.vendor import VendorEmulator

T = TypeVar("T")

ROOT: Final = "/api/v3"
CANDLES: Final = "/klines"
QUOTES: Final = frozenset({CANDLES, "/uiKlines", "/ticker/price", "/ticker/bookTicker", "/ticker/24hr"})
#: What a call weighs by the path, when it names one pair, several, or all (wire, 3).
_WEIGHTS: Final[Mapping[str, tuple[int, int, int]]] = {
    "/ping": (1, 1, 1),
    "/time": (1, 1, 1),
    "/exchangeInfo": (20, 20, 20),
    CANDLES: (2, 2, 2),
    "/uiKlines": (2, 2, 2),
    "/avgPrice": (2, 2, 2),
    "/ticker/24hr": (2, 2, 80),
    "/ticker/price": (2, 4, 4),
    "/ticker/bookTicker": (2, 4, 4),
}
_CANCELS: Final = frozenset({("DELETE", "/order"), ("DELETE", "/orderList")})
_FEW_PAIRS, _FEW_WEIGHT, _SEVERAL_WEIGHT, _ALL_FROM = 20, 2, 40, 101


class BinanceEmulator(VendorEmulator):
    """The exchange over coins' prices."""

    vendor = Vendor.BINANCE

    def __init__(
        self,
        coins: CoinPrices,
        faults: FaultBook,
        lock: threading.RLock,
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
    ) -> None:
        super().__init__(faults, lock, clock, wait)
        self.coins = coins
        self.desk = TradingDesk(coins)
        self._weights = Weights()
        #: How far its clock is ahead of everybody's.
        self.clock_ahead = timedelta(0)

    # Streams; whoever serves them asks what is due.

    def stream(self, names: Sequence[str], *, is_combined: bool) -> StreamSession:
        """Open a connection's streams."""
        with self._lock:
            return StreamSession(self.coins, self._clock, names, is_combined=is_combined)

    def due(self, session: StreamSession) -> list[dict[str, object]]:
        """Return what a connection is to be told now."""
        with self._lock:
            return session.due()

    def asked(self, session: StreamSession, request: object) -> dict[str, object]:
        """Answer what a connection's client sends."""
        with self._lock:
            return session.asked(request)

    # Calls.

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path."""
        return request.path

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of quotes or lists would bend anything about this call."""
        path = request.path.removeprefix(ROOT)
        return (
            (kind is FaultKind.STALE_QUOTE and path in QUOTES)
            or (kind is FaultKind.EMPTY_LISTS and path == CANDLES)
            or (kind is FaultKind.PARTIAL_FILL and (request.method, path) == ("POST", "/order"))
            or (kind is FaultKind.CANCEL_LOSES and (request.method, path) in _CANCELS)
        )

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429."""
        headers = {} if retry_after_seconds is None else {"Retry-After": str(round(retry_after_seconds))}
        body = {"code": -1003, "msg": "Too much request weight used; current limit is 6000 per 1 MINUTE."}
        return json_response(body, 429, headers)

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        now = self._clock()
        path = request.path.removeprefix(ROOT)
        is_signed = (request.method, path) in WEIGHTS
        is_public = path in _WEIGHTS and request.method == "GET"
        if not request.path.startswith(ROOT) or not (is_signed or is_public):
            return text_response("<html><body><h2>404 Not found</h2></body></html>", 404)
        shown = now
        if fault is not None and fault.kind is FaultKind.STALE_QUOTE:
            shown -= timedelta(seconds=STALE_SECONDS if fault.seconds is None else fault.seconds)
        headers = {"Date": format_datetime(now.astimezone(UTC), usegmt=True)}
        try:
            if is_signed:
                body, told = self._signed(request, path, now, fault)
                return json_response(body, 200, {**headers, **self._used(), **told})
            self._weights.use(_weight(path, request.query), now)
            empty = fault is not None and fault.kind is FaultKind.EMPTY_LISTS
            shown_body = [] if empty else self._body(path, request.query, now, shown)
            response = json_response(shown_body, 200, {**headers, **self._used()})
        except StayAway as refusal:
            headers |= {"Retry-After": str(refusal.retry_after), **self._used()}
            response = json_response(refusal.body, refusal.status, headers)
        except TooManyOrders as refusal:
            headers |= {"Retry-After": str(refusal.retry_after), **self._used()}
            response = json_response(refusal.body, refusal.status, headers)
        except BinanceRefusal as refusal:
            response = json_response(refusal.body, refusal.status, {**headers, **self._used()})
        return response

    def _signed(
        self, request: EmulatorRequest, path: str, now: datetime, fault: Fault | None
    ) -> tuple[object, dict[str, str]]:
        bent = Bent() if fault is None else bent_by(fault)
        return self.desk.answer(request, path, self._weights, now, bent, self.clock_ahead)

    def has_account(self, account_id: str) -> bool:
        """Say whether there is such an account."""
        with self._lock:
            return account_id in self.desk.state().books

    def see(self, look: Callable[[TradingDesk], T]) -> T:
        """Look at the accounts as they stand now, or change them, while nobody calls."""
        with self._lock:
            self.desk.catch_up(self._clock())
            return look(self.desk)

    def others_use(self, weight: int) -> None:
        """Have somebody else behind the same address use weight of this minute."""
        with self._lock:
            self._weights.used_elsewhere(weight, self._clock())

    def catch_up(self) -> None:
        """Let everything happen in the accounts that is due."""
        with self._lock:
            self.desk.catch_up(self._clock())

    def _used(self) -> dict[str, str]:
        used = str(self._weights.used)
        return {"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used}

    def _body(self, path: str, query: Mapping[str, str], now: datetime, shown: datetime) -> object:
        coins = self.coins
        match path:
            case "/ping":
                return {}
            case "/time":
                return {"serverTime": milliseconds(now + self.clock_ahead)}
            case "/exchangeInfo":
                return exchange_info(pairs_asked(coins, query)[0], now)
            case "/klines" | "/uiKlines":
                return candle_rows(coins, candles_asked(coins, query, shown), shown)
            case "/avgPrice":
                return average_row(coins, one_pair(coins, query), now)
            case "/ticker/price":
                return self._each(query, lambda pair: price_row(coins, pair, shown))
            case "/ticker/bookTicker":
                return self._each(query, lambda pair: book_row(coins, pair, shown))
            case _:
                kind = query.get("type", "FULL")
                if kind not in {"FULL", "MINI"}:
                    raise BinanceRefusal(-1140, "Invalid ticker type.")
                return self._each(query, lambda pair: day_row(coins, pair, shown, is_full=kind == "FULL"))

    def _each(
        self, query: Mapping[str, str], row: Callable[[Pair], dict[str, object]]
    ) -> dict[str, object] | list[dict[str, object]]:
        pairs, is_one = pairs_asked(self.coins, query)
        rows = [row(pair) for pair in pairs]
        return rows[0] if is_one else rows


def _weight(path: str, query: Mapping[str, str]) -> int:
    one, several, everything = _WEIGHTS[path]
    if "symbol" in query:
        return one
    if "symbols" not in query:
        return everything
    return _weight_of_days(query["symbols"].count(",") + 1) if path == "/ticker/24hr" else several


def _weight_of_days(pairs: int) -> int:
    if pairs <= _FEW_PAIRS:
        return _FEW_WEIGHT
    return _SEVERAL_WEIGHT if pairs < _ALL_FROM else _WEIGHTS["/ticker/24hr"][2]

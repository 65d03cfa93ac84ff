"""CoinGecko's public API: simple prices without a key, worked out anew each minute, few calls a minute.

Its documentation tells paths, parameters, statuses and that prices are kept for 60 s. How many calls pass
without a key varies with its load (5 to 15 a minute): here it is the most. Words of errors are unconfirmed.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from infra.local.emulators.market.coins import CoinPrices
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import STALE_SECONDS, Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.rate_limit import RateLimiter
from infra.local.emulators.serving.vendor import VendorEmulator, retry_after

ROOT: Final = "/api/v3"
PRICES: Final = f"{ROOT}/simple/price"
CALLS_PER_MINUTE: Final = 15
KEPT_SECONDS: Final = 60
_NAMES: Final[Mapping[str, str]] = {
    "bitcoin": "BTCUSDT",
    "ethereum": "ETHUSDT",
    "solana": "SOLUSDT",
    "binancecoin": "BNBUSDT",
    "cardano": "ADAUSDT",
}
_ADDRESS: Final = "the one address"


class CoinGeckoEmulator(VendorEmulator):
    """A second opinion on what coins are worth, over the same market."""

    vendor = Vendor.COINGECKO

    def __init__(
        self,
        coins: CoinPrices,
        faults: FaultBook,
        lock: threading.RLock,
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
    ) -> None:
        super().__init__(faults, lock, clock, wait)
        self._coins = coins
        self._limiter = RateLimiter()

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path."""
        return request.path

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of quotes or lists would bend anything about this call."""
        return request.path == PRICES and kind in {FaultKind.STALE_QUOTE, FaultKind.EMPTY_LISTS}

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429."""
        body = {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}}
        return json_response(body, 429, retry_after(retry_after_seconds))

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        if self._limiter.count((_ADDRESS, "all"), CALLS_PER_MINUTE, self._clock()).refused:
            return self.too_many_calls(KEPT_SECONDS)
        if request.method != "GET":
            return json_response({"error": "Method not allowed"}, 405)
        if request.path == f"{ROOT}/ping":
            return json_response({"gecko_says": "(V3) To the Moon!"})
        if request.path != PRICES:
            return json_response({"error": "Incorrect path."}, 404)
        for needed in ("ids", "vs_currencies"):
            if not request.query.get(needed):
                return json_response({"error": f"Missing parameter {needed}"}, 422)
        return json_response(self._prices(request.query, None if fault is None else fault.kind))

    def _prices(self, query: Mapping[str, str], bent: FaultKind | None) -> dict[str, dict[str, object]]:
        """Return what is known of the coins asked for; unknown ones, and other currencies, are left out."""
        late = int(STALE_SECONDS) if bent is FaultKind.STALE_QUOTE else 0
        second = int(self._clock().timestamp()) // KEPT_SECONDS * KEPT_SECONDS - late
        names = [] if bent is FaultKind.EMPTY_LISTS else query["ids"].split(",")
        found: dict[str, dict[str, object]] = {}
        for name in names:
            symbol = _NAMES.get(name.strip().lower())
            if symbol is not None:
                found[name.strip().lower()] = self._row(symbol, query, second)
        return found

    def _row(self, symbol: str, query: Mapping[str, str], second: int) -> dict[str, object]:
        row: dict[str, object] = {}
        if "usd" in query["vs_currencies"].lower().split(","):
            row["usd"] = self._coins.price(symbol, datetime.fromtimestamp(second, UTC))
        if query.get("include_last_updated_at") == "true":
            row["last_updated_at"] = second
        return row

"""How many orders an account may place: in ten seconds and in a day (wire/binance.md, 3)."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from infra.local.emulators.binance.problems import BinanceRefusal

TEN_SECONDS, TEN_SECONDS_MAX = timedelta(seconds=10), 100
DAY, DAY_MAX = timedelta(days=1), 200_000
_WINDOWS: Final = ((TEN_SECONDS, TEN_SECONDS_MAX, "10S", "10 SECOND"), (DAY, DAY_MAX, "1D", "1 DAY"))


class TooManyOrders(BinanceRefusal):
    """An account's orders of a window are used up."""

    def __init__(self, allowed: int, window: str, retry_after: int) -> None:
        super().__init__(-1015, f"Too many new orders; current limit is {allowed} orders per {window}.", 429)
        self.retry_after = retry_after


class OrderCounts:
    """The orders of one account that have not filled at all, by the moments at which they came."""

    def __init__(self) -> None:
        self._placed: deque[tuple[datetime, int]] = deque()

    def use(self, count: int, now: datetime) -> None:
        """Count new orders, or raise TooManyOrders."""
        self.check(count, now)
        self._placed.append((now, count))

    def check(self, count: int, now: datetime) -> None:
        """Raise TooManyOrders where so many more would be too many."""
        for window, allowed, _, name in _WINDOWS:
            if self.used(window, now) + count > allowed:
                oldest = next((at for at, _ in self._placed if now - at < window), now)
                left = round((oldest + window - now).total_seconds())
                raise TooManyOrders(allowed, name, max(1, left))

    def give_back(self, count: int) -> None:
        """Take back what filled at once: such orders do not count."""
        if self._placed and count:
            at, held = self._placed.pop()
            if held > count:
                self._placed.append((at, held - count))

    def used(self, window: timedelta, now: datetime) -> int:
        """Return how many count in a window that ends now."""
        while self._placed and now - self._placed[0][0] >= DAY:
            self._placed.popleft()
        return sum(count for at, count in self._placed if now - at < window)

    def headers(self, now: datetime) -> dict[str, str]:
        """Return what the exchange tells of it with each order."""
        return {f"X-MBX-ORDER-COUNT-{short}": str(self.used(window, now)) for window, _, short, _ in _WINDOWS}

    def rows(self, now: datetime) -> list[dict[str, object]]:
        """Return what `rateLimit/order` shows."""
        names = (("SECOND", 10), ("DAY", 1))
        return [
            {
                "rateLimitType": "ORDERS",
                "interval": interval,
                "intervalNum": number,
                "limit": allowed,
                "count": self.used(window, now),
            }
            for (interval, number), (window, allowed, _, _) in zip(names, _WINDOWS, strict=True)
        ]

"""Fixed one-minute windows that start with the first call, in product time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a window allowed when a call came; `used` counts that call unless it was refused."""

    allowed: int
    used: int
    expires_at: datetime
    refused: bool

    def headers(self) -> dict[str, str]:
        """Return Tradier's four headers; the expiry in milliseconds since 1970."""
        return {
            "X-Ratelimit-Allowed": str(self.allowed),
            "X-Ratelimit-Used": str(self.used),
            "X-Ratelimit-Available": str(max(0, self.allowed - self.used)),
            "X-Ratelimit-Expiry": str(int(self.expires_at.timestamp() * 1000)),
        }


@dataclass(slots=True)
class _Window:
    started_at: datetime
    used: int = 0


@dataclass(slots=True)
class RateLimiter:
    """Windows by key (token and bucket)."""

    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def count(self, key: tuple[str, str], allowed: int, now: datetime) -> Allowance:
        """Count one call, or refuse it when the window is spent."""
        window = self._windows.get(key)
        if window is None or not window.started_at <= now < window.started_at + WINDOW:
            window = self._windows[key] = _Window(now)
        refused = window.used >= allowed
        if not refused:
            window.used += 1
        return Allowance(
            allowed=allowed, used=window.used, expires_at=window.started_at + WINDOW, refused=refused
        )

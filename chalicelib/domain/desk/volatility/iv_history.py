"""Where today's implied volatility stands among a year's stored ones (B-03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

DAYS: Final = 252
#: Fewer stored days are missing data: a rank of 12 days says nothing.
DAYS_MIN: Final = 126


@dataclass(frozen=True, slots=True, kw_only=True)
class IvRange:
    """The lowest and the highest of the last stored daily values, fractions, and how many there are."""

    STORED_AS_LIST: ClassVar = True

    days: int
    low: float
    high: float

    @property
    def is_long_enough(self) -> bool:
        """Say whether it reaches back far enough to rank by."""
        return self.days >= DAYS_MIN

    def rank(self, now: float | None) -> float | None:
        """Return (now - low) / (high - low) × 100, 0 to 100; None with too few days, or all alike."""
        if now is None or not self.is_long_enough or self.high <= self.low:
            return None
        return min(max((now - self.low) / (self.high - self.low), 0.0), 1.0) * 100


def iv_range(stored: Sequence[float]) -> IvRange | None:
    """Return the range of the last 252 of daily values, oldest first; None without any."""
    last = stored[-DAYS:]
    return IvRange(days=len(last), low=min(last), high=max(last)) if last else None


def iv_percentile(now: float | None, stored: Sequence[float]) -> float | None:
    """Return the share of the last 252 days below `now` in per cent; None with too few."""
    last = stored[-DAYS:]
    if now is None or len(last) < DAYS_MIN:
        return None
    return sum(one < now for one in last) / len(last) * 100

"""Two switches over plain selection, off until a stored backtest shows that they are better (B-04)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.desk.strategies.strategy import Between, EntryConditions

SKEW_MIN: Final = 0.02
_WIDER: Final = Decimal("1.5")
_NERVOUS_VIX: Final = 25.0
_CALM_VIX: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DteRange:
    """Calendar days to expiry, both ends included."""

    low: int
    high: int

    def contains(self, dte: int) -> bool:
        """Say whether an expiry so far away may be entered."""
        return self.low <= dte <= self.high

    def apart(self, dte: int) -> int:
        """Return how many days outside the range an expiry lies, 0 inside."""
        return max(self.low - dte, dte - self.high, 0)


def dte_range(conditions: EntryConditions, vix: float | None) -> DteRange:
    """Return the days that are looked at: nearer when VIX is above 25, further when it is below 15."""
    plain = DteRange(low=conditions.dte_min, high=conditions.dte_max)
    if not conditions.dynamic_dte or vix is None:
        return plain
    if vix > _NERVOUS_VIX:
        return DteRange(low=max(14, plain.low - 10), high=max(30, plain.high - 15))
    if vix < _CALM_VIX:
        return replace(plain, high=max(plain.low, min(90, plain.high + 15)))
    return plain


def first_after(expiries: Sequence[date], earnings: date | None, last: date) -> date | None:
    """Return the first expiry after earnings that are near: not later than the last day looked at."""
    if earnings is None or earnings > last:
        return None
    return min((expiry for expiry in expiries if expiry > earnings), default=None)


def put_wing(width: Between, skew: float | None, *, skew_aware: bool) -> Between:
    """Return the put wing's width: half as wide again where puts are dear."""
    if not skew_aware or skew is None or skew <= SKEW_MIN:
        return width
    return Between(low=width.low * _WIDER, high=width.high * _WIDER)

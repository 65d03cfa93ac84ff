"""How far P&L has fallen: since 00:00 UTC, and from its running peak (C-03, C-13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """P&L is realised and open together; `peak` is the highest since the start or the last resume."""

    at_midnight: Decimal
    peak: Decimal

    def followed(self, pnl: Iterable[Decimal]) -> "Fall":
        """Return the fall after later figures: the peak is theirs where one is higher."""
        return Fall(at_midnight=self.at_midnight, peak=max([self.peak, *pnl]))


def daily_pct(fall: Fall, pnl: Decimal | None, portfolio_at_midnight: Decimal | None) -> Decimal | None:
    """Return the day's loss in per cent of the portfolio at 00:00 UTC, 0 for a gain; None: not known."""
    if pnl is None or portfolio_at_midnight is None or portfolio_at_midnight <= 0:
        return None
    return max(fall.at_midnight - pnl, ZERO) / portfolio_at_midnight * 100


def total_pct(fall: Fall, pnl: Decimal | None, portfolio_at_start: Decimal | None) -> Decimal | None:
    """Return the fall from the peak in per cent of the portfolio at the peak; None: not known."""
    if pnl is None or portfolio_at_start is None:
        return None
    at_peak = portfolio_at_start + fall.peak
    return None if at_peak <= 0 else max(fall.peak - pnl, ZERO) / at_peak * 100

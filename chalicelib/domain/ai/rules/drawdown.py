"""How far P&L has fallen: since 00:00 UTC, and from its running peak (C-03, C-13)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from chalicelib.domain.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """P&L is realised and open together, in USDT; `peak` is the highest since the start or the last resume.

    `portfolio_at_midnight` was the account's equity when the UTC day `day` began, `portfolio_at_start` what
    it would have been without this P&L. A `peak` of None is one that the next look begins.
    """

    day: date
    at_midnight: Decimal
    portfolio_at_midnight: Decimal
    peak: Decimal | None
    portfolio_at_start: Decimal

    def followed(self, pnl: Iterable[Decimal]) -> "Fall":
        """Return the fall after later figures: the peak is theirs where one is higher."""
        known = [] if self.peak is None else [self.peak]
        return replace(self, peak=max([*known, *pnl], default=None))


def looked(before: Fall | None, today: date, pnl: Decimal, portfolio: Decimal) -> Fall:
    """Return the fall once P&L and the account's equity were looked at on a UTC day.

    The day's first look begins its measure, the first of all begins the peak.
    """
    if before is None:
        return Fall(
            day=today,
            at_midnight=pnl,
            portfolio_at_midnight=portfolio,
            peak=pnl,
            portfolio_at_start=portfolio - pnl,
        )
    if today > before.day:
        before = replace(before, day=today, at_midnight=pnl, portfolio_at_midnight=portfolio)
    if before.peak is None:
        before = replace(before, portfolio_at_start=portfolio - pnl)
    return before.followed([pnl])


def daily_pct(fall: Fall, pnl: Decimal | None) -> Decimal | None:
    """Return the day's loss in per cent of the portfolio at 00:00 UTC, 0 for a gain; None: not known."""
    if pnl is None or fall.portfolio_at_midnight <= 0:
        return None
    return max(fall.at_midnight - pnl, ZERO) / fall.portfolio_at_midnight * 100


def total_pct(fall: Fall, pnl: Decimal | None) -> Decimal | None:
    """Return the fall from the peak in per cent of the portfolio at the peak; None: not known."""
    if pnl is None or fall.peak is None:
        return None
    at_peak = fall.portfolio_at_start + fall.peak
    return None if at_peak <= 0 else max(fall.peak - pnl, ZERO) / at_peak * 100

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
    it would have been without this P&L. A `peak` of None is one that the next look begins. `lowest` is the
    day's: a limit that was reached holds until the next day.
    """

    day: date
    at_midnight: Decimal
    portfolio_at_midnight: Decimal
    peak: Decimal | None
    portfolio_at_start: Decimal
    lowest: Decimal | None = None

    def is_begun_on(self, today: date) -> bool:
        """Say whether a look today needs no more than P&L: its day and its peak have begun."""
        return self.day == today and self.peak is not None

    def followed(self, pnl: Iterable[Decimal]) -> "Fall":
        """Return the fall after later figures: peak and low are theirs where they are beyond."""
        found = list(pnl)
        peak = [] if self.peak is None else [self.peak]
        lowest = [] if self.lowest is None else [self.lowest]
        return replace(
            self,
            peak=max([*peak, *found], default=None),
            lowest=min([*lowest, *found], default=None),
        )


def looked(before: Fall | None, today: date, pnl: Decimal, portfolio: Decimal) -> Fall:
    """Return the fall once P&L and the account's equity were looked at on a UTC day.

    The day's first look begins its measure. P&L began at nothing: what was lost before the first look of all
    is a fall, too.
    """
    if before is None:
        before = Fall(
            day=today,
            at_midnight=ZERO,
            portfolio_at_midnight=portfolio - pnl,
            peak=ZERO,
            portfolio_at_start=portfolio - pnl,
        )
    if today > before.day:
        before = replace(before, day=today, at_midnight=pnl, portfolio_at_midnight=portfolio, lowest=None)
    if before.peak is None:
        before = replace(before, portfolio_at_start=portfolio - pnl)
    return before.followed([pnl])


def daily_pct(fall: Fall, pnl: Decimal | None) -> Decimal | None:
    """Return the day's worst loss in per cent of the portfolio at 00:00 UTC, 0 for none; None: not known."""
    if pnl is None or fall.portfolio_at_midnight <= 0:
        return None
    worst = pnl if fall.lowest is None else min(fall.lowest, pnl)
    return max(fall.at_midnight - worst, ZERO) / fall.portfolio_at_midnight * 100


def total_pct(fall: Fall, pnl: Decimal | None) -> Decimal | None:
    """Return the fall from the peak in per cent of the portfolio at the peak; None: not known."""
    if pnl is None or fall.peak is None:
        return None
    at_peak = fall.portfolio_at_start + fall.peak
    return None if at_peak <= 0 else max(fall.peak - pnl, ZERO) / at_peak * 100

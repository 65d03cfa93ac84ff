"""What the past says of how an underlying and its volatility move (B-09): betas, returns, changes of IV.

Days are matched by their dates: a history with a hole tells of the days that it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import sqrt
from typing import Final

import numpy as np

from chalicelib.domain.desk.risk.factors import RHO, TRADING_DAYS
from chalicelib.domain.options.normal import Array

BETA_DAYS: Final = 252
#: Half a year of returns in common; from fewer a beta is a guess.
BETA_DAYS_MIN: Final = 126
RETURN_DAYS: Final = 60
IV_DAYS: Final = 20
#: A volatility that is a function of its price leaves nothing of its own, and no sample is so sure.
_RHO_MOST: Final = 0.95
_POINTS: Final = 100

History = Sequence[tuple[date, float]]
"""Values by day, oldest first."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Past:
    """One underlying's history: closes of sessions, and 30-day ATM IVs as fractions."""

    closes: History = ()
    ivs: History = ()

    @cached_property
    def returns(self) -> Mapping[date, float]:
        """Return each session's return by its day; every beta of a book asks for the market's."""
        pairs = zip(self.closes, self.closes[1:], strict=False)
        return {day: now / before - 1 for (_, before), (day, now) in pairs if before > 0}

    def last_returns(self) -> Array | None:
        """Return the last 60 returns, the newest last; None: the history is shorter."""
        found = list(self.returns.values())[-RETURN_DAYS:]
        return np.array(found) if len(found) == RETURN_DAYS else None

    def realised(self) -> float | None:
        """Return the yearly volatility of the last 60 returns."""
        found = self.last_returns()
        return None if found is None else float(found.std(ddof=1)) * sqrt(TRADING_DAYS)

    def iv_changes(self) -> dict[date, float]:
        """Return the last 20 daily changes of IV in points by their days."""
        pairs = zip(self.ivs, self.ivs[1:], strict=False)
        found = [(day, (now - before) * _POINTS) for (_, before), (day, now) in pairs]
        return dict(found[-IV_DAYS:])


def usual_change(changes: Sequence[float]) -> float | None:
    """Return the deviation of 20 daily changes; None from fewer."""
    if len(changes) < IV_DAYS:
        return None
    return float(np.std(changes[-IV_DAYS:], ddof=1))


def beta(past: Past, market: Past) -> float | None:
    """Return an underlying's beta over the last 252 returns that both have; None from too few."""
    own, whole = past.returns, market.returns
    days = [day for day in own if day in whole][-BETA_DAYS:]
    if len(days) < BETA_DAYS_MIN:
        return None
    moved = np.array([[own[day], whole[day]] for day in days])
    together = np.cov(moved, rowvar=False)
    return float(together[0, 1] / together[1, 1]) if together[1, 1] > 0 else None


def rho(past: Past) -> float:
    """Return how IV moved with its price over the last 20 days; -0.7 where history does not say."""
    changes, own = past.iv_changes(), past.returns
    days = [day for day in changes if day in own]
    if len(days) < IV_DAYS:
        return RHO
    moved = np.array([[changes[day], own[day]] for day in days])
    if not moved.std(axis=0).all():
        return RHO
    found = float(np.corrcoef(moved, rowvar=False)[0, 1])
    return min(max(found, -_RHO_MOST), _RHO_MOST)

"""The seller's view of where an underlying ends (B-04): lognormal, zero drift, under a volatility of its own.

`sigma` is the larger of the 20-day realised volatility and half the ATM IV of the expiry: under the implied
volatility itself no fairly priced credit is worth anything.
"""

from dataclasses import dataclass
from datetime import datetime
from math import log
from typing import Final

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.options.black_scholes import Conditions, normal_below, value

DAYS_A_YEAR: Final = 365
_IV_SHARE: Final = 0.5
_SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Today's price, the years that are left, and the volatility, yearly."""

    spot: float
    years: float
    sigma: float

    def under(self, volatility: float) -> "View":
        """Return the same under another volatility."""
        return View(spot=self.spot, years=self.years, sigma=volatility)

    def ends_below(self, price: float) -> float:
        """Return the probability that the underlying ends below a price."""
        if price <= 0:
            return 0.0
        at = self._conditions()
        moved = log(price / self.spot)
        if at.deviation <= 0:
            return 1.0 if moved > 0 else 0.0
        return normal_below(moved / at.deviation + at.deviation / 2)

    def mean_payoff(self, right: OptionType, strike: float) -> float:
        """Return what one share's worth of an option pays on average at its expiry."""
        return value(right, strike, self._conditions())

    def _conditions(self) -> Conditions:
        return Conditions(spot=self.spot, years=self.years, rate=0.0, volatility=self.sigma)


def sigma_of(realised: float, atm_iv: float) -> float:
    """Return the volatility of the seller's view."""
    return max(realised, _IV_SHARE * atm_iv)


def years_left(dte: int, at: datetime, closes_at: datetime | None) -> float:
    """Return the years to an expiry: calendar days, on the last day the time to its close."""
    if dte > 0 or closes_at is None:
        return max(dte, 0) / DAYS_A_YEAR
    return max((closes_at - at).total_seconds(), 0.0) / _SECONDS_A_DAY / DAYS_A_YEAR

"""What selection answers: small, without arrays, fit to be stored and judged again."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.desk.book import Book, Greeks, Holding, net
from chalicelib.domain.desk.selection.commissions import Commission
from chalicelib.domain.desk.selection.economics import Economics, economics
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.view import View, sigma_of, years_left
from chalicelib.domain.desk.strategies.strategy_types import StrategyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The structure ranked first, by its legs' quotes; `atm_iv` is its expiry's."""

    expiry: date
    dte: int
    atm_iv: float
    legs: tuple[LegQuote, ...]
    multiplier: float = 100.0

    def view(self, at: datetime, spot: float, realised_volatility: float, closes_at: datetime | None) -> View:
        """Return the seller's view of its expiry."""
        return View(
            spot=spot,
            years=years_left(self.dte, at, closes_at),
            sigma=sigma_of(realised_volatility, self.atm_iv),
        )

    def greeks_of(self, qty: int) -> Book | None:
        """Return what `qty` of it add to a book; None where a leg's Greeks are not known."""
        held = qty * self.multiplier
        return net(Holding(units=leg.units * held, greeks=_greeks(leg)) for leg in self.legs)

    def economics(self, kind: StrategyType, view: View, commission: Commission) -> Economics:
        """Return what one of it is worth."""
        return economics(kind, self.legs, view, self.atm_iv, commission, self.multiplier)


def _greeks(leg: LegQuote) -> Greeks | None:
    if leg.delta is None or leg.gamma is None or leg.vega is None:
        return None
    return Greeks(delta=leg.delta, gamma=leg.gamma, vega=leg.vega)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was looked through and found; `dte_min` and `dte_max` are those in force, switches counted in.

    `strikes` are listed in the expiries in range, `nearest_dte` is the listed expiry in or nearest to it.
    `lacks` names what was not known, so that nothing could be looked through.
    """

    kind: StrategyType
    dte_min: int
    dte_max: int
    nearest_dte: int | None = None
    strikes: int = 0
    candidates: int = 0
    best_credit: float | None = None
    candidate: Candidate | None = None
    lacks: str | None = None

"""What one structure is worth to who sells it (B-04): probability, profit, loss, cost, by type.

    EV_net = POP × max_profit - (1 - POP) × max_loss - friction

Dollars are of one structure. Slippage enters once, in the credit. A credit is per share and above 0; a debit
is a credit below 0. `rank` does the same for a whole chain at once and is held to this by a test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final, TypeVar

from chalicelib.domain.desk.selection.commissions import Commission
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.view import View
from chalicelib.domain.desk.strategies.strategy_types import SINGLE_LEG, StrategyType
from chalicelib.domain.instruments.symbols import OptionType

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: What an entry is expected to lose against the mid, in per cent of it: ours until fills say otherwise.
SLIPPAGE_PCT: Final = 0.5
ONE_PER_CENT: Final = 0.01

Figure = TypeVar("Figure", float, "npt.NDArray[np.float64]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """Figures of one structure. Dollars, but for the credit per share; probabilities are fractions.

    `mid_credit` is before slippage. `pot` is the chance that a short strike is touched, `expected_move` the
    underlying's to the expiry in dollars. `gamma_loss_1pct` is None where a leg's gamma is not known.
    """

    mid_credit: float
    credit: float
    pop: float
    pop_implied: float
    max_profit: float
    max_loss: float
    friction: float
    ev_net: float
    ev_mean: float
    pot: float
    expected_move: float
    gamma_loss_1pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Where a structure ends with a profit: between two prices of the underlying."""

    low: float
    high: float


def ev_net(pop: Figure, max_profit: Figure, max_loss: Figure, friction: float) -> Figure:
    """Return the expected value after costs: of one structure, or of many at once."""
    return pop * max_profit - (1.0 - pop) * max_loss - friction


def after_slippage(mid_credit: Figure) -> Figure:
    """Return the credit that is expected at a mid credit of 0 or more."""
    return mid_credit * (1.0 - SLIPPAGE_PCT / 100)


def debit_after_slippage(mid_debit: Figure) -> Figure:
    """Return the debit that is expected at a mid debit."""
    return mid_debit * (1.0 + SLIPPAGE_PCT / 100)


def gamma_loss(gamma_shares: Figure, spot: float) -> Figure:
    """Return what a one per cent move costs: ½ × |gamma| × (0.01 S)², gamma in shares per dollar."""
    return abs(gamma_shares) * (0.5 * (ONE_PER_CENT * spot) ** 2)


def mid_credit_of(legs: Sequence[LegQuote]) -> float:
    """Return what entering brings per share at the mid of each leg; below 0: costs."""
    return round(-sum(leg.units * leg.mid for leg in legs), 6)


def wing_of(legs: Sequence[LegQuote], right: OptionType) -> float | None:
    """Return how far a right's long leg lies from its short one in dollars; None without both."""
    short = next((leg.strike for leg in legs if leg.right is right and leg.units < 0), None)
    far = [abs(leg.strike - short) for leg in legs if leg.right is right and leg.units > 0 and short]
    return max(far, default=None)


def widest_wing(legs: Sequence[LegQuote]) -> float:
    """Return the wider wing of a structure, 0 without any."""
    wings = (wing_of(legs, right) for right in OptionType)
    return max((wing for wing in wings if wing is not None), default=0.0)


def profit_zone(kind: StrategyType, legs: Sequence[LegQuote], credit: float) -> Zone:
    """Return between which prices a structure wins, as its type defines it (B-04's table)."""
    put = next((leg.strike for leg in legs if leg.units < 0 and leg.right is OptionType.PUT), None)
    call = next((leg.strike for leg in legs if leg.units < 0 and leg.right is OptionType.CALL), None)
    if kind is StrategyType.BUTTERFLY:
        strikes = [leg.strike for leg in legs]
        return Zone(low=min(strikes) - credit, high=max(strikes) + credit)
    if kind not in {StrategyType.IRON_FLY, StrategyType.IRON_BUTTERFLY}:
        return Zone(low=0.0 if put is None else put, high=inf if call is None else call)
    assert put is not None
    assert call is not None
    below, above = wing_of(legs, OptionType.PUT), wing_of(legs, OptionType.CALL)
    return Zone(
        low=put - credit if below is None or credit < below else 0.0,
        high=call + credit if above is None or credit < above else inf,
    )


def chance_inside(zone: Zone, under_put: View, under_call: View) -> float:
    """Return the probability of ending inside a zone, each edge under a view of its own."""
    above = 1.0 if zone.high == inf else under_call.ends_below(zone.high)
    return max(above - under_put.ends_below(zone.low), 0.0)


def result_bounds(
    kind: StrategyType, legs: Sequence[LegQuote], credit: float, pop: float, view: View, multiplier: float
) -> tuple[float, float]:
    """Return maximum profit and loss in dollars, as the type's row of B-04 has them."""
    if kind in SINGLE_LEG:
        (leg,) = legs
        return single_bounds(credit, pop, view.mean_payoff(leg.right, leg.strike), multiplier)
    wing = widest_wing(legs)
    if kind is StrategyType.BUTTERFLY:
        return (wing + credit) / 2 * multiplier, -credit * multiplier
    share = 0.5 if kind in {StrategyType.IRON_FLY, StrategyType.IRON_BUTTERFLY} else 1.0
    return share * credit * multiplier, (wing - credit) * multiplier


def single_bounds(credit: float, pop: float, mean_payoff: float, multiplier: float) -> tuple[float, float]:
    """Return a lone short's profit, and its loss: the mean payoff given that it ends in the money."""
    in_the_money = 1.0 - pop
    mean_loss = mean_payoff / in_the_money - credit if in_the_money > 0 else 0.0
    return credit * multiplier, max(mean_loss, 0.0) * multiplier


def ev_at(
    kind: StrategyType,
    legs: Sequence[LegQuote],
    credit: float,
    view: View,
    friction: float,
    multiplier: float,
) -> float:
    """Return EV_net of entering at exactly this credit, whatever the mid is."""
    pop = chance_inside(profit_zone(kind, legs, credit), view, view)
    profit, loss = result_bounds(kind, legs, credit, pop, view, multiplier)
    return ev_net(pop, profit, loss, friction)


def economics(
    kind: StrategyType,
    legs: Sequence[LegQuote],
    view: View,
    atm_iv: float,
    commission: Commission,
    multiplier: float,
) -> Economics:
    """Work out every figure of one structure at the legs' mids; `kind` is what is sold (never WHEEL)."""
    mid = mid_credit_of(legs)
    credit = after_slippage(mid) if mid >= 0 else -debit_after_slippage(-mid)
    friction = commission.round_trip(abs(leg.units) for leg in legs)
    zone = profit_zone(kind, legs, credit)
    pop = chance_inside(zone, view, view)
    profit, loss = result_bounds(kind, legs, credit, pop, view, multiplier)
    mean = sum(leg.units * view.mean_payoff(leg.right, leg.strike) for leg in legs)
    return Economics(
        mid_credit=mid,
        credit=credit,
        pop=pop,
        pop_implied=chance_inside(
            zone, _implied(legs, OptionType.PUT, view, atm_iv), _implied(legs, OptionType.CALL, view, atm_iv)
        ),
        max_profit=profit,
        max_loss=loss,
        friction=friction,
        ev_net=ev_net(pop, profit, loss, friction),
        ev_mean=(credit + mean) * multiplier - friction,
        pot=min(2 * sum(_in_the_money(leg, view) for leg in legs if leg.units < 0), 1.0),
        expected_move=view.spot * atm_iv * view.years**0.5,
        gamma_loss_1pct=_gamma_loss(legs, view.spot, multiplier),
    )


def _implied(legs: Sequence[LegQuote], right: OptionType, view: View, atm_iv: float) -> View:
    """Return the view under the IV of a right's short strike, the ATM one where it is not known."""
    shorts = [leg for leg in legs if leg.units < 0]
    of_right = next((leg.iv for leg in shorts if leg.right is right), None)
    return view.under(of_right or next((leg.iv for leg in shorts), None) or atm_iv)


def _in_the_money(leg: LegQuote, view: View) -> float:
    below = view.ends_below(leg.strike)
    return below if leg.right is OptionType.PUT else 1.0 - below


def _gamma_loss(legs: Sequence[LegQuote], spot: float, multiplier: float) -> float | None:
    gammas = [(leg.units, leg.gamma) for leg in legs]
    if any(gamma is None for _, gamma in gammas):
        return None
    return gamma_loss(sum(units * (gamma or 0.0) for units, gamma in gammas) * multiplier, spot)

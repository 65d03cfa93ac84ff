"""The book's figures at one moment (B-09): Greeks, scenarios, value at risk, concentration, use of caps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from chalicelib.domain.desk.book import Book, Caps, breaches
from chalicelib.domain.desk.risk.factors import Mover, groups_of
from chalicelib.domain.desk.risk.holdings import Net, net, rough_scenario, scenario
from chalicelib.domain.desk.risk.revaluation import PATHS, full_var
from chalicelib.domain.desk.risk.value_at_risk import approximate_var

#: Scenarios by their names, as shares of each underlying's price.
MOVES: Final[Mapping[str, float]] = MappingProxyType(
    {"1pct_up": 0.01, "1pct_down": -0.01, "2pct_up": 0.02, "2pct_down": -0.02, "5pct_down": -0.05}
)
CONFIDENCES: Final = (0.95, 0.99)
#: Where the two ways differ by more than this share, the full revaluation is shown.
DIFFERS: Final = 0.10
#: A leg with less than so many days left bends more than a quadratic form can.
SHORT_DAYS: Final = 7.0
#: |delta| above this share of its cap is told; so is a position above that share of the equity.
DELTA_WARNS: Final = 0.8
POSITION_WARNS: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAtRisk:
    """One confidence's dollars over a day: by the quadratic form, by full revaluation, and what is shown."""

    approximate: float
    full: float
    shown: float

    @property
    def larger(self) -> float:
        """Return what triggers go by."""
        return max(self.approximate, self.full)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """Dollars that may be lost at most: of positions one by one, and of each underlying's together."""

    positions: Sequence[float]
    underlyings: Mapping[str, float]
    equity: float | None

    @property
    def position_share(self) -> float | None:
        """Return the largest position's share of the equity; None without equity."""
        return self._share(max(self.positions, default=0.0))

    @property
    def underlying_share(self) -> float | None:
        """Return the largest underlying's share of the equity; None without equity."""
        return self._share(max(self.underlyings.values(), default=0.0))

    def _share(self, loss: float) -> float | None:
        return None if self.equity is None or self.equity <= 0 else loss / self.equity


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFigures:
    """The risk of a book. `scenarios` are dollars by name, `rough` the same by delta and gamma alone."""

    net: Net
    scenarios: Mapping[str, float]
    rough: Mapping[str, float]
    var_95: ValueAtRisk
    var_99: ValueAtRisk


def risk_figures(movers: Sequence[Mover], market_price: float | None, *, paths: int = PATHS) -> RiskFigures:
    """Return the figures of a book of which every leg is known; `market_price` is SPY's, None: not known."""
    book = [one.holdings for one in movers]
    var_95, var_99 = _values_at_risk(movers, paths)
    return RiskFigures(
        net=net(book, market_price),
        scenarios={name: scenario(book, move) for name, move in MOVES.items()},
        rough={name: rough_scenario(book, move) for name, move in MOVES.items()},
        var_95=var_95,
        var_99=var_99,
    )


def _values_at_risk(movers: Sequence[Mover], paths: int) -> tuple[ValueAtRisk, ValueAtRisk]:
    groups = groups_of(movers)
    bends = any(_days_left(one) < SHORT_DAYS for one in movers)
    full = full_var(groups, CONFIDENCES, paths=paths)
    first, second = (
        _shown(approximate_var(groups, confidence), exact, bends=bends)
        for confidence, exact in zip(CONFIDENCES, full, strict=True)
    )
    return first, second


def _shown(approximate: float, full: float, *, bends: bool) -> ValueAtRisk:
    differs = abs(approximate - full) > DIFFERS * full
    return ValueAtRisk(approximate=approximate, full=full, shown=full if bends or differs else approximate)


def _days_left(mover: Mover) -> float:
    years = mover.holdings.years[~mover.holdings.is_share]
    return float(np.min(years) * 365) if years.size else float("inf")


def utilisation(found: Net, caps: Caps) -> tuple[float | None, float | None, float | None]:
    """Return delta, gamma and vega against their caps, 1.0 for one that is reached; None: not set."""
    used = (
        None if cap is None else abs(figure) / float(cap)
        for figure, cap in zip((found.delta, found.gamma, found.vega), caps.limits, strict=True)
    )
    delta, gamma, vega = used
    return delta, gamma, vega


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskEvent:
    """A figure past what it may be; one that `blocks` stops entries."""

    name: str
    figure: float
    limit: float
    blocks: bool


def events(
    found: RiskFigures, caps: Caps, concentration: Concentration, max_daily_loss: float
) -> tuple[RiskEvent, ...]:
    """Return what stands against a book, what blocks entries first."""
    told = [
        RiskEvent(name=one.name, figure=one.figure, limit=float(one.cap), blocks=True)
        for one in breaches(Book(delta=found.net.delta, gamma=found.net.gamma, vega=found.net.vega), caps)
    ]
    if found.var_99.larger > max_daily_loss:
        told.append(RiskEvent(name="var_99", figure=found.var_99.larger, limit=max_daily_loss, blocks=True))
    used, cap = utilisation(found.net, caps)[0], caps.delta
    if used is not None and cap is not None and DELTA_WARNS < used <= 1:
        near = DELTA_WARNS * float(cap)
        told.append(RiskEvent(name="delta_near_cap", figure=found.net.delta, limit=near, blocks=False))
    share = concentration.position_share
    if share is not None and share > POSITION_WARNS:
        told.append(RiskEvent(name="position", figure=share, limit=POSITION_WARNS, blocks=False))
    return tuple(told)

"""Results in R, multiples of what a trade had at risk at first (A-15).

Source of the measure: Van Tharp, "Trade Your Way to Financial Freedom": expectancy is what a trade brings on
average for each dollar at risk, so it is the mean of R.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from statistics import median
from typing import Final

from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.summary import mean

_WIDTH: Final = Decimal("0.5")
_LOWEST: Final = Decimal(-3)
_HIGHEST: Final = Decimal(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Trades whose R lies in [low, high); None is no bound."""

    low: Decimal | None
    high: Decimal | None
    trades: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiples:
    """R of the trades of which it is known; undefined is None. `deviation` is the sample's (n − 1).

    `expectancy` is what winning and losing bring by their rates: win rate × average winner + loss rate ×
    average loser, which is the mean.
    """

    trades: int
    mean: Decimal | None
    expectancy: Decimal | None
    median: Decimal | None
    deviation: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    distribution: Sequence[Bin]


def multiples(outcomes: Iterable[Outcome]) -> Multiples:
    """Sum the R of trades up; those whose risk is not known are left out."""
    found = [one.r for one in outcomes]
    known = [one for one in found if one is not None]
    return Multiples(
        trades=len(known),
        mean=mean(known),
        expectancy=_expectancy(known),
        median=median(known) if known else None,
        deviation=_deviation(known),
        best=max(known, default=None),
        worst=min(known, default=None),
        distribution=_distribution(known),
    )


def _deviation(known: Sequence[Decimal]) -> Decimal | None:
    average = mean(known)
    if average is None or len(known) < 2:
        return None
    return (sum(((one - average) ** 2 for one in known), Decimal(0)) / (len(known) - 1)).sqrt()


def _expectancy(known: Sequence[Decimal]) -> Decimal | None:
    if not known:
        return None
    won, lost = [one for one in known if one > 0], [one for one in known if one < 0]
    sides = [(len(side), average) for side in (won, lost) if (average := mean(side)) is not None]
    return sum((count * average for count, average in sides), Decimal(0)) / len(known)


def _distribution(known: Iterable[Decimal]) -> list[Bin]:
    """Count by halves of R from −3 to 5, with what lies beyond at the ends; empty ones in between stay."""
    counts: dict[Decimal, int] = {}
    for one in known:
        step = (one / _WIDTH).to_integral_value(ROUND_FLOOR) * _WIDTH
        low = min(max(step, _LOWEST - _WIDTH), _HIGHEST)
        counts[low] = counts.get(low, 0) + 1
    if not counts:
        return []
    first, last = min(counts), max(counts)
    lows = [first + number * _WIDTH for number in range(int((last - first) / _WIDTH) + 1)]
    return [
        Bin(
            low=None if low < _LOWEST else low,
            high=None if low >= _HIGHEST else low + _WIDTH,
            trades=counts.get(low, 0),
        )
        for low in lows
    ]

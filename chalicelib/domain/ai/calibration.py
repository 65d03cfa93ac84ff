"""Calibrated confidence: how often a trader won at what its model said (C-09).

Isotonic regression of won (1) or not (0) on the stated confidence: the win rates that rise with it and are
nearest to what happened, by squares. Source: Barlow, Bartholomew, Bremner and Brunk, "Statistical Inference
under Order Restrictions" (1972), pool adjacent violators; between two steps it is linear, beyond the last
ones level, as scikit-learn's `IsotonicRegression` has it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from chalicelib.domain.ai.traders.trader import Trading

#: Fewer closed trades say nothing about a model's confidence.
TRADES_NEEDED: Final = 50


class Judged(NamedTuple):
    """What was said before a trade, 0 to 1, and whether the trade won."""

    confidence: Decimal
    won: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Trades of confidences in [lowest, highest] that share one win rate, a fraction."""

    lowest: Decimal
    highest: Decimal
    trades: int
    wins: int

    @property
    def win_rate(self) -> Decimal:
        """Return the share of its trades that won."""
        return Decimal(self.wins) / self.trades


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Steps of rising win rates, by rising confidence."""

    steps: tuple[Step, ...] = ()

    @property
    def trades(self) -> int:
        """Return how many closed trades it rests on."""
        return sum(step.trades for step in self.steps)

    @property
    def is_enough(self) -> bool:
        """Say whether it may take the place of the model's own word."""
        return self.trades >= TRADES_NEEDED

    def of(self, confidence: Decimal) -> Decimal:
        """Return the win rate to expect at a confidence; raises ValueError without any trade."""
        if not self.steps:
            raise ValueError("no trade has closed yet")
        first, last = self.steps[0], self.steps[-1]
        if confidence <= first.highest:
            return first.win_rate
        for below, above in pairwise(self.steps):
            if confidence < above.lowest:
                way = (confidence - below.highest) / (above.lowest - below.highest)
                return below.win_rate + way * (above.win_rate - below.win_rate)
            if confidence <= above.highest:
                return above.win_rate
        return last.win_rate


def calibrate(judged: Iterable[Judged]) -> Calibration:
    """Pool what was said the same, then neighbours whose win rates fall, until none fall."""
    ordered = sorted(judged)
    pooled: list[Step] = []
    for confidence, same in groupby(ordered, key=lambda one: one.confidence):
        step = _step(confidence, list(same))
        while pooled and pooled[-1].win_rate >= step.win_rate:
            step = _together(pooled.pop(), step)
        pooled.append(step)
    return Calibration(steps=tuple(pooled))


def _step(confidence: Decimal, same: Sequence[Judged]) -> Step:
    wins = sum(one.won for one in same)
    return Step(lowest=confidence, highest=confidence, trades=len(same), wins=wins)


def _together(below: Step, above: Step) -> Step:
    return Step(
        lowest=below.lowest,
        highest=above.highest,
        trades=below.trades + above.trades,
        wins=below.wins + above.wins,
    )


def compared_confidence(trading: Trading, calibration: Calibration, stated: Decimal) -> Decimal:
    """Return what a trader's minimum is held against: the model's word, or what it proved to be worth."""
    if trading.calibrated and calibration.is_enough:
        return calibration.of(stated)
    return stated

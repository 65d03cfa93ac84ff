"""How much of a result may be luck: its trades drawn again and again (Efron, "Bootstrap Methods", 1979)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

DRAWS: Final = 10_000
#: Fewer trades say nothing whatever they came to.
TRADES_MIN: Final = 10
_ROWS: Final = 500
_LOW, _HIGH = 2.5, 97.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a trade's mean, of dollars or of R, comes to in drawn sets of as many trades: its middle 95 per
    cent, and the share of sets that made nothing.
    """

    low: float
    high: float
    without_profit: float


def bootstrap(pnls: Sequence[float], seed: int) -> Drawn | None:
    """Draw sets of trades with replacement; None with under ten trades."""
    count = len(pnls)
    if count < TRADES_MIN:
        return None
    chance, values = np.random.default_rng([seed, 11]), np.array(pnls)
    means = np.concatenate(
        [values[chance.integers(0, count, (_ROWS, count))].mean(axis=1) for _ in range(DRAWS // _ROWS)]
    )
    low, high = np.percentile(means, (_LOW, _HIGH))
    return Drawn(low=float(low), high=float(high), without_profit=float(np.mean(means <= 0)))

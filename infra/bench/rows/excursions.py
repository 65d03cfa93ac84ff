"""Forensics over 10,000 trades of 390 minutes each: the figures of A-09 from marks in memory."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from chalicelib.domain.analysis.forensics import Holding, Marks, examine
from infra.bench.ground import MORNING, Ground
from infra.bench.measure import timed
from infra.bench.result import Bar, Bound, Outcome, Row

if TYPE_CHECKING:
    import numpy as np

SECONDS_MAX: Final = 2.0
_SEED: Final = 7
_MINUTE: Final = timedelta(minutes=1)
_MICROSECONDS: Final = 1_000_000


def measure(ground: Ground) -> list[Outcome]:
    """Measure; making the marks is the vendor's part and left out."""
    import numpy as np

    trades, minutes = ground.sizes.analysed_trades, ground.sizes.analysed_minutes
    random = np.random.default_rng(_SEED)
    holding = _holding(minutes)
    marks = [_marks(random, minutes) for _ in range(trades)]
    taken = timed(lambda: [examine(holding, one) for one in marks], rounds=max(1, ground.sizes.rounds // 3))
    return [
        Row(
            name="excursions",
            what=f"excursions and targets of {trades:,} trades × {minutes} minutes",
            value=taken.wall_ms / 1000,
            unit="s",
            cpu_ms=taken.cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=SECONDS_MAX),
            detail={"trades_per_second": round(trades / taken.wall_ms * 1000)},
        )
    ]


def _holding(minutes: int) -> Holding:
    """Return a trade that was held over all the minutes."""
    return Holding(
        entry_at=MORNING,
        ended_at=MORNING + minutes * _MINUTE,
        entry_price=Decimal("2.50"),
        quantity=Decimal(2),
        multiplier=Decimal(100),
        is_long=True,
        realized_pnl=Decimal("120.00"),
        fill_prices=(Decimal("2.50"), Decimal("3.10")),
        first_look_at=MORNING + 15 * _MINUTE,
        second_look_at=MORNING + 60 * _MINUTE,
    )


def _marks(random: "np.random.Generator", minutes: int) -> Marks:
    """Return a contract's minutes: a random walk of prices in cents."""
    import numpy as np

    first = np.round(2.5 + np.cumsum(random.normal(0, 0.02, minutes)), 2).clip(0.01)
    begin = int(MORNING.timestamp()) * _MICROSECONDS
    starts = begin + np.arange(minutes, dtype=np.int64) * 60 * _MICROSECONDS
    return Marks(
        starts=starts,
        ends=starts + 60 * _MICROSECONDS,
        first=first,
        high=np.round(first + 0.05, 2),
        low=np.round((first - 0.05).clip(0.01), 2),
    )

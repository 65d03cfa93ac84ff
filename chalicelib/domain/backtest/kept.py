"""What goes on between two slices of a backtest, and what is told of it: values without arrays."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.backtest.books import KeptAccount
from chalicelib.domain.backtest.positions import ClosedTrade, Position
from chalicelib.domain.backtest.sources import Source
from chalicelib.domain.backtest.tally import GateCount, Lack
from chalicelib.domain.desk.stored import as_stored
from chalicelib.domain.desk.volatility.iv_history import DAYS

#: Of so many trades the verdicts are kept with the log: an answer has its bounds.
GATES_KEPT: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """A day's equity at its end, open positions at their marks."""

    day: date
    equity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a run keeps between two slices; `account` None: it has not begun. `gaps`: days without a chain."""

    account: KeptAccount | None = None
    number: int = 0
    open: tuple[Position, ...] = ()
    trades: tuple[ClosedTrade, ...] = ()
    equity: tuple[EquityPoint, ...] = ()
    gates: tuple[GateCount, ...] = ()
    lacks: tuple[Lack, ...] = ()
    assumed: tuple[Source, ...] = ()
    gaps: tuple[date, ...] = ()


@dataclass(slots=True, kw_only=True)
class IvMemory:
    """Daily 30-day IV as the desk records it each evening: what was loaded, then what was seen on the way."""

    days: list[date] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def record(self, day: date, value: float | None) -> None:
        """Keep a day's value; one that was loaded already stays."""
        if value is not None and (not self.days or day > self.days[-1]):
            self.days.append(day)
            self.values.append(as_stored(value))
            del self.days[:-DAYS], self.values[:-DAYS]

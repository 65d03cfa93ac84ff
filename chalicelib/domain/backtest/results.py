"""What a backtest has come to, as it is stored: figures are worked out of it when it is told (B-12, B-16)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.backtest.kept import GATES_KEPT, EquityPoint, Kept
from chalicelib.domain.backtest.positions import ClosedTrade
from chalicelib.domain.backtest.request import BacktestRequest, Filling
from chalicelib.domain.backtest.tally import GateCount, Lack
from chalicelib.domain.desk.strategies.strategy_types import StrategyType

END_OF_DAY: Final = (
    "End-of-day data: entries are judged as at 15:29 New York, 31 minutes before the close, whatever the "
    "strategy's own window; exits stand for the whole session, the last day's buffer counted in. A stop is "
    "seen at the close only, not when it was touched."
)
CURVE: Final = (
    "The equity curve values open positions at their marks; what is open on the last day is left then."
)
STILL_OPEN: Final = (
    "Open positions at the end that could not be left, for want of a quote of a leg: {count}. The curve "
    "values them at their last marks, and no trade tells of them: its end is not what the trades add up to."
)
CALENDAR: Final = (
    "Earnings and dividends are those that came to be: whether they were announced by then is not known."
)
LEFT_OUT: Final = (
    "The kill switch, the day's loss limit, other strategies' positions, early assignment and dividends on "
    "shares held take no part."
)
MANY: Final = "Gates are told of the first 500 trades."
SLIPPAGE: Final = (
    "slippage_pct counts with the fill rule mid_pct alone: at the touch, fills take what is shown."
)
SHARES: Final = "A covered call begins with shares bought on the first day, as many as cash allows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A figure of a check by its name; None: undefined."""

    name: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check for bias, in plain words; `passed` None: it could not be made, or judges nothing."""

    name: str
    passed: bool | None
    words: str
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One set of parameters of a sweep, as JSON, and what it came to; None: undefined."""

    values: str
    trades: int
    total_pnl: Decimal
    win_rate: float | None
    profit_factor: float | None
    sharpe: float | None
    max_drawdown_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the result follows from: hashes of code and request, the data's fingerprint, and the seed."""

    code: str
    data: str
    request: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that is kept of a backtest that is done."""

    manifest: Manifest
    trades: tuple[ClosedTrade, ...]
    equity: tuple[EquityPoint, ...]
    gates: tuple[GateCount, ...]
    lacks: tuple[Lack, ...]
    assumed: tuple[str, ...]
    notes: tuple[str, ...]
    bias: tuple[Check, ...] = ()
    sweep: tuple[Cell, ...] = ()


def result_of(
    kept: Kept,
    asked: BacktestRequest,
    manifest: Manifest,
    *,
    of_data: tuple[str, ...],
    is_end_of_day: bool,
    bias: tuple[Check, ...] = (),
    sweep: tuple[Cell, ...] = (),
) -> Result:
    """Put a run that went through its range together."""
    return Result(
        manifest=manifest,
        trades=kept.trades,
        equity=kept.equity,
        gates=kept.gates,
        lacks=kept.lacks,
        assumed=tuple(source.value for source in kept.assumed),
        notes=tuple(_notes(kept, asked, of_data, is_end_of_day=is_end_of_day)),
        bias=bias,
        sweep=sweep,
    )


def _notes(
    kept: Kept, asked: BacktestRequest, of_data: tuple[str, ...], *, is_end_of_day: bool
) -> Iterator[str]:
    """Say what the figures rest on."""
    if kept.assumed:
        told = ", ".join(source.value for source in kept.assumed)
        yield f"Assumed, not known: {told}. Gates that need it passed because the request asked for it."
    yield from of_data
    if is_end_of_day:
        yield END_OF_DAY
    yield CURVE
    if kept.open:
        yield STILL_OPEN.format(count=len(kept.open))
    yield CALENDAR
    yield LEFT_OUT
    if kept.number > GATES_KEPT:
        yield MANY
    if asked.fill_rule is not Filling.MID_PCT:
        yield SLIPPAGE
    if asked.strategy.type is StrategyType.COVERED_CALL:
        yield SHARES

"""What a strategy would have done (B-12)."""

from typing import Literal

from pydantic import Field

from chalicelib.api.responses.base import DateText, FreeObject, Id, InstantText, Page, ResponseModel


class BacktestRow(ResponseModel):
    """A backtest as lists tell it; `progress` in per cent, 100 once it is done."""

    id: Id
    status: Literal["queued", "running", "done", "failed", "canceled"]
    progress: int
    created_at: InstantText
    request: FreeObject


class Backtest(BacktestRow):
    """A backtest; `result` is null until it is done, a `reason` where it failed.

    It has performance's names, `trade_log` (each trade with its R and its `payoff` as it was entered),
    `equity_curve`, `avg_days_in_trade`, `gates`, `missing`, `assumed`, `bias` (checks in plain words),
    `notes` on what the figures rest on, a sweep's cells and a `manifest`.
    """

    result: FreeObject | None


class BacktestPage(Page):
    """Backtests without their results, newest first."""

    items: list[BacktestRow]


class SetUnderlying(ResponseModel):
    """Of what a set has chains, from its first day to its last; `days` counts those it has."""

    symbol: str
    from_: DateText = Field(alias="from")
    to: DateText
    days: int


class BacktestSet(ResponseModel):
    """A loaded history; `source` and `file` are the words that a request names it with."""

    source: str
    file: str
    clock: str = Field(description="When its quotes were taken, New York")
    underlyings: list[SetUnderlying]
    faults: list[str] = Field(description="What was wrong with rows of its files, in words")


class BacktestSetPage(Page):
    """Loaded histories, by source and name."""

    items: list[BacktestSet]

"""What a strategy would have done (B-12)."""

from typing import Literal

from chalicelib.api.responses.base import FreeObject, Id, InstantText, Page, ResponseModel


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

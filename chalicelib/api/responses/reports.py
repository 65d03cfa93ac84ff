"""The desk's reports, as GET /api/reports/* answers them."""

from chalicelib.api.responses.base import DateText, Id, Number, ResponseModel
from chalicelib.api.responses.performance import Performance


class Report(Performance):
    """The figures of every performance; `slippage_pct` is against the mid when the entry was ordered.

    `credit_captured_pct` is how much of their credit `credit_trades` kept before fees on average, in per cent
    of what they could have kept.
    """

    credit_captured_pct: Number | None
    credit_trades: int


class DailyReport(Report):
    """What ended on a New York day, and how many trades were `entered`.

    `daily` are the days of the week up to it, `weekly` the weeks that the month up to it touches, `monthly`
    the year's months.
    """

    date: DateText
    entered: int


class ReportedStrategy(ResponseModel):
    """Which strategy."""

    id: Id
    name: str
    type: str
    underlying: str


class StrategyReport(Report):
    """What a strategy's trades came to over the last `days`, today included."""

    strategy: ReportedStrategy
    days: int


class BracketPoint(ResponseModel):
    """One cell of the grid: its stop and target, null for none, its place, and what it would have made."""

    sl: Number | None
    tp: Number | None
    row: int
    column: int
    pnl: Number
    win_rate: Number | None
    stopped: int
    reached: int
    ambiguous: int


class Brackets(ResponseModel):
    """What other stops and targets would have made of the same entries: a list for each of `sl`.

    Levels are per cents of a trade's risk basis, lost and gained, null for none; `pnl` is net of the fees
    that were paid. `unseen` trades had no marks and end as they did. `ambiguous` counts those among
    `stopped` of which the marks do not tell what came first. `is_cut`: only the newest `trades` are in it.
    """

    trades: int
    unseen: int
    is_cut: bool
    actual_pnl: Number
    sl: list[Number | None]
    tp: list[Number | None]
    pnl: list[list[Number]]
    stopped: list[list[int]]
    reached: list[list[int]]
    ambiguous: list[list[int]]
    chosen: BracketPoint | None
    best: BracketPoint | None

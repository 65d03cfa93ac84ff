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

"""Performance as GET /api/performance answers it."""

from pydantic import Field

from chalicelib.api.responses.base import DateText, Id, Number, ResponseModel


class Day(ResponseModel):
    """One trading day's realised P&L and the equity at its end."""

    date: DateText
    pnl: Number
    equity: Number


class Week(ResponseModel):
    """One week's P&L, named by its Monday."""

    from_: DateText = Field(alias="from")
    pnl: Number


class Month(ResponseModel):
    """One month's P&L, named `2026-03`."""

    month: str = Field(pattern=r"^\d{4}-\d\d$")
    pnl: Number


class Group(ResponseModel):
    """The trades of one key; null gathers those of which it is not known. `win_rate` is a fraction.

    `expectancy_r` is the mean of R over those of which it is known.
    """

    key: str | None
    trades: int
    win_rate: Number
    total_pnl: Number
    expectancy: Number
    expectancy_r: Number | None


class RankedStrategy(Group):
    """The best or the worst strategy by expectancy; `too_few` marks one of under 10 trades."""

    too_few: bool


class Groups(ResponseModel):
    """The trades by each key; weekday and hour are those of the entry in New York.

    A trade of several tags counts with each of them.
    """

    strategy: list[Group]
    ticker: list[Group]
    weekday: list[Group]
    hour: list[Group]
    score: list[Group]
    delta: list[Group]
    ai_verdict: list[Group]
    close_reason: list[Group]
    structure: list[Group]
    tag: list[Group]


class Verdicts(ResponseModel):
    """How often the AI was for a trade, how often it was right, and that in per cent of what it judged."""

    agree: int
    right: int
    right_pct: Number | None


class Excursion(ResponseModel):
    """How far a trade went each way while held, and where it ended, in per cent of its risk basis.

    `r` is its result over its initial risk: to its first stop, else the premium or the maximum loss.
    """

    trade_id: Id
    mfe_pct: Number | None
    mae_pct: Number | None
    pnl_pct: Number | None
    r: Number | None


class MultiplesBin(ResponseModel):
    """Trades whose R is at least `from` and under `to`; null is no bound."""

    from_: Number | None = Field(alias="from")
    to: Number | None
    trades: int


class Multiples(ResponseModel):
    """Results in R, multiples of the initial risk, of the trades of which that is known."""

    trades: int
    mean: Number | None
    expectancy: Number | None
    median: Number | None
    deviation: Number | None
    best: Number | None
    worst: Number | None
    distribution: list[MultiplesBin]


class SummaryFigures(ResponseModel):
    """Figures of ended trades: rates as fractions, `*_pct` in per cent, money net of fees."""

    trades: int
    wins: int
    losses: int
    breakeven: int
    win_rate: Number | None
    profit_factor: Number | None
    avg_win: Number | None
    avg_loss: Number | None
    expectancy: Number | None
    expectancy_r: Number | None = Field(
        description="Average P&L in units of the initial risk, of trades of which that is known"
    )
    payoff_ratio: Number | None
    best: Number | None
    worst: Number | None
    total_pnl: Number
    fees: Number
    slippage_pct: Number | None
    avg_hold_h: Number | None


class SplitPnl(ResponseModel):
    """Where the P&L of a strategy's analysed trades came from, in dollars: it adds up to `total_pnl`.

    `fees` and what fills cost against the mark are below 0; `residual` is what no Greek explains.
    """

    key: str | None
    trades: int
    delta: Number
    gamma: Number
    theta: Number
    vega: Number
    residual: Number
    fees: Number
    slippage: Number
    total_pnl: Number


class Performance(SummaryFigures):
    """What ended trades amount to: rates as fractions, `*_pct` in per cent, money net of fees."""

    from_: DateText | None = Field(alias="from")
    to: DateText | None
    r: Multiples
    max_drawdown: Number | None
    max_drawdown_pct: Number | None
    max_drawdown_days: int | None
    sharpe: Number | None
    sortino: Number | None
    calmar: Number | None
    best_strategy: RankedStrategy | None
    worst_strategy: RankedStrategy | None
    daily: list[Day]
    weekly: list[Week]
    monthly: list[Month]
    by: Groups
    ai: Verdicts
    excursions: list[Excursion]
    pnl_attribution: list[SplitPnl]

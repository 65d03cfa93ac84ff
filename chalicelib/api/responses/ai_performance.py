"""What AI traders amount to, as GET /api/ai/performance answers it."""

from typing import Literal

from pydantic import Field

from chalicelib.api.fields import AnyMode
from chalicelib.api.responses.base import (
    DateText,
    FreeObject,
    Id,
    InstantText,
    Number,
    ResponseModel,
)
from chalicelib.api.responses.performance import Performance, SummaryFigures


class AiTradeFigure(ResponseModel):
    """The best or the worst trade."""

    trade_id: Id
    symbol: str
    pnl: Number
    pnl_pct: Number | None


class ConfidenceStep(ResponseModel):
    """Trades of confidences from `from` to `to`, both inclusive, that share one win rate, a fraction."""

    from_: Number = Field(alias="from")
    to: Number
    trades: int
    win_rate: Number


class CalibratedConfidence(ResponseModel):
    """Isotonic regression of won on stated confidence, over all trades that a trader ever closed."""

    trades: int
    is_enough: bool = Field(description="From 50 trades on it may take the place of the model's word")
    steps: list[ConfidenceStep]


class TraderPerformance(SummaryFigures):
    """One trader's ended trades and what its calls cost, dollars; `kelly` is capped at a quarter."""

    trader_id: Id
    name: str
    kelly: Number | None
    calibrated: CalibratedConfidence
    cost_usd: Number
    calls: int


class AgainstRules(ResponseModel):
    """Trades by who ended them: the model's word, our rules and levels, a person."""

    model: SummaryFigures
    rules: SummaryFigures
    person: SummaryFigures


class MovesBy(ResponseModel):
    """How often stops were moved by one of them, and how often toward profit."""

    triggered_by: Literal["USER_MANUAL", "RULE_ENGINE", "AI_ANALYSIS"]
    moves: int
    toward_profit: int


class StopMoves(ResponseModel):
    """Stops that were moved in the period."""

    moves: int
    toward_profit: int
    by: list[MovesBy]


class CostOfDay(ResponseModel):
    """What model calls of a UTC day cost, dollars."""

    date: DateText
    usd: Number
    calls: int


class AiCost(ResponseModel):
    """What models cost in the period, dollars; `decisions` are those kept that cost something."""

    usd: Number
    calls: int
    decisions: int
    per_decision_usd: Number | None
    by_day: list[CostOfDay]


class SymbolLot(ResponseModel):
    """A closed tax lot; of a short one the sale comes first. `term` is a US taxpayer's."""

    broker_mode: AnyMode
    symbol: str
    side: Literal["LONG", "SHORT"]
    quantity: Number
    acquired_at: InstantText
    sold_at: InstantText
    buy_price: Number
    sell_price: Number
    cost: Number
    proceeds: Number
    fees: Number
    gain: Number
    term: Literal["SHORT", "LONG"]


class AiPerformance(Performance):
    """The figures of every performance over traders' ended trades; days are UTC's, ratios × √365."""

    start_equity: Number
    total_pnl_pct: Number | None
    recovery_days: int | None
    kelly: Number | None
    best_trade: AiTradeFigure | None
    worst_trade: AiTradeFigure | None
    long: SummaryFigures
    short: SummaryFigures
    by_trader: list[TraderPerformance]
    paper: SummaryFigures
    live: SummaryFigures
    calibration: list[ConfidenceStep]
    ai_against_rules: AgainstRules
    stop_moves: StopMoves
    cost: AiCost
    lots: list[SymbolLot] = Field(
        description="Closed in the period, the newest 1,000 oldest first; all of them as CSV"
    )


class Replay(ResponseModel):
    """A trader replayed over past candles; `progress` in per cent, `result` null until it is over.

    `result` has `as_it_was` and `variants` (figures of a performance on so many `trades`, what was refused by
    which rule), beside what happened on `paper` and `live`, and `notes` on what it does not prove; or a
    `reason`.
    """

    id: Id
    trader_id: Id
    from_: InstantText = Field(alias="from")
    to: InstantText
    answers: Literal["stored", "fresh"]
    variants: list[FreeObject]
    status: Literal["queued", "running", "done", "failed", "canceled"]
    progress: int
    created_at: InstantText
    result: FreeObject | None

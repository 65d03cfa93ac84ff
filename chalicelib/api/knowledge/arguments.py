"""What callers of tools send; the descriptions are what a model reads before it calls.

Nothing unlisted is taken, texts have bounds, and an id is a UUID or names nothing.
"""

from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from chalicelib.api.fields import TICKER_PATTERN, AnyMode, CalendarDate
from chalicelib.api.queries import From, To, UtcFrom, UtcTo
from chalicelib.api.reading import text_fault
from chalicelib.domain.analysis.similarity import Features
from chalicelib.domain.instruments.tickers import spell_ticker
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.trading.trades import TradeStatus

#: A tool answers so many items at most: what a model can read, not what a database can give.
ITEMS_MAX: Final = 50
ITEMS_DEFAULT: Final = 20
_STATES: Final = tuple(status.value for status in TradeStatus)
_SHAPES: Final = tuple(shape.value for shape in Shape)


def _storable(text: str) -> str:
    fault = text_fault(text)
    if fault is not None:
        raise ValueError(fault)
    return text


def _integral(value: object) -> object:
    """Take 5.0 for 5, as JSON Schema does and as models write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Ticker = Annotated[
    str,
    Field(pattern=TICKER_PATTERN, description="The underlying, for example SPY."),
    AfterValidator(spell_ticker),
]
Word = Annotated[str, AfterValidator(_storable), Field(max_length=20)]
StrategyName = Annotated[str, AfterValidator(_storable), Field(max_length=60)]
Tag = Annotated[
    str, AfterValidator(_storable), Field(min_length=1, max_length=100, description="One of a trade's tags.")
]
TradeId = Annotated[UUID, Field(description="A trade's id, as list_trades shows it.")]
Items = Annotated[
    int,
    BeforeValidator(_integral),
    Field(ge=1, le=ITEMS_MAX, description=f"How many items at most, up to {ITEMS_MAX}."),
]
Number = Annotated[float, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]


class Arguments(BaseModel):
    """Base of all arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListTradesArguments(Arguments):
    """Trades, newest first; ended ones by their end when a result or a time is asked for."""

    status: Literal[*_STATES] | None = Field(  # type: ignore[valid-type]  # mypy does not unpack a constant
        None, description="One state. OPEN and CLOSED also mean their neighbours: all held, all ended."
    )
    result: Literal["wins", "losses", "expired"] | None = Field(
        None, description="Ended trades of this outcome."
    )
    from_: Annotated[From | None, Field(alias="from", description="Ended at or after this day or time.")] = (
        None
    )
    to: Annotated[To | None, Field(description="Ended at or before this day or time.")] = None
    ticker: Ticker | None = None
    strategy: StrategyName | None = None
    tag: Tag | None = None
    limit: Items = ITEMS_DEFAULT
    cursor: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=.-]{1,200}$")] | None = Field(
        None, description="next_cursor of the page before."
    )

    def asks_for_ended(self) -> bool:
        """Say whether only the history can answer."""
        return self.result is not None or self.from_ is not None or self.to is not None


class TradeArguments(Arguments):
    """One trade."""

    trade_id: TradeId


class PerformanceArguments(Arguments):
    """Which ended trades count."""

    from_: Annotated[From | None, Field(alias="from", description="Ended at or after this day or time.")] = (
        None
    )
    to: Annotated[To | None, Field(description="Ended at or before this day or time.")] = None
    ticker: Ticker | None = None
    strategy: StrategyName | None = None
    mode: AnyMode | None = None
    tag: Tag | None = None
    originator: Annotated[Literal["PERSON", "DESK", "AI"] | None, Field(description="Who opened them.")] = (
        None
    )


class SimilarArguments(Arguments):
    """What to compare by: a trade's entry, or single features, or features laid over a trade's entry."""

    trade_id: TradeId | None = None
    strategy: StrategyName | None = None
    ticker: Ticker | None = None
    structure: Literal[*_SHAPES] | None = Field(  # type: ignore[valid-type]  # as above
        None, description="What its legs are called together; a lone option is one, too."
    )
    option_type: Literal["CALL", "PUT"] | None = Field(
        None, description="The right, where all option legs have the same."
    )
    ai_verdict: Word | None = None
    regime_trend: Literal["bullish", "bearish", "neutral"] | None = Field(
        None, description="The daily trend."
    )
    delta: Number | None = Field(None, description="Per share, signed; of several legs in sum.")
    iv: Number | None = Field(None, description="Implied volatility as a fraction: 0.455.")
    score: Number | None = Field(None, description="The scanner's card score.")
    ai_score: Number | None = None
    technical_score: Number | None = None
    sentiment_score: Number | None = None
    rsi: Number | None = Field(None, description="RSI(14) of five-minute candles.")
    days_to_expiry: Number | None = Field(None, description="Calendar days to the first expiry.")
    entry_price: Number | None = Field(None, description="Per share; below 0 for a credit of several legs.")
    limit: Items = ITEMS_DEFAULT

    def features(self) -> Features:
        """Return what is named besides a trade."""
        named = self.model_dump(exclude={"trade_id", "limit"}, exclude_none=True)
        return {name: value if isinstance(value, str) else float(value) for name, value in named.items()}


class NoArguments(Arguments):
    """Nothing to be said."""


class EvaluationArguments(Arguments):
    """Which decision of the desk: by its own id, or by the trade that it made."""

    evaluation_id: Annotated[UUID, Field(description="As why_nothing_traded shows it.")] | None = None
    trade_id: TradeId | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.evaluation_id is None) == (self.trade_id is None):
            raise ValueError("give evaluation_id or trade_id")
        return self


class DecisionArguments(Arguments):
    """Which decision of an AI trader: by its own id, or by the trade that it entered."""

    decision_id: Annotated[UUID, Field(description="As list_rejected_decisions shows it.")] | None = None
    trade_id: TradeId | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.decision_id is None) == (self.trade_id is None):
            raise ValueError("give decision_id or trade_id")
        return self


class RejectedArguments(Arguments):
    """Decisions of AI traders that never executed, newest first."""

    trader_id: Annotated[UUID, Field(description="Of one trader alone.")] | None = None
    outcome: (
        Literal["BELOW_CONFIDENCE", "VALIDATION_FAILED", "USER_REJECTED", "EXPIRED", "NOT_EXECUTED"] | None
    ) = Field(None, description="Why it came to nothing.")
    from_: Annotated[UtcFrom | None, Field(alias="from", description="At or after this UTC day or time.")] = (
        None
    )
    to: Annotated[UtcTo | None, Field(description="At or before this UTC day or time.")] = None
    limit: Items = ITEMS_DEFAULT
    cursor: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=.-]{1,200}$")] | None = Field(
        None, description="next_cursor of the page before."
    )


class DayArguments(Arguments):
    """Which day, as New York has it."""

    day: Annotated[CalendarDate, Field(description="For example 2026-03-20; today without it.")] | None = None

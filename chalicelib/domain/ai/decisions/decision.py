"""What a model may say, and what becomes of it (C-02). Prices are dollars (USDT) per coin, shares 0 to 1."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final


class DecisionWord(StrEnum):
    """The eight words: four without a position, four with one."""

    NO_TRADE = "NO_TRADE"
    WATCH = "WATCH"
    LONG = "LONG"
    SHORT = "SHORT"
    HOLD = "HOLD"
    CLOSE = "CLOSE"
    PARTIAL_TP = "PARTIAL_TP"
    MODIFY = "MODIFY"

    @property
    def opens(self) -> bool:
        """Say whether it asks for a position."""
        return self in {DecisionWord.LONG, DecisionWord.SHORT}

    @property
    def reduces(self) -> bool:
        """Say whether it makes a position smaller: next to nothing may hold it back."""
        return self in {DecisionWord.CLOSE, DecisionWord.PARTIAL_TP}

    @property
    def acts(self) -> bool:
        """Say whether anything is done about it."""
        return self.opens or self.reduces or self is DecisionWord.MODIFY


WITHOUT_POSITION: Final = frozenset(
    {DecisionWord.NO_TRADE, DecisionWord.WATCH, DecisionWord.LONG, DecisionWord.SHORT}
)
WITH_POSITION: Final = frozenset(
    {DecisionWord.HOLD, DecisionWord.CLOSE, DecisionWord.PARTIAL_TP, DecisionWord.MODIFY}
)


class DecisionSource(StrEnum):
    """Who said it: the model, or our rules after three failed tries, which never open."""

    MODEL = "MODEL"
    RULE_FALLBACK = "RULE_FALLBACK"


class DecisionOutcome(StrEnum):
    """What became of a decision."""

    EXECUTED = "EXECUTED"
    NO_TRADE = "NO_TRADE"
    BELOW_CONFIDENCE = "BELOW_CONFIDENCE"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    USER_REJECTED = "USER_REJECTED"
    EXPIRED = "EXPIRED"
    QUEUED = "QUEUED"
    NOT_EXECUTED = "NOT_EXECUTED"


class ChangeKind(StrEnum):
    """What a model may change of a position (C-04)."""

    MOVE_SL = "MOVE_SL"
    TRAIL_SL = "TRAIL_SL"
    ADD_TP = "ADD_TP"
    MODIFY_TP = "MODIFY_TP"
    CANCEL_TP = "CANCEL_TP"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeProfit:
    """A target over a share of what is left."""

    price: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Modification:
    """One change that a model asks for; what its kind does not need is None or empty."""

    kind: ChangeKind
    reason: str
    new_stop: Decimal | None = None
    distance_pct: Decimal | None = None
    target_id: str | None = None
    new_targets: tuple[TakeProfit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AiDecision:
    """A model's answer that keeps to the schema; None is null. `confidence` is 0 to 1."""

    decision: DecisionWord
    confidence: Decimal
    reasoning: str
    entry_price: Decimal | None = None
    quantity: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profits: tuple[TakeProfit, ...] = ()
    exit_price: Decimal | None = None
    partial_quantity: Decimal | None = None
    modifications: tuple[Modification, ...] = ()
    risk_reward: Decimal | None = None
    max_risk_pct: Decimal | None = None
    expected_holding_minutes: int | None = None

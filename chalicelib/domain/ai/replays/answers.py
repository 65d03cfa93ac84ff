"""What a model answered at past instants, and what is tried on it: other stops, targets, rules (C-09)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionWord, TakeProfit
from chalicelib.domain.ai.traders.trader import Trading


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One decision as it was given; `trade_id` is the trade that it made or spoke of.

    `target_ids` are the targets that were held then, by the ids with which changes name them.
    """

    id: UUID
    at: datetime
    symbol: str
    decision: AiDecision
    trade_id: UUID | None
    target_ids: Sequence[str] = ()
    entry_lapses_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariedTarget:
    """A target so many per cent from the entry, over a share."""

    distance_pct: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What differs from the trader as it is; what is not `named` stays as it was.

    `stop_distance_pct` and `targets` take the place of what the model said, measured from the entry.
    """

    name: str
    named: frozenset[str] = frozenset()
    min_confidence: Decimal | None = None
    breakeven_at_pct: Decimal | None = None
    trailing_pct: Decimal | None = None
    max_holding_minutes: int | None = None
    stop_distance_pct: Decimal | None = None
    targets: tuple[VariedTarget, ...] = ()

    def trading(self, usual: Trading) -> Trading:
        """Return the trader's block as the variant has it; nothing waits for a person in a replay."""
        changed = replace(usual, require_approval=False, calibrated=False)
        if "min_confidence" in self.named and self.min_confidence is not None:
            changed = replace(changed, min_confidence=self.min_confidence)
        if "breakeven_at_pct" in self.named:
            changed = replace(changed, breakeven_at_pct=self.breakeven_at_pct)
        if "trailing_pct" in self.named:
            changed = replace(changed, trailing_pct=self.trailing_pct)
        if "max_holding_minutes" in self.named:
            changed = replace(changed, max_holding_minutes=self.max_holding_minutes)
        return changed

    def entry(self, decision: AiDecision, price: Decimal) -> AiDecision:
        """Return an entry with the variant's stop and targets; `price` is the present one."""
        sign = 1 if decision.decision is DecisionWord.LONG else -1
        entry = decision.entry_price or price
        changed = decision
        if self.stop_distance_pct is not None:
            stop = entry * (1 - sign * self.stop_distance_pct / 100)
            changed = replace(changed, stop_loss=stop)
        if "targets" in self.named:
            targets = tuple(
                TakeProfit(price=entry * (1 + sign * one.distance_pct / 100), share=one.share)
                for one in self.targets
            )
            changed = replace(changed, take_profits=targets)
        return changed


AS_IT_WAS = Variant(name="as it was")

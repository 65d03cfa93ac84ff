"""Rows of AI traders as the checks read them, sharing no code with the product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """What a model, or rules alone, decided; `facts` is by what an entry was judged: `case` and `wish`."""

    id: UUID
    username: str
    trader_id: UUID
    trade_id: UUID | None
    symbol: str
    at: datetime
    source: str
    decision: str
    confidence: Decimal
    outcome: str
    validation: Mapping[str, Any] | None  # Any: JSON
    facts: Mapping[str, Any] | None  # Any: as above


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderRow:
    """A trader; `locked_at` is since when a drawdown keeps it from entering, `closing_all_at` since when
    everything of it is being closed; `trading` is as its owner sees it."""

    id: UUID
    username: str
    locked_at: datetime | None
    closing_all_at: datetime | None
    removed_at: datetime | None
    enabled: bool = True
    trading: Mapping[str, Any] = field(default_factory=dict)  # Any: as above

    @property
    def may_enter(self) -> bool:
        """Say whether nobody has stopped it for good."""
        return self.enabled and self.removed_at is None and self.locked_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderRows:
    """All of a view's traders, empty where nobody has one."""

    traders: Sequence[TraderRow] = ()
    decisions: Sequence[DecisionRow] = ()

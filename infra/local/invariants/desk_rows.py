"""Rows of the desk's tables as the checks read them, sharing no code with the product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """What a scan decided; `first_at` to `at` for failures that are told as one."""

    id: UUID
    username: str
    strategy_id: UUID
    event: str
    decision: str
    reason: str
    ended_by: str | None
    count: int
    first_at: datetime
    at: datetime
    scans: int | None
    gates: Sequence[Mapping[str, Any]]  # Any: JSON
    trade_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    """A cause that stopped entries, while it was in force."""

    id: UUID
    username: str
    scope: str
    mode: str
    cause: str
    set_by: str
    set_at: datetime
    ended_at: datetime | None

    def was_in_force(self, at: datetime) -> bool:
        """Say whether it stood at an instant, its own two ends left out."""
        return self.set_at < at and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRows:
    """All of a view's desk, empty where nobody has one."""

    evaluations: Sequence[EvaluationRow] = ()
    switches: Sequence[SwitchRow] = ()

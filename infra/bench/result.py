"""What a measurement found: one figure beside its floor or peer, the bar, and whether it was met."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.domain.json_value import JsonValue


class Bound(StrEnum):
    """What a bar bounds: our figure over the peer's, or the figure itself, from above or from below."""

    RATIO_MOST = "ratio at most"
    VALUE_MOST = "at most"
    VALUE_LEAST = "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A goal of performance.md."""

    bound: Bound
    limit: float

    def is_met(self, value: float, ratio: float | None) -> bool | None:
        """Say whether the goal is met; None when there is no peer to compare with."""
        if self.bound is Bound.RATIO_MOST:
            return None if ratio is None else ratio <= self.limit
        return value <= self.limit if self.bound is Bound.VALUE_MOST else value >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What our figure is held against, measured in the same run, in the same unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `cpu_ms` is this process's own time where that says more than the wall."""

    name: str
    what: str
    value: float
    unit: str
    peer: Peer | None = None
    bar: Bar | None = None
    cpu_ms: float | None = None
    detail: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Return our figure over the peer's, None without one."""
        return None if self.peer is None or self.peer.value == 0 else self.value / self.peer.value

    @property
    def is_met(self) -> bool | None:
        """Say whether the bar is met; None without a bar."""
        return None if self.bar is None else self.bar.is_met(self.value, self.ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A measurement that could not be taken here, and why."""

    name: str
    reason: str


Outcome = Row | Skipped


def as_json(outcome: Outcome) -> dict[str, JsonValue]:
    """Return an outcome as JSON; a skipped one has its reason and no figure."""
    if isinstance(outcome, Skipped):
        return {"name": outcome.name, "skipped": outcome.reason}
    peer, bar = outcome.peer, outcome.bar
    return {
        "name": outcome.name,
        "what": outcome.what,
        "value": round(outcome.value, 4),
        "unit": outcome.unit,
        "cpu_ms": None if outcome.cpu_ms is None else round(outcome.cpu_ms, 4),
        "peer": None if peer is None else {"name": peer.name, "value": round(peer.value, 4)},
        "ratio": None if outcome.ratio is None else round(outcome.ratio, 3),
        "bar": None if bar is None else {"bound": bar.bound.value, "limit": bar.limit},
        "met": outcome.is_met,
        "detail": dict(outcome.detail),
    }

"""What a round of checks found: how often each invariant was looked at, and where it did not hold."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """An invariant that does not hold: its number, the trade it was seen at, what was seen."""

    number: int
    trade_id: UUID | None
    text: str

    def __str__(self) -> str:
        where = "" if self.trade_id is None else f" (trade {self.trade_id})"
        return f"I-{self.number:02d}: {self.text}{where}"


@dataclass(slots=True)
class Findings:
    """Checks made and violations found, by invariant number."""

    checks: Counter[int] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def check(self, number: int, holds: bool, text: str, trade_id: UUID | None = None) -> bool:
        """Count one check of an invariant; note `text` when it does not hold."""
        self.checks[number] += 1
        if not holds:
            self.violations.append(Violation(number=number, trade_id=trade_id, text=text))
        return holds

    def add(self, others: Iterable["Findings"]) -> "Findings":
        """Take over what other rounds found; a violation that stands over several rounds counts once."""
        known = set(self.violations)
        for other in others:
            self.checks.update(other.checks)
            for violation in other.violations:
                if violation not in known:
                    known.add(violation)
                    self.violations.append(violation)
        return self

    def failures(self) -> Counter[int]:
        """Return how many violations each invariant has."""
        return Counter(violation.number for violation in self.violations)

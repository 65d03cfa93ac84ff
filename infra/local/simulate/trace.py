"""What happened in one run, line by line, with a hash that says whether two runs were the same."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from infra.local.emulators.market.sessions import NEW_YORK


@dataclass(slots=True)
class Trace:
    """Lines of (time, actor, what), and counts by kind of event."""

    lines: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, at: datetime, actor: str, kind: str, text: str) -> None:
        """Write one line down; `kind` is counted."""
        self.counts[kind] += 1
        local = at.astimezone(NEW_YORK)
        self.lines.append(f"{local:%m-%d %H:%M:%S.%f}"[:-3] + f"  {actor:<18} {kind:<8} {text}")

    def digest(self) -> str:
        """Return the hash of all lines."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

"""What one run did and found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from infra.local.invariants.findings import Violation
from infra.local.invariants.view import View
from infra.local.simulate.stage import Stage
from infra.local.simulate.story import story_of

#: Of so many findings the whole story is told.
_STORIES_MAX: Final = 3


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one run did and found."""

    seed: int
    season: str
    options: str = ""
    digest: str = ""
    days: int = 0
    events: int = 0
    ticks_run: int = 0
    ticks_skipped: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[int] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    def sum_up_stage(self, stage: Stage) -> None:
        """Take over what a stage counted, and its trace."""
        engine, work = stage.engine, stage.work
        self.trace = engine.trace.lines
        self.digest = engine.trace.digest()
        self.jobs = stage.delivery.runs
        self.ticks_run = sum(self.jobs.values())
        self.ticks_skipped = max(0, self.ticks_skipped - self.ticks_run)
        self.events = sum(engine.trace.counts.values())
        self.counts.update(
            api_calls=stage.api_calls,
            vendor_calls=work.vendor_calls,
            statements=work.statements,
            transactions=work.transactions,
            kills=engine.counts.kills,
            races=work.races,
            switches=engine.counts.switches,
        )

    def sum_up_findings(self, view: View | None, found: Sequence[Violation]) -> None:
        """Take over what does not hold, with the story of the first."""
        self.story = [line for one in found[:_STORIES_MAX] for line in story_of(view, one)]
        self.numbers = sorted({one.number for one in found})
        self.violations = [str(one) for one in found]


def surprises_of(stage: Stage) -> Sequence[str]:
    """Word what no invariant reads from rows: answers, failed jobs, and what passed the seams."""
    work = stage.work
    return [
        *(text if text.startswith("I-") else f"unexpected: {text}" for text in stage.surprises),
        *(f"a transaction open across a call: {text}" for text in work.called_inside_transaction),
        *(f"I-29: {text}" for text in work.astray),
        *(f"I-20: two workers at once: {text}" for text in work.two_at_once),
    ]

"""What many runs did and found, as text and as JSON."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from chalicelib.domain.json_value import JsonValue
from infra.local.simulate.outcome import Outcome
from infra.local.simulate.traits import traits_of

_TRACE_LINES: Final = 60


@dataclass(slots=True)
class Summary:
    """The sums over all runs."""

    seeds: int = 0
    days: int = 0
    events: int = 0
    ticks_run: int = 0
    ticks_skipped: int = 0
    wall_seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[int] = field(default_factory=Counter)
    seasons: Counter[str] = field(default_factory=Counter)
    days_having: Counter[str] = field(default_factory=Counter)
    failed: dict[int, list[str]] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Add one run."""
        self.seeds += 1
        self.days += outcome.days
        self.events += outcome.events
        self.ticks_run += outcome.ticks_run
        self.ticks_skipped += outcome.ticks_skipped
        for mine, others in (
            (self.counts, outcome.counts),
            (self.jobs, outcome.jobs),
            (self.faults, outcome.faults),
        ):
            mine.update(others)
        self.checks.update(outcome.checks)
        self.seasons[outcome.season] += 1
        self.days_having.update(dict.fromkeys(traits_of(outcome.seed), outcome.days))
        if outcome.violations:
            self.failed[outcome.seed] = outcome.violations

    @property
    def days_per_minute(self) -> float:
        """Return whole days lived through in a minute of real time."""
        return 60 * self.days / self.wall_seconds if self.wall_seconds else 0.0


def summary_text(summary: Summary) -> str:
    """Say what was done and found."""
    counts = summary.counts
    lines = [
        f"{summary.seeds} seeds, {summary.days} days in {summary.wall_seconds:.0f} s: "
        f"{summary.days_per_minute:.0f} days a minute, "
        f"{summary.events / max(summary.days, 1):.0f} events a day",
        "days with: " + (_counted(summary.days_having) or "single contracts alone"),
        f"ticks run {summary.ticks_run}, skipped as empty {summary.ticks_skipped}",
        f"calls: API {counts['api_calls']}, vendors {counts['vendor_calls']}; "
        f"statements {counts['statements']} in {counts['transactions']} transactions",
        f"killed {counts['kills']} functions, {counts['races']} races lost; trades {counts['trades']}; "
        f"runs ended by a broker that lied twice {counts['misled']}",
        "jobs: " + _counted(summary.jobs),
        "faults armed: " + (_counted(summary.faults) or "none"),
        f"looks {counts['looks']}, rests {counts['rests']}, trades compared by the outside checker "
        f"{counts['compared_outside']}; checks: "
        + " ".join(f"I-{number:02d} {count}" for number, count in sorted(summary.checks.items())),
    ]
    if summary.failed:
        lines.append(f"FAILED: {len(summary.failed)} seeds: {' '.join(map(str, sorted(summary.failed)))}")
    else:
        lines.append("every invariant held")
    return "\n".join(lines)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def failure_text(outcome: Outcome, *, whole: bool) -> str:
    """Print a failing seed: what did not hold, the trade's story, the trace up to there, how to replay it."""
    shown = outcome.trace if whole else outcome.trace[-_TRACE_LINES:]
    return "\n".join(
        [
            f"seed {outcome.seed} ({outcome.season}), trace {outcome.digest[:16]}:",
            *(f"  {violation}" for violation in outcome.violations),
            *outcome.story,
            *([] if whole else [f"  … the last {len(shown)} of {len(outcome.trace)} lines:"]),
            *shown,
            f"replay: python3 dev.py simulate --seed {outcome.seed} {outcome.options}".rstrip(),
            "",
        ]
    )


def mutation_line(name: str, guard: str, first: int, caught: Outcome | None) -> str:
    """Say by which seed and by what a guard that was off was noticed."""
    if caught is None:
        return f"{name:22} {guard:52} UNSEEN"
    count = caught.seed - first + 1
    return f"{name:22} {guard:52} after {count:3} seeds, seed {caught.seed}: {caught.violations[0][:90]}"


def summary_json(summary: Summary) -> dict[str, JsonValue]:
    """Return the same as JSON."""
    return {
        "seeds": summary.seeds,
        "days": summary.days,
        "wall_seconds": round(summary.wall_seconds, 2),
        "days_per_minute": round(summary.days_per_minute, 1),
        "events": summary.events,
        "ticks_run": summary.ticks_run,
        "ticks_skipped": summary.ticks_skipped,
        "counts": dict(summary.counts),
        "jobs": dict(summary.jobs),
        "faults": dict(summary.faults),
        "checks": {f"I-{number:02d}": count for number, count in sorted(summary.checks.items())},
        "days_having": dict(summary.days_having),
        "seasons": dict(summary.seasons),
        "failed": {str(seed): list(found) for seed, found in summary.failed.items()},
    }

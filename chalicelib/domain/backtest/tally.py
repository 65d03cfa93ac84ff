"""What a run counts on its way: how each gate fared, and on how many days a source was missing for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.desk.pipeline.verdicts import Stage, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCount:
    """How a gate judged; `missing`: it failed for want of data."""

    stage: str
    passed: int
    failed: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A source that a gate needed and did not have, on so many days."""

    source: str
    gate: str
    days: int


class Tally:
    """The counts of one run; the same source lacks for a gate once a day."""

    def __init__(self, gates: Iterable[GateCount] = (), lacks: Iterable[Lack] = ()) -> None:
        self._gates = {one.stage: [one.passed, one.failed, one.missing] for one in gates}
        self._lacks = {(one.source, one.gate): one.days for one in lacks}
        self._seen: tuple[date | None, set[tuple[str, str]]] = (None, set())

    def judged(self, verdicts: Iterable[Verdict]) -> None:
        """Count an evaluation's verdicts."""
        for verdict in verdicts:
            counts = self._gates.setdefault(verdict.stage.value, [0, 0, 0])
            counts[0 if verdict.passed else 2 if verdict.is_missing else 1] += 1

    def lacked(self, day: date, source: str, gate: str) -> None:
        """Count a day on which a source was not there for a gate."""
        if self._seen[0] != day:
            self._seen = (day, set())
        if (source, gate) not in self._seen[1]:
            self._seen[1].add((source, gate))
            self._lacks[source, gate] = self._lacks.get((source, gate), 0) + 1

    def gates(self) -> tuple[GateCount, ...]:
        """Return the gates that judged, in their order."""
        return tuple(
            GateCount(stage=stage.value, passed=found[0], failed=found[1], missing=found[2])
            for stage in Stage
            if (found := self._gates.get(stage.value)) is not None
        )

    def lacks(self) -> tuple[Lack, ...]:
        """Return what was missing, by source and gate as they were met."""
        return tuple(
            Lack(source=source, gate=gate, days=days) for (source, gate), days in self._lacks.items()
        )

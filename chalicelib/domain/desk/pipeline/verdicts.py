"""The stages of an evaluation and what each of them says (B-02, B-16)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias

from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue


class Stage(StrEnum):
    """In the order in which they are judged."""

    A = "A"
    B = "B"
    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"
    C5 = "C5"
    D = "D"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    F = "F"
    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    H = "H"
    FILTER = "FILTER"
    SIZING = "SIZING"
    BOOK = "BOOK"
    EXECUTION = "EXECUTION"


#: Decimals of figures as they are told: enough for a cent and a hundredth of a volatility point.
_DECIMALS: Final = 6

Figure: TypeAlias = "float | int | str | date | datetime | bool | list[str] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one stage says; `is_missing`: it failed for want of data, not by what the data say."""

    stage: Stage
    passed: bool
    reason: str
    numbers: Mapping[str, JsonValue]
    is_missing: bool = False

    def as_json(self) -> dict[str, JsonValue]:
        """Return the form that is stored and told."""
        told: dict[str, JsonValue] = {
            "stage": self.stage.value,
            "passed": self.passed,
            "reason": self.reason,
            "numbers": dict(self.numbers),
        }
        return {**told, "missing": True} if self.is_missing else told


def passes(stage: Stage, reason: str = "", **numbers: Figure) -> Verdict:
    """Return a verdict in favour."""
    return Verdict(stage=stage, passed=True, reason=reason, numbers=_told(numbers))


def fails(stage: Stage, reason: str, **numbers: Figure) -> Verdict:
    """Return a verdict against."""
    return Verdict(stage=stage, passed=False, reason=reason, numbers=_told(numbers))


def lacks(stage: Stage, what: str, **numbers: Figure) -> Verdict:
    """Return the verdict against that missing data bring."""
    return Verdict(
        stage=stage, passed=False, reason=f"{what} not known", numbers=_told(numbers), is_missing=True
    )


def taken_for_granted(verdict: Verdict) -> Verdict:
    """Return a verdict for want of data as one in favour (B-12); its reason says that it is assumed."""
    return replace(verdict, passed=True, is_missing=False, reason=f"{verdict.reason}: assumed")


def judged(stage: Stage, against: str | None, **numbers: Figure) -> Verdict:
    """Return a verdict against for a reason, in favour without one."""
    return passes(stage, "", **numbers) if against is None else fails(stage, against, **numbers)


def _told(numbers: Mapping[str, Figure]) -> dict[str, JsonValue]:
    return {name: _figure(value) for name, value in numbers.items()}


def _figure(value: Figure) -> JsonValue:
    match value:
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case float():
            return round(value, _DECIMALS)
        case list():
            return [*value]
        case _:
            return value

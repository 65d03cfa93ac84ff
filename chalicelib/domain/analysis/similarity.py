"""How alike two entries are: Gower's distance over what is known of both.

Source: J. C. Gower, "A General Coefficient of Similarity and Some of Its Properties", Biometrics 27 (1971).
A number differs by |a − b| over the span of that number among all candidates, a word by 0 or 1; what is
unknown of either is left out, and the distance is the mean of the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = float | str | None
Features: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """`distance` is 0 for the same and 1 for as different as can be; `compared` names what it rests on."""

    distance: float
    compared: tuple[str, ...]


def spans(candidates: Iterable[Features]) -> dict[str, float]:
    """Return the distance from the lowest to the highest value of each number."""
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    for features in candidates:
        for name, value in features.items():
            if isinstance(value, float):
                lows[name] = min(value, lows.get(name, value))
                highs[name] = max(value, highs.get(name, value))
    return {name: highs[name] - low for name, low in lows.items()}


def likeness(wanted: Features, candidate: Features, span_of: Mapping[str, float]) -> Likeness | None:
    """Compare two entries by what `wanted` names; None when nothing is known of both.

    A number outside the candidates' span counts as 1 at most.
    """
    differences = {}
    for name, value in wanted.items():
        other = candidate.get(name)
        if isinstance(value, float) and isinstance(other, float):
            span = span_of.get(name, 0.0)
            apart = abs(value - other)
            differences[name] = min(1.0, apart / span) if span > 0 else float(apart > 0)
        elif isinstance(value, str) and isinstance(other, str):
            differences[name] = float(value != other)
    if not differences:
        return None
    return Likeness(distance=sum(differences.values()) / len(differences), compared=tuple(differences))

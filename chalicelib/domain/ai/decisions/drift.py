"""How far the mix of decisions moved from one version of the prompts to the next (C-02)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

#: Over so many decisions; a version before that decided less is held against by what it has.
DECISIONS_LOOKED_AT: Final = 100
DECISIONS_BEFORE_MIN: Final = 20
SHIFT_POINTS_MAX: Final = 20


def shift_points(now: Mapping[str, int], before: Mapping[str, int]) -> Decimal | None:
    """Return by how many points the share of the word that moved most did; None with too few decisions."""
    many, few = sum(now.values()), sum(before.values())
    if many < DECISIONS_LOOKED_AT or few < DECISIONS_BEFORE_MIN:
        return None
    words = {*now, *before}
    return max(abs(_share(now, word, many) - _share(before, word, few)) for word in words)


def has_drifted(now: Mapping[str, int], before: Mapping[str, int]) -> bool:
    """Say whether a version decides otherwise than the one before: by more than twenty points."""
    points = shift_points(now, before)
    return points is not None and points > SHIFT_POINTS_MAX


def _share(mix: Mapping[str, int], word: str, total: int) -> Decimal:
    return Decimal(mix.get(word, 0)) * 100 / total

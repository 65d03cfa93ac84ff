"""Words of ours inside a statement."""

from collections.abc import Iterable
from enum import StrEnum


def in_words(words: Iterable[StrEnum]) -> str:
    """Write a set of words for `in (…)`: not bound, for a plan may use an index of these alone."""
    return ", ".join(f"'{word.value}'" for word in sorted(words))

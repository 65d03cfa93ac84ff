"""Showing fewer points without losing what matters: each bucket keeps first, last, lowest and highest."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
_KEPT_PER_BUCKET = 4


def thin_keeping_extremes(
    rows: Sequence[T],
    points: int,
    *,
    value: Callable[[T], Any],  # Any: anything with an order, or None
) -> list[T]:
    """Return at most `points` of `rows` in their order; the lowest and highest of all stay among them."""
    if len(rows) <= points:
        return list(rows)
    bucket_count = max(points // _KEPT_PER_BUCKET, 1)
    kept: set[int] = set()
    for bucket in range(bucket_count):
        start = bucket * len(rows) // bucket_count
        end = (bucket + 1) * len(rows) // bucket_count
        kept |= {start, end - 1}
        priced = [index for index in range(start, end) if value(rows[index]) is not None]
        if priced:
            kept.add(min(priced, key=lambda index: value(rows[index])))
            kept.add(max(priced, key=lambda index: value(rows[index])))
    return [rows[index] for index in sorted(kept)]

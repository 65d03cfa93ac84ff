"""The figures as a table for people."""

from collections.abc import Sequence
from typing import Final

from infra.bench.result import Bound, Outcome, Row, Skipped

_HEADINGS: Final = ("what", "measured", "floor or peer", "ratio", "bar", "met")
_MET: Final = {True: "yes", False: "NO", None: "–"}


def written(outcomes: Sequence[Outcome]) -> str:
    """Return the table, and below it what could not be measured and why."""
    lines = [_HEADINGS, *(_cells(one) for one in outcomes if isinstance(one, Row))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    shown.insert(1, "  ".join("─" * width for width in widths))
    left_out = [f"not measured: {one.name}: {one.reason}" for one in outcomes if isinstance(one, Skipped)]
    return "\n".join([line.rstrip() for line in shown] + left_out)


def _cells(row: Row) -> tuple[str, ...]:
    peer = "–" if row.peer is None else f"{figure(row.peer.value)} {row.unit}  {row.peer.name}"
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    return (row.what, f"{figure(row.value)} {row.unit}", peer, ratio, _bar(row), _MET[row.is_met])


def _bar(row: Row) -> str:
    if row.bar is None:
        return "–"
    if row.bar.bound is Bound.RATIO_MOST:
        return f"≤ {row.bar.limit:g} ×"
    sign = "≤" if row.bar.bound is Bound.VALUE_MOST else "≥"
    return f"{sign} {row.bar.limit:,g} {row.unit}"


def figure(value: float) -> str:
    """Write a figure with three digits or so."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"

"""Fewer points on a chart without losing its extremes."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.analysis.fewer_points import thin_keeping_extremes

Row = tuple[int, Decimal | None]

series = st.lists(st.none() | st.integers(-500, 500).map(Decimal), max_size=150).map(
    lambda values: list(enumerate(values))
)
limits = st.integers(4, 60)


def price(row: Row) -> Decimal | None:
    """Return what a row is judged by."""
    return row[1]


@settings(max_examples=200)
@given(rows=series, points=limits)
def test_what_is_left_is_a_short_part_in_order(rows: list[Row], points: int) -> None:
    """At most so many, each a row of the series, never twice, never out of order."""
    kept = thin_keeping_extremes(rows, points, value=price)

    assert len(kept) <= points
    assert kept == sorted(set(kept) & set(rows), key=lambda row: row[0])


@settings(max_examples=200)
@given(rows=series, points=limits)
def test_first_last_lowest_and_highest_stay(rows: list[Row], points: int) -> None:
    """The ends and both extremes of all are still there."""
    kept = thin_keeping_extremes(rows, points, value=price)
    values = [value for _, value in rows if value is not None]
    kept_values = [value for _, value in kept if value is not None]

    assert kept[:1] == rows[:1]
    assert kept[-1:] == rows[-1:]
    assert (min(kept_values, default=None), max(kept_values, default=None)) == (
        min(values, default=None),
        max(values, default=None),
    )


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_short_series_stays_whole(count: int) -> None:
    """Nothing is left out when there is room for all."""
    rows: list[Row] = [(index, Decimal(index)) for index in range(count)]

    assert thin_keeping_extremes(rows, 5, value=price) == rows

"""A model or a prompt that decides otherwise is noticed (C-02)."""

import pytest

from chalicelib.domain.ai.decisions.drift import has_drifted, shift_points

BEFORE = {"NO_TRADE": 60, "LONG": 40}


@pytest.mark.parametrize(
    ("now", "drifted"),
    [
        ({"NO_TRADE": 60, "LONG": 40}, False),
        ({"NO_TRADE": 80, "LONG": 20}, False),
        ({"NO_TRADE": 81, "LONG": 19}, True),
        ({"NO_TRADE": 39, "LONG": 61}, True),
        ({"NO_TRADE": 60, "LONG": 19, "SHORT": 21}, True),
        ({"NO_TRADE": 98, "LONG": 1}, False),
    ],
)
def test_more_than_twenty_points_are_a_drift(now: dict[str, int], drifted: bool) -> None:
    """C-02: at the limit none, a point above one; with fewer than a hundred nothing is said."""
    assert has_drifted(now, BEFORE) is drifted


def test_too_few_before_say_nothing() -> None:
    """C-02."""
    assert shift_points({"LONG": 100}, {"NO_TRADE": 19}) is None
    assert shift_points({"LONG": 100}, {"NO_TRADE": 20}) == 100

"""Gower's distance between entries, as laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.analysis.similarity import Features, likeness, spans

NUMBERS = st.floats(min_value=-1e6, max_value=1e6).map(float)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "delta": st.none() | NUMBERS,
        "iv": st.none() | NUMBERS,
        "ticker": st.none() | st.sampled_from(["SPY", "QQQ"]),
        "strategy": st.none() | st.sampled_from(["scan", "gap"]),
    },
)


@given(st.lists(ENTRIES, min_size=2, max_size=10))
def test_a_distance_lies_between_0_and_1_and_is_the_same_both_ways(entries: list[Features]) -> None:
    span_of = spans(entries)
    one, other = entries[:2]
    there, back = likeness(one, other, span_of), likeness(other, one, span_of)

    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert 0 <= there.distance <= 1
        assert there.distance == pytest.approx(back.distance)
        assert set(there.compared) == set(back.compared)


@given(ENTRIES)
def test_an_entry_is_no_distance_from_itself(entry: Features) -> None:
    found = likeness(entry, entry, spans([entry]))

    known = [name for name, value in entry.items() if value is not None]
    assert (found.distance, list(found.compared)) == (0, known) if known and found else found is None


def test_what_is_unknown_of_either_is_left_out() -> None:
    found = likeness(
        {"delta": 0.5, "iv": None, "ticker": "SPY"}, {"delta": None, "iv": 0.2, "ticker": "QQQ"}, {}
    )

    assert found is not None
    assert (found.distance, found.compared) == (1.0, ("ticker",))
    assert likeness({"delta": 0.5}, {"ticker": "SPY"}, {}) is None


def test_numbers_count_by_their_span_and_words_whole() -> None:
    """The mean of |0.5 - 0.4| / 0.5 and of 1 for another ticker."""
    found = likeness({"delta": 0.5, "ticker": "SPY"}, {"delta": 0.4, "ticker": "QQQ"}, {"delta": 0.5})

    assert found is not None
    assert found.distance == pytest.approx((0.2 + 1) / 2)


def test_a_wish_outside_everything_seen_is_as_far_as_can_be() -> None:
    found = likeness({"delta": 5.0}, {"delta": 0.4}, {"delta": 0.5})

    assert found is not None
    assert found.distance == 1

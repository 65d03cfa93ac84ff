"""A-15: R multiples: mean, expectancy, spread and distribution, against numpy to 1e-9."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.analysis.metrics.groups import KEYS, group_by, group_by_tag
from chalicelib.domain.analysis.metrics.multiples import Multiples, multiples
from chalicelib.domain.analysis.metrics.outcome import tags_of
from tests.domain.test_metrics import ended

#: Hundredths of R, some not known.
_HUNDREDTHS = st.lists(st.integers(-900, 2000) | st.none(), min_size=2, max_size=60)


def of(*figures: str | None) -> Multiples:
    """Return the multiples of trades with these R."""
    return multiples([ended(r=None if one is None else Decimal(one)) for one in figures])


@given(_HUNDREDTHS)
def test_figures_agree_with_an_independent_library(hundredths: list[int | None]) -> None:
    """Mean, median, deviation (n − 1) and every bin of the distribution; what has no R is left out."""
    outcomes = [ended(r=None if one is None else Decimal(one) / 100) for one in hundredths]
    known = np.array([one for one in hundredths if one is not None]) / 100
    found = multiples(outcomes)

    assert found.trades == len(known)
    if not len(known):
        assert (found.mean, found.median, found.best, found.distribution) == (None, None, None, [])
        return
    assert float(found.mean or 0) == pytest.approx(float(known.mean()), abs=1e-9)
    assert float(found.expectancy or 0) == pytest.approx(float(known.mean()), abs=1e-9)
    assert float(found.median or 0) == pytest.approx(float(np.median(known)), abs=1e-9)
    assert (found.deviation is None) == (len(known) < 2)
    if len(known) > 1:
        assert float(found.deviation or 0) == pytest.approx(float(np.std(known, ddof=1)), abs=1e-9)
    edges = [-np.inf, *np.arange(-3, 5.5, 0.5), np.inf]
    counts = dict(zip(edges, np.histogram(known, bins=edges)[0].tolist(), strict=False))
    shown = {-np.inf if one.low is None else float(one.low): one.trades for one in found.distribution}
    assert {low: count for low, count in counts.items() if count} == {
        low: count for low, count in shown.items() if count
    }


def test_the_distribution_has_no_gaps_and_its_ends_are_open() -> None:
    """−3.5 and 7 lie beyond the bounds; a whole R begins its own bin."""
    found = of("-3.5", "-1", "7", None)
    bins = [(one.low, one.high, one.trades) for one in found.distribution]

    assert bins[0] == (None, Decimal(-3), 1)
    assert bins[-1] == (Decimal(5), None, 1)
    assert (Decimal(-1), Decimal("-0.5"), 1) in bins
    assert [high for _, high, _ in bins[:-1]] == [low for low, _, _ in bins[1:]]
    assert sum(count for _, _, count in bins) == found.trades == 3


def test_a_trade_counts_with_each_of_its_tags() -> None:
    """Tags as a group: those without any are gathered last, and groups tell their mean R."""
    outcomes = [
        ended(10, tags=("plan", "morning"), r=Decimal(1)),
        ended(-4, tags=("plan",), r=Decimal("-0.5")),
        ended(2),
    ]
    found = [(one.key, one.trades, one.total_pnl, one.expectancy_r) for one in group_by_tag(outcomes)]

    assert found == [
        ("morning", 1, Decimal(10), Decimal(1)),
        ("plan", 2, Decimal(6), Decimal("0.25")),
        (None, 1, Decimal(2), None),
    ]
    (strategy,) = group_by(outcomes, KEYS["strategy"])
    assert strategy.expectancy_r == Decimal("0.25")


@pytest.mark.parametrize(
    ("stored", "tags"), [(["a", "b", "a"], ("a", "b")), (["a", 1, "", None], ("a",)), ("a", ()), (None, ())]
)
def test_what_is_no_text_is_no_tag(stored: object, tags: tuple[str, ...]) -> None:
    """Notes are their owner's JSON: whatever stands there."""
    assert tags_of(stored) == tags

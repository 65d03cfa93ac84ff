"""What a model's confidence proved to be worth (C-09)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.ai.calibration import Calibration, Judged, calibrate, compared_confidence
from chalicelib.domain.ai.traders.trader import Trading

HUNDREDTHS = st.integers(0, 100).map(lambda number: Decimal(number) / 100)
PAST = st.lists(st.builds(Judged, confidence=HUNDREDTHS, won=st.booleans()), min_size=1, max_size=80)


def said(confidence: str, *, won: int, of: int) -> list[Judged]:
    """Return so many trades of one confidence."""
    return [Judged(confidence=Decimal(confidence), won=number < won) for number in range(of)]


def test_neighbours_whose_win_rates_fall_are_pooled() -> None:
    """C-09: shown with its counts; 0.8 won less often than 0.7, so that both won what they won together."""
    found = calibrate([*said("0.6", won=1, of=4), *said("0.7", won=3, of=4), *said("0.8", won=2, of=4)])

    assert [(step.lowest, step.highest, step.trades, step.wins) for step in found.steps] == [
        (Decimal("0.6"), Decimal("0.6"), 4, 1),
        (Decimal("0.7"), Decimal("0.8"), 8, 5),
    ]
    assert [found.of(Decimal(at)) for at in ("0.1", "0.65", "0.75", "0.99")] == [
        Decimal("0.25"),
        Decimal("0.4375"),
        Decimal("0.625"),
        Decimal("0.625"),
    ]


@given(PAST)
@settings(max_examples=60)
def test_it_is_the_isotonic_regression(past: list[Judged]) -> None:
    """C-09: the same as scipy's, of win rates by confidence weighted by their trades."""
    optimize = pytest.importorskip("scipy.optimize")
    said_at = sorted({one.confidence for one in past})
    outcomes = [[one.won for one in past if one.confidence == at] for at in said_at]
    rates, weights = [sum(one) / len(one) for one in outcomes], [len(one) for one in outcomes]
    expected = optimize.isotonic_regression(rates, weights=weights).x

    found = calibrate(past)

    assert [float(found.of(at)) for at in said_at] == pytest.approx(list(expected), abs=1e-12)
    assert found.trades == len(past)


@given(PAST, HUNDREDTHS, HUNDREDTHS)
@settings(max_examples=60)
def test_more_confidence_is_never_worth_less(past: list[Judged], one: Decimal, other: Decimal) -> None:
    """C-09: between what was said it goes on steadily."""
    found = calibrate(past)

    assert found.of(min(one, other)) <= found.of(max(one, other))


@pytest.mark.parametrize(
    ("is_wanted", "trades", "expected"),
    [(True, 49, "0.9"), (True, 50, "0.5"), (True, 51, "0.5"), (False, 50, "0.9")],
)
def test_it_counts_from_fifty_trades_on_where_it_is_asked_for(
    is_wanted: bool, trades: int, expected: str
) -> None:
    """C-01: after 50 closed trades the minimum is held against it, if `calibrated` is set."""
    past = calibrate(said("0.9", won=trades // 2, of=trades))
    compared = compared_confidence(Trading(calibrated=is_wanted), past, Decimal("0.9"))

    assert round(compared, 1) == Decimal(expected)


def test_nothing_is_worth_nothing_known() -> None:
    """C-09: without a closed trade there is no calibrated confidence."""
    with pytest.raises(ValueError, match="no trade"):
        Calibration().of(Decimal("0.5"))

"""The two switches of selection (B-04), and when a strategy is scanned at all (B-02)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.pipeline.company_dates import NextEarnings
from chalicelib.domain.desk.pipeline.facts import Reading
from chalicelib.domain.desk.pipeline.scanning import is_scanned
from chalicelib.domain.desk.pipeline.verdicts import Stage
from chalicelib.domain.desk.selection.chains import Chain, chain_of
from chalicelib.domain.desk.selection.switches import DteRange, dte_range, first_after
from tests.domain.desk.desk_support import AT, EXPIRIES, chain, judged, quotes, strategy

#: Mid-morning in New York, in winter.
CALENDAR: Final = MarketCalendar()


@pytest.mark.parametrize(
    ("vix", "low", "high"),
    [
        (25.0, 30, 60),
        (25.1, 20, 45),
        (15.0, 30, 60),
        (14.9, 30, 75),
        (None, 30, 60),
    ],
)
def test_dynamic_days_are_nearer_when_nervous_and_further_when_calm(
    vix: float | None, low: int, high: int
) -> None:
    """B-04: VIX > 25: (max(14, min - 10), max(30, max - 15)); VIX < 15: (min, min(90, max + 15))."""
    entry = strategy(entry_conditions__dynamic_dte=True).entry_conditions

    assert dte_range(entry, vix) == DteRange(low=low, high=high)
    assert dte_range(replace(entry, dynamic_dte=False), vix) == DteRange(low=30, high=60)


def test_dynamic_days_have_their_bounds() -> None:
    """B-04: never under 14 or 30 days; never beyond 90, nor under the least asked."""
    entry = strategy(entry_conditions__dynamic_dte=True).entry_conditions

    assert dte_range(replace(entry, dte_min=16, dte_max=20), 40.0) == DteRange(low=14, high=30)
    assert dte_range(replace(entry, dte_min=30, dte_max=85), 10.0) == DteRange(low=30, high=90)
    assert dte_range(replace(entry, dte_min=100, dte_max=120), 10.0) == DteRange(low=100, high=100)


def test_the_range_in_force_is_what_d_tells() -> None:
    """B-02 D: with VIX at 14 the range reaches to 75 days."""
    calm = Reading(value=14.0, at=AT)
    found = judged(strategy(entry_conditions__dynamic_dte=True), vix=calm)
    (told,) = (one for one in found.verdicts if one.stage is Stage.D)

    assert (told.numbers["dte_min"], told.numbers["dte_max"]) == (30, 75)


def test_near_earnings_the_first_expiry_after_them_is_taken() -> None:
    """B-04: of expiries after 29, 43 and 57 days, that of 57 when earnings come on the 44th."""
    earnings = EXPIRIES[2] + timedelta(days=1)
    found = judged(
        strategy(entry_conditions__dte_min=20, entry_conditions__dynamic_dte=True),
        earnings=NextEarnings(on=earnings),
    )

    assert found.inputs.selection.candidate is not None
    assert found.inputs.selection.candidate.expiry == EXPIRIES[3]
    assert first_after(EXPIRIES, None, EXPIRIES[3]) is None
    assert first_after(EXPIRIES, EXPIRIES[3] + timedelta(days=1), EXPIRIES[3]) is None


def widths(market: Chain, *, skew_aware: bool) -> tuple[float, float]:
    found = judged(
        strategy(
            entry_conditions__wing_width=10,
            entry_conditions__skew_aware=skew_aware,
            entry_conditions__max_gamma_loss_1pct=100_000,
        ),
        market=market,
    )
    candidate = found.inputs.selection.candidate
    assert candidate is not None
    low, put, call, high = (leg.strike for leg in candidate.legs)
    return put - low, high - call


def test_skew_widens_the_put_wing_by_half_to_a_listed_strike() -> None:
    """B-04: with puts dearer by more than 0.02 a wing of 10 becomes 15; the call's stays."""
    skewed = chain(lambda one: replace(one, iv=None if one.iv is None else one.iv * 2))

    assert widths(skewed, skew_aware=False) == (10, 10)
    assert widths(skewed, skew_aware=True) == (15, 10)


def test_falling_term_structure_prefers_the_shortest_days() -> None:
    """B-04: ATM IV of the target expiry above the next one's."""
    near = quotes(expiries=EXPIRIES[2:3], atm=0.12)
    far = quotes(expiries=EXPIRIES[3:], atm=0.16)
    later = quotes(expiries=[EXPIRIES[3] + timedelta(days=7)], atm=0.10)
    market = chain_of([*near, *far, *later], AT)

    def expiry(*, skew_aware: bool) -> date:
        found = judged(
            strategy(
                entry_conditions__dte_max=70,
                entry_conditions__skew_aware=skew_aware,
                entry_conditions__max_gamma_loss_1pct=100_000,
            ),
            market=market,
        )
        assert found.inputs.selection.candidate is not None
        return found.inputs.selection.candidate.expiry

    assert expiry(skew_aware=False) == EXPIRIES[3]
    assert expiry(skew_aware=True) == EXPIRIES[2]


@pytest.mark.parametrize(
    ("hour", "minute", "is_due"),
    [(9, 59, False), (10, 0, True), (11, 0, True), (11, 1, False)],
)
def test_a_strategy_is_scanned_in_its_own_window(hour: int, minute: int, *, is_due: bool) -> None:
    """B-02: both ends of the window are in it."""
    own = strategy(entry_conditions__entry_from="10:00", entry_conditions__entry_to="11:00")
    at = datetime(2026, 2, 19, hour + 5, minute, tzinfo=UTC)

    assert is_scanned(own, at, CALENDAR) is is_due
    assert not is_scanned(replace(own, enabled=False), at, CALENDAR)


def test_nothing_is_scanned_outside_the_session() -> None:
    """B-02: neither before the open nor on a Saturday."""
    own = strategy()

    assert is_scanned(own, AT, CALENDAR)
    assert not is_scanned(own, AT - timedelta(hours=1), CALENDAR)
    assert not is_scanned(own, AT + timedelta(days=2), CALENDAR)

"""The next earnings and dividend out of a calendar: none, not known, expected (B-02, G1 and G2)."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.desk.pipeline.company_dates import (
    Dividend,
    EarningsCalendar,
    NextDividend,
    NextEarnings,
    next_dividend,
    next_earnings,
)
from chalicelib.domain.instruments.kinds import UnderlyingKind, kind_of

TODAY = date(2026, 2, 19)
PAST, AHEAD = date(2026, 1, 29), date(2026, 4, 30)
SHARE, FUND = UnderlyingKind.SHARE, UnderlyingKind.FUND


@pytest.mark.parametrize(
    ("days", "has_table", "kind", "expected"),
    [
        ((PAST, AHEAD), True, SHARE, NextEarnings(on=AHEAD)),
        ((TODAY,), True, SHARE, NextEarnings(on=TODAY)),
        ((AHEAD,), True, FUND, NextEarnings(on=AHEAD)),
        ((), True, SHARE, NextEarnings()),
        ((), False, FUND, NextEarnings()),
        ((), False, UnderlyingKind.INDEX, NextEarnings()),
        ((), False, SHARE, None),
        ((), False, None, None),
        ((PAST,), True, SHARE, None),
        ((PAST,), True, None, None),
    ],
)
def test_earnings_are_known_only_where_somebody_says_so(
    days: tuple[date, ...], has_table: bool, kind: UnderlyingKind | None, expected: NextEarnings | None
) -> None:
    """G1: a fund has none, a share that told some tells them again, no calendar says nothing of a share."""
    assert next_earnings(EarningsCalendar(days=days, has_table=has_table), kind, TODAY) == expected


def test_the_next_dividend_is_the_first_from_today_on() -> None:
    """G2: an ex-date of today still counts."""
    paid = [Dividend(ex_date=day, amount=0.5) for day in (AHEAD, TODAY, PAST)]

    assert next_dividend(paid, TODAY) == NextDividend(ex_date=TODAY, amount=0.5)
    assert next_dividend([], TODAY) == NextDividend()


def test_a_dividend_that_nobody_declared_yet_is_expected_again() -> None:
    """G2: a quarter after the last one; one that was left out twice is not paid any more."""
    quarterly = Dividend(ex_date=date(2025, 12, 19), amount=1.9, times_a_year=4)
    special = Dividend(ex_date=PAST, amount=10.0)

    assert next_dividend([quarterly, special], TODAY) == NextDividend(ex_date=date(2026, 3, 20), amount=1.9)
    assert next_dividend([quarterly], date(2026, 4, 1)).ex_date == date(2026, 4, 1)
    assert next_dividend([quarterly], TODAY + timedelta(days=365)) == NextDividend()
    assert next_dividend([special], TODAY) == NextDividend()


def test_our_own_table_tells_funds_and_indices_from_the_rest() -> None:
    assert [kind_of(one) for one in ("SPY", "XLF", "SPX", "VIX3M", "AAPL")] == [
        FUND,
        FUND,
        UnderlyingKind.INDEX,
        UnderlyingKind.INDEX,
        None,
    ]

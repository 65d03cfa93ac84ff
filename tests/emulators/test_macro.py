"""Macro windows of the simulated world (B-02, B; local.md, Systems B and C)."""

from datetime import date, timedelta

from infra.local.emulators.market.macro import macro_windows
from infra.local.emulators.market.sessions import is_trading_day
from tests.emulators.support import new_york


def test_every_month_has_some_and_the_default_day_has_none() -> None:
    """A month without any row fails the gate; on 2026-02-19 nothing is told."""
    for year in (2025, 2026):
        for month in range(1, 13):
            windows = macro_windows(year, month)
            assert len(windows) >= 2
            assert all(is_trading_day(window.start.date()) for window in windows)
            assert windows == sorted(windows, key=lambda window: window.start)
    assert date(2026, 2, 19) not in {window.start.date() for window in macro_windows(2026, 2)}


def test_a_window_lies_around_its_release() -> None:
    """30 minutes before to 60 after, on New York's clocks."""
    employment, prices = macro_windows(2026, 2)
    (_, _, rates) = macro_windows(2026, 3)

    assert (employment.name, employment.start) == ("employment", new_york("2026-02-06 08:00"))
    assert (prices.name, prices.start) == ("CPI", new_york("2026-02-11 08:00"))
    assert prices.end - prices.start == timedelta(minutes=90)
    assert (rates.name, rates.end) == ("FOMC", new_york("2026-03-18 15:00"))

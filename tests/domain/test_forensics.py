"""What was possible while a trade was held (A-09), against plain loops over the same marks."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.analysis.forensics import (
    Findings,
    Holding,
    Marks,
    examine,
    marks_of_candles,
    marks_of_snapshots,
    session_time_after,
)
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.market.candles import Candle

CALENDAR = MarketCalendar()
MINUTE = timedelta(minutes=1)
#: A Thursday's open, winter time.
OPEN = datetime(2026, 2, 19, 14, 30, tzinfo=UTC)
ENTRY = OPEN + timedelta(minutes=10, seconds=20)


def holding(
    *,
    entry: str = "2.00",
    ended_after: timedelta = timedelta(hours=3),
    fills: tuple[str, ...] = (),
    realized: str | None = "-12.34",
    is_long: bool = True,
) -> Holding:
    return Holding(
        entry_at=ENTRY,
        ended_at=ENTRY + ended_after,
        entry_price=Decimal(entry),
        quantity=Decimal(3),
        multiplier=Decimal(100),
        is_long=is_long,
        realized_pnl=None if realized is None else Decimal(realized),
        fill_prices=tuple(Decimal(one) for one in fills),
        first_look_at=ENTRY + 15 * MINUTE,
        second_look_at=ENTRY + 60 * MINUTE,
    )


def snapshots(*points: tuple[float, str]) -> Marks:
    """Marks by minutes after the entry."""
    return marks_of_snapshots((ENTRY + minutes * MINUTE, Decimal(price)) for minutes, price in points)


def test_pnl_is_of_the_whole_quantity_at_the_first_mark_from_the_instant_on() -> None:
    found = examine(
        holding(), snapshots((14.9, "9.00"), (15, "2.50"), (15.1, "7"), (62, "1.85"), (63, "9.9"))
    )

    assert found.pnl_15m == Decimal("150.00")
    assert found.pnl_1h == Decimal("-45.00")


@pytest.mark.parametrize(("late", "expected"), [(5.0, Decimal("150.00")), (5.0001, None)])
def test_a_mark_later_than_five_minutes_is_none(late: float, expected: Decimal | None) -> None:
    found = examine(holding(), snapshots((14, "9"), (15 + late, "2.50")))

    assert found.pnl_15m == expected
    assert found.pnl_1h is None


def test_a_trade_that_ended_before_counts_its_realised_pnl() -> None:
    found = examine(holding(ended_after=20 * MINUTE), snapshots((15, "2.50"), (60, "8.00")))

    assert found.pnl_15m == Decimal("150.00")
    assert found.pnl_1h == Decimal("-12.34")


def test_marks_from_before_the_entry_and_after_the_end_do_not_count_as_held() -> None:
    found = examine(
        holding(ended_after=30 * MINUTE), snapshots((-1, "9"), (0, "2.10"), (30, "1.80"), (30.1, "0.05"))
    )

    assert found.mfe_pct == Decimal("5.0000")
    assert found.mae_pct == Decimal("-10.0000")


def test_without_any_mark_the_fills_alone_count() -> None:
    """A-09: the fills count as marks; MFE ≥ 0 ≥ MAE."""
    found = examine(holding(fills=("1.90", "2.10", "2.60")), snapshots())

    assert (found.mfe_pct, found.mae_pct) == (Decimal("30.0000"), Decimal("-5.0000"))
    assert examine(holding(), snapshots()) == Findings(
        pnl_15m=None, pnl_1h=None, mfe_pct=Decimal(0), mae_pct=Decimal(0)
    )


def test_a_short_is_best_when_the_price_is_lowest() -> None:
    found = examine(holding(is_long=False), snapshots((1, "1.50"), (2, "2.20"), (15, "1.50")))

    assert (found.mfe_pct, found.mae_pct) == (Decimal("25.0000"), Decimal("-10.0000"))
    assert found.pnl_15m == Decimal("150.00")


def test_a_minute_counts_only_when_it_lies_whole_in_the_holding_and_by_its_extremes() -> None:
    def minute(index: int, *prices: str) -> Candle:
        opening, high, low, close = (Decimal(one) for one in prices)
        starts_at = OPEN + index * MINUTE
        return Candle(
            starts_at=starts_at,
            ends_at=starts_at + MINUTE,
            open=opening,
            high=high,
            low=low,
            close=close,
            volume=1,
        )

    entered = minute(10, "2", "99", "0.01", "2")  # the entry was 20 s into it
    held = minute(11, "2", "2.40", "1.70", "2.1")
    looked = minute(26, "2.5", "2.6", "2.4", "2.4")  # the first that begins after entry + 15 min
    left = minute(40, "2", "50", "0.02", "2")
    marks = marks_of_candles([entered, held, looked, left])
    found = examine(holding(ended_after=30 * MINUTE), marks)

    assert (found.mfe_pct, found.mae_pct) == (Decimal("30.0000"), Decimal("-15.0000"))
    assert found.pnl_15m == Decimal("150.00")


POINTS = st.lists(
    st.tuples(st.integers(-60, 300), st.integers(1, 999)), max_size=60, unique_by=lambda point: point[0]
)


@settings(max_examples=150, deadline=None)
@given(POINTS, st.integers(0, 240), st.lists(st.integers(1, 999), max_size=4))
def test_figures_are_those_of_a_plain_loop(
    points: list[tuple[int, int]], ended_after: int, fills: list[int]
) -> None:
    points.sort()
    trade = holding(ended_after=ended_after * MINUTE, fills=tuple(f"{one / 100:.2f}" for one in fills))
    found = examine(trade, snapshots(*((at, f"{price / 100:.2f}") for at, price in points)))
    held = [price for at, price in points if 0 <= at <= ended_after] + fills + [200]

    def plain_pnl(look: int) -> Decimal | None:
        if ended_after <= look:
            return trade.realized_pnl
        coming = [price for at, price in points if look <= at <= look + 5]
        return Decimal(coming[0] - 200) * 3 if coming else None

    assert found.mfe_pct == (Decimal(max(held)) / 2 - 100).quantize(Decimal("0.0001"))
    assert found.mae_pct == (Decimal(min(held)) / 2 - 100).quantize(Decimal("0.0001"))
    assert (found.pnl_15m, found.pnl_1h) == (plain_pnl(15), plain_pnl(60))
    assert found.mfe_pct >= 0 >= found.mae_pct


@pytest.mark.parametrize(
    ("at", "minutes", "expected"),
    [
        ("2026-02-19T14:30:00", 15, "2026-02-19T14:45:00"),
        ("2026-02-19T20:50:00", 15, "2026-02-20T14:35:00"),  # ten minutes today, five tomorrow
        ("2026-02-19T20:45:00", 15, "2026-02-20T14:30:00"),  # the close is the next open
        ("2026-02-20T20:30:00", 60, "2026-02-23T15:00:00"),  # over a weekend
        ("2026-03-06T20:30:00", 60, "2026-03-09T14:00:00"),  # and into daylight saving time
        ("2025-11-28T17:45:00", 60, "2025-12-01T15:15:00"),  # an early close at 13:00
        ("2026-02-19T12:00:00", 15, "2026-02-19T14:45:00"),  # before the open nothing counts
        ("2026-02-19T22:00:00", 15, "2026-02-20T14:45:00"),
    ],
)
def test_session_time_goes_on_with_the_next_session(at: str, minutes: int, expected: str) -> None:
    begun, wanted = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (at, expected))

    assert session_time_after(CALENDAR, begun, minutes * MINUTE) == wanted


@pytest.mark.slow
def test_ten_thousand_trades_of_a_day_take_less_than_two_seconds() -> None:
    """performance.md: excursions of 10,000 trades × 390 minutes; processor time of this process."""
    random = np.random.default_rng(3)
    starts = np.arange(390, dtype=np.int64) * 60_000_000 + int(OPEN.timestamp()) * 1_000_000
    days = []
    for _ in range(10_000):
        first = np.round(2 + random.normal(0, 0.02, 390).cumsum().clip(-1.9), 2)
        days.append(
            Marks(starts=starts, ends=starts + 60_000_000, first=first, high=first + 0.05, low=first - 0.05)
        )
    trade = holding(fills=("2.00", "2.35"))
    begun = time.process_time()
    found = [examine(trade, marks) for marks in days]
    took = time.process_time() - begun

    assert len(found) == 10_000
    assert took < 2

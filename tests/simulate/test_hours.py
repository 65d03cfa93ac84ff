"""The invariants' own word on when something can be traded (W-06, I-18)."""

from datetime import UTC, date, datetime, time

import pytest

from infra.local.emulators.market.sessions import NEW_YORK
from infra.local.invariants.hours import can_trade

SPY = "SPY260320C00600000"
SPXW = "SPXW260320C05000000"


@pytest.mark.parametrize(
    ("symbols", "day", "at", "tradable"),
    [
        ([SPY], date(2026, 3, 18), time(15, 59), True),
        ([SPY], date(2026, 3, 18), time(16, 0), False),
        ([SPXW], date(2026, 3, 18), time(16, 14), True),
        ([SPXW], date(2026, 3, 18), time(16, 15), False),
        ([SPXW], date(2026, 3, 20), time(16, 0), False),
        ([SPXW, SPY], date(2026, 3, 18), time(16, 5), False),
        ([SPY], date(2026, 3, 18), time(9, 29), False),
        (["SPXW261218C05000000"], date(2026, 11, 27), time(13, 10), True),
        (["SPXW261218C05000000"], date(2026, 11, 26), time(12, 0), False),
        (["SPY"], date(2026, 3, 18), time(12, 0), True),
    ],
)
def test_hours_are_those_of_what_is_traded(symbols: list[str], day: date, at: time, tradable: bool) -> None:
    """W-06: an order in index options at 16:05 breaks nothing, one in SPY does."""
    instant = datetime.combine(day, at, NEW_YORK).astimezone(UTC)

    assert can_trade(symbols, instant) is tradable

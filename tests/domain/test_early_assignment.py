"""The model of early exercise against a short leg (W-05)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.structures.early_assignment import Situation, is_assigned_early
from chalicelib.domain.structures.terms import LegTerms
from tests.domain.structures_support import MARCH, call, put, shares

D = Decimal


@dataclass(frozen=True)
class Quoted:
    """A bid and an ask."""

    bid: Decimal | None
    ask: Decimal | None


def situation(
    spot: str, bid: str | None, ask: str | None = None, *, days: int = 4, dividend: str | None = None
) -> Situation:
    """Return a situation so many days before the March expiry."""
    return Situation(
        today=MARCH - timedelta(days=days),
        spot=D(spot),
        quote=Quoted(None if bid is None else D(bid), None if ask is None else D(ask)),
        dividend=None if dividend is None else D(dividend),
    )


@pytest.mark.parametrize(
    ("leg", "at", "assigned"),
    [
        (call(100, -1), situation("110", "9.94"), True),
        (call(100, -1), situation("110", "9.95"), False),
        (call(100, -1), situation("110", "9.94", days=5), False),
        (call(100, -1), situation("110", "9.94", days=0), True),
        (call(100, -1), situation("110", "9.94", days=-1), False),
        (call(100, -1), situation("105.26", "5.00"), False),
        (call(100, -1), situation("105.27", "5.00"), True),
        (put(100, -1), situation("95.2", "4.00"), True),
        (put(100, -1), situation("95.3", "4.00"), False),
        (call(100, -1), situation("110", None), False),
        (call(100), situation("110", "9.94"), False),
        (shares(-100), situation("110", "9.94"), False),
        (put(100, -1), situation("110", "0"), False),
    ],
)
def test_deep_and_near_its_expiry_it_is_assigned_when_the_bid_is_too_low(
    leg: LegTerms, at: Situation, assigned: bool
) -> None:
    """W-05: bid under intrinsic less 0.05, within four days, more than 5 % of the price in the money."""
    assert is_assigned_early(leg, at, is_european=False) is assigned
    assert not is_assigned_early(leg, at, is_european=True)


@pytest.mark.parametrize(
    ("leg", "at", "assigned"),
    [
        (call(100, -1), situation("103", "3.10", "3.30", days=30, dividend="0.25"), True),
        (call(100, -1), situation("103", "3.10", "3.30", days=30, dividend="0.20"), False),
        (call(100, -1), situation("103", "3.10", "3.30", days=30), False),
        (call(100, -1), situation("103", "2.80", "3.00", days=30, dividend="0.01"), True),
        (call(100, -1), situation("99", "0.10", "0.20", days=30, dividend="5"), False),
        (put(100, -1), situation("97", "3.10", "3.30", days=30, dividend="0.25"), False),
        (call(100, -1), situation("103", "3.10", None, days=30, dividend="0.25"), False),
    ],
)
def test_a_call_is_assigned_for_a_dividend_above_its_time_value(
    leg: LegTerms, at: Situation, assigned: bool
) -> None:
    """W-05: on the eve of the ex-date, in the money, however far its expiry."""
    assert is_assigned_early(leg, at, is_european=False) is assigned


def test_an_index_option_is_never_assigned_early() -> None:
    """W-05: European."""
    deep = situation("103", "2.80", "3.00", days=1, dividend="5")

    assert not is_assigned_early(call(90, -1, date(2026, 3, 20)), deep, is_european=True)

"""Figures in what owners are told stand as on the page (page finding 28)."""

from datetime import date
from decimal import Decimal

from chalicelib.domain.spelling import as_day, as_price, as_result, in_dollars, in_per_cent


def test_money_per_cents_and_days_have_the_page_s_form() -> None:
    """Signs before the dollar, thousands apart, no sign on what is rounded to nothing."""
    assert in_dollars(Decimal("1234.5")) == "$1,234.50"
    assert in_dollars(Decimal(-12)) == "−$12.00"
    assert [as_result(Decimal(each)) for each in ("12", "-12", "0.004", "-0.004")] == [
        "+$12.00",
        "−$12.00",
        "$0.00",
        "$0.00",
    ]
    assert [in_per_cent(each) for each in (0.84, -0.04, Decimal("-3.2"))] == ["0.8%", "0.0%", "−3.2%"]
    assert in_per_cent(Decimal("4.256"), 2) == "4.26%"
    assert as_day(date(2026, 2, 19)) == "Feb 19, 2026"


def test_a_price_has_its_cents_and_no_hyphen_for_a_minus() -> None:
    """A credit of 1.3 is told as `−1.30`, a coin's price with its thousands apart and all its digits."""
    told = [as_price(Decimal(each)) for each in ("-1.3", "2444.6422", "96096.0000", "0.0123", "100", "0")]

    assert told == ["−1.30", "2,444.6422", "96,096.00", "0.0123", "100.00", "0.00"]

"""A-08: what was seen of a structure when it was ordered; one leg stays what it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.analysis.capsule import order_book_state
from chalicelib.domain.analysis.order_book import order_book_of
from chalicelib.domain.market.quotes import OptionQuote
from tests.domain.structures_support import call, put, shares

NOON = datetime(2026, 2, 19, 17, tzinfo=UTC)


def quote(
    bid: str, ask: str, delta: str | None = "0.10", *, symbol: str = "SPY260320P00095000"
) -> OptionQuote:
    return OptionQuote(
        symbol=symbol,
        bid=Decimal(bid),
        ask=Decimal(ask),
        bid_size=5,
        ask_size=5,
        last=None,
        quoted_at=NOON,
        source="tradier",
        delay_seconds=0,
        volume=20,
        open_interest=100,
        delta=None if delta is None else Decimal(delta),
        gamma=Decimal("0.02"),
        theta=Decimal("-0.05"),
        vega=Decimal("0.10"),
        iv=Decimal("0.2"),
    )


def test_a_lone_contracts_book_is_the_contracts() -> None:
    """A-08: what system A keeps of one contract does not change."""
    seen = quote("1.00", "1.10")
    assert order_book_of([call(100)], [seen]) == order_book_state(seen)


def test_a_verticals_book_is_signed_and_shows_both_legs() -> None:
    """W-02: sold at 1.00 to 1.10, bought at 0.40 to 0.46: leaving pays 0.70, entering brings 0.54."""
    sold, bought = quote("1.00", "1.10", "-0.30"), quote("0.40", "0.46", "-0.12", symbol="SPY260320P00090000")
    book: dict[str, Any] = order_book_of([put(95, -2), put(90, 2)], [sold, bought])

    assert (book["bid"], book["ask"]) == (-1.4, -1.08)
    assert book["spread_pct"] == pytest.approx(100 * 0.32 / 1.24, abs=1e-4)
    assert book["greeks"]["delta"] == pytest.approx(0.36)
    assert book["greeks"]["iv"] is None
    assert [(leg["symbol"], leg["side"], leg["ratio"]) for leg in book["legs"]] == [
        ("SPY260320P00095000", "SHORT", 2),
        ("SPY260320P00090000", "LONG", 2),
    ]
    assert book["legs"][0]["greeks"]["iv"] == 0.2
    assert set(book["reasons"]) == {"volume", "open_interest", "greeks.iv"}


def test_what_a_leg_lacks_the_structure_lacks_by_name() -> None:
    """W-02: no usable quote of every leg, no price; the reason names the leg."""
    sold = replace(quote("1.00", "1.10"), bid=Decimal(0), delta=None)
    later = replace(quote("0.40", "0.46", symbol="SPY260320P00090000"), quoted_at=NOON + timedelta(seconds=9))
    book: dict[str, Any] = order_book_of([put(95, -1), put(90)], [sold, later])

    assert (book["ask"], book["spread_pct"], book["greeks"]["delta"]) == (None, None, None)
    assert book["bid"] == pytest.approx(-0.7)
    assert book["reasons"]["ask"] == "no bid for SPY260320P00095000"
    assert book["as_of"] == "2026-02-19T17:00:00Z"


def test_shares_count_as_one_delta_each() -> None:
    """A covered call: 100 shares less the call, per share."""
    stock = replace(quote("99.99", "100.01", None, symbol="SPY"), gamma=None, theta=None, vega=None)
    book: dict[str, Any] = order_book_of([shares(100), call(105, -1)], [stock, quote("1.00", "1.10", "0.30")])

    assert book["ask"] == pytest.approx(100.01 - 1)
    assert book["greeks"]["delta"] == pytest.approx(0.7)

"""Drift between books and broker (B-07): what is one, since when, and when it is over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chalicelib.domain.trading.drift import (
    Counted,
    Drift,
    accepted,
    drifts_after,
    has_ended,
    underlying_of_symbol,
)

AT = datetime(2026, 2, 19, 15, tzinfo=UTC)
PUT = "SPXW260320P05800000"


def counted(books: int, broker: int, symbol: str = PUT) -> dict[str, Counted]:
    return {symbol: Counted(books=Decimal(books), broker=Decimal(broker))}


def after(before: dict[str, Drift], seen: dict[str, Counted], minutes: int, *unsure: str) -> dict[str, Drift]:
    return drifts_after(before, seen, unsure, AT + timedelta(minutes=minutes))


def test_a_difference_is_believed_when_two_looks_agree() -> None:
    """B-07: either way; the same difference keeps its time though both sides moved."""
    first = after({}, counted(-1, 0), 0)
    second = after(first, counted(-3, -2), 2)

    assert not first[PUT].is_believed(AT)
    assert second[PUT].since == AT
    assert second[PUT].is_believed(AT + timedelta(minutes=2))
    assert second[PUT].off == 1
    assert second[PUT].underlying == "SPX"


def test_another_difference_begins_anew_and_is_not_accepted() -> None:
    """B-16: an owner accepts what differs as it stands."""
    known = accepted(after({}, counted(0, 100, "SPY"), 0), "SPY")
    assert after(known, counted(0, 100, "SPY"), 2)["SPY"].accepted
    more = after(known, counted(0, 150, "SPY"), 2)["SPY"]

    assert (more.accepted, more.since) == (False, AT + timedelta(minutes=2))
    assert accepted(known, "QQQ") == known


def test_it_is_over_when_both_agree_or_nothing_is_traded_there() -> None:
    """B-07: ends by itself."""
    known = after({}, counted(0, 1), 0)

    assert after(known, counted(1, 1), 2) == {}
    assert after(known, {}, 2) == {}


def test_an_order_under_way_neither_makes_nor_ends_a_difference() -> None:
    """I-06: what cannot be told now stays as it was."""
    known = after({}, counted(0, 1), 0)

    assert after({}, counted(0, 1), 0, PUT) == {}
    assert after(known, counted(0, 1), 2, PUT) == known
    assert after(known, counted(1, 1), 2, PUT) == known


def test_symbols_name_their_underlying_and_their_end() -> None:
    assert underlying_of_symbol("BRK/B") == "BRK/B"
    assert has_ended(PUT, date(2026, 3, 21))
    assert not has_ended(PUT, date(2026, 3, 20))
    assert not has_ended("SPY", date(2026, 3, 20))
    assert replace(after({}, counted(0, 1), 0)[PUT], symbol="SPY").underlying == "SPY"

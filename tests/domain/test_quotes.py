"""Which quotes may be used, and what mark they give (A-02, I-15)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import (
    CLOCK_SKEW_MAX,
    QUOTE_AGE_MAX,
    Mark,
    NoMark,
    OptionQuote,
    QuoteFault,
    mark_of,
    quote_fault,
)
from chalicelib.domain.money import to_price
from tests.domain.support import NOON, SYMBOL

TICK = timedelta(microseconds=1)
FRESH = OptionQuote(
    symbol=SYMBOL,
    bid=Decimal("4.90"),
    ask=Decimal("5.10"),
    bid_size=10,
    ask_size=10,
    last=Decimal("7.77"),
    quoted_at=NOON,
    source="test",
    delay_seconds=0,
)

cents = st.none() | st.integers(0, 3000).map(lambda count: Decimal(count) / 100)
quotes = st.builds(
    OptionQuote,
    symbol=st.sampled_from([SYMBOL, SYMBOL, SYMBOL, "SPY260320P00600000"]),
    bid=cents,
    ask=cents,
    bid_size=st.none() | st.integers(0, 50),
    ask_size=st.none() | st.integers(0, 50),
    last=cents,
    quoted_at=st.none() | st.integers(-200, 2000).map(lambda age: NOON - timedelta(seconds=age)),
    source=st.just("test"),
    delay_seconds=st.sampled_from([0, 900]),
)


def sided(bid: str | None, ask: str | None) -> OptionQuote:
    """Return the fresh quote with these sides."""
    return replace(
        FRESH, bid=None if bid is None else Decimal(bid), ask=None if ask is None else Decimal(ask)
    )


def test_age_limit_is_120_seconds() -> None:
    """A-02: for marks and fills."""
    assert timedelta(seconds=120) == QUOTE_AGE_MAX


@pytest.mark.parametrize("delay", [0, 900])
def test_age_counts_beyond_the_sources_own_delay(delay: int) -> None:
    """I-15: 120 s is usable, a moment more is stale; a source 15 minutes late has 15 minutes more."""
    quote = replace(FRESH, delay_seconds=delay)
    limit = NOON + QUOTE_AGE_MAX + timedelta(seconds=delay)

    assert quote_fault(quote, SYMBOL, limit) is None
    assert quote_fault(quote, SYMBOL, limit + TICK) is QuoteFault.STALE


def test_quote_from_the_future_is_unusable() -> None:
    """I-15: a little clock skew is forgiven, nonsense is not."""
    assert quote_fault(FRESH, SYMBOL, NOON - CLOCK_SKEW_MAX) is None
    assert quote_fault(FRESH, SYMBOL, NOON - CLOCK_SKEW_MAX - TICK) is QuoteFault.FROM_THE_FUTURE


def test_quote_of_another_instrument_is_unusable() -> None:
    """I-15: a mark is that very contract's."""
    other = replace(FRESH, symbol="SPY260320P00600000")

    assert quote_fault(other, SYMBOL, NOON) is QuoteFault.WRONG_INSTRUMENT
    assert mark_of(other, SYMBOL, NOON) == NoMark(reason="quote of another instrument")


def test_missing_and_undated_quotes_are_unusable() -> None:
    """I-15: recorded as unusable, with the reason."""
    undated = replace(FRESH, quoted_at=None)

    assert mark_of(None, SYMBOL, NOON) == NoMark(reason="no quote")
    assert mark_of(undated, SYMBOL, NOON) == NoMark(reason="quote without a time")


@pytest.mark.parametrize(
    ("bid", "ask", "mark"),
    [
        ("4.90", "5.10", Mark(price=Decimal(5), one_sided=False)),
        ("4.90", "4.91", Mark(price=Decimal("4.905"), one_sided=False)),
        ("5.00", "5.00", Mark(price=Decimal(5), one_sided=False)),
        ("4.90", None, Mark(price=Decimal("4.90"), one_sided=True)),
        ("4.90", "0", Mark(price=Decimal("4.90"), one_sided=True)),
        ("5.11", "5.10", NoMark(reason="crossed quote")),
        (None, "5.10", NoMark(reason="no bid")),
        ("0", "0.01", Mark(price=Decimal("0.005"), one_sided=True)),
        ("0", "0.10", Mark(price=Decimal("0.05"), one_sided=True)),
        ("0", "0.11", Mark(price=Decimal(0), one_sided=True)),
        ("0", "5.10", Mark(price=Decimal(0), one_sided=True)),
        (None, "0.01", NoMark(reason="no bid")),
        (None, None, NoMark(reason="neither bid nor ask")),
        ("0", "0", NoMark(reason="neither bid nor ask")),
    ],
)
def test_mark_is_the_mid_else_the_bid_alone(bid: str | None, ask: str | None, mark: Mark | NoMark) -> None:
    """A-02: mid of a two-sided, uncrossed quote; with a bid alone, the bid; else no mark and why."""
    assert mark_of(sided(bid, ask), SYMBOL, NOON) == mark


@pytest.mark.parametrize(("ask", "price"), [("0.10", "0.05"), ("0.11", "0.11"), ("5.10", "5.10")])
def test_closing_a_short_where_nobody_bids_costs_the_ask(ask: str, price: str) -> None:
    """A-02: up to an ask of 0.10 the mark is half of it, beyond that the ask for a short leg."""
    marked = mark_of(sided("0", ask), SYMBOL, NOON, side=LegSide.SHORT)

    assert marked == Mark(price=Decimal(price), one_sided=True)


@settings(max_examples=200)
@given(quote=quotes)
def test_a_mark_lies_within_its_own_fresh_quote(quote: OptionQuote) -> None:
    """I-15: that instrument's, not too old, not crossed, never the last trade; else a reason."""
    marked = mark_of(quote, SYMBOL, NOON)
    if isinstance(marked, NoMark):
        assert marked.reason
        return

    assert quote.symbol == SYMBOL
    assert quote.quoted_at is not None
    assert -CLOCK_SKEW_MAX <= NOON - quote.quoted_at <= QUOTE_AGE_MAX + timedelta(seconds=quote.delay_seconds)
    assert quote.bid is not None
    if quote.nobody_bids:
        assert marked.one_sided
        assert quote.ask is not None
        assert marked.price == (to_price(quote.ask / 2) if quote.ask <= Decimal("0.10") else 0)
    elif marked.one_sided:
        assert not quote.has_ask
        assert marked.price == quote.bid
    else:
        assert quote.ask is not None
        assert quote.bid <= marked.price <= quote.ask
        assert marked.price * 2 == quote.bid + quote.ask

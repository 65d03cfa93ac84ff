"""What an account's trades made of a stretch of time (api.md, account)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.market.session_time import is_fresh
from chalicelib.domain.trading.account_figures import (
    BookedFill,
    PricedLeg,
    PricedTrade,
    change_since,
    open_figures,
    stop_of_strategy,
    unpriced_since,
)

CLOSE = datetime(2026, 2, 27, 21, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def fill(at: datetime, quantity: int, price: str, *, is_buy: bool = True) -> BookedFill:
    return BookedFill(
        at=at,
        is_buy=is_buy,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fees=Decimal("0.35") * quantity,
    )


def trade(
    *fills: BookedFill, then: str | None = None, now: str | None = None, stop: str | None = None
) -> PricedTrade:
    return priced(
        fills,
        mark=None if now is None else Decimal(now),
        marks_then={CLOSE: None if then is None else Decimal(then)},
        sl_price=None if stop is None else Decimal(stop),
        unrealized_pnl=Decimal(10),
    )


def priced(
    fills: Sequence[BookedFill],
    *,
    mark: Decimal | None,
    marks_then: dict[datetime, Decimal | None],
    sl_price: Decimal | None = None,
    unrealized_pnl: Decimal | None = None,
) -> PricedTrade:
    """Return a trade of one contract."""
    leg = PricedLeg(multiplier=Decimal(100), mark=mark, marks_then=marks_then, fills=fills)
    return PricedTrade(
        trade_id=UUID(int=1),
        sl_price=sl_price,
        unrealized_pnl=unrealized_pnl,
        mark=mark,
        per_point=leg.held_at() * leg.multiplier,
        legs=[leg],
    )


def test_the_day_of_a_position_held_over_night_is_the_move_of_its_mark() -> None:
    """Day P&L = worth now less worth at the last close: what it cost a week ago is no part of it."""
    held = trade(fill(CLOSE - timedelta(days=7), 2, "9.00"), then="4.00", now="3.25")

    assert change_since([held], CLOSE) == Decimal("-150.00")


def test_a_day_green_in_what_was_realised_is_red_when_the_marks_fell_more() -> None:
    """The reported case: +241 realised beside open marks down 1,333 is a day of -1,092."""
    sold = trade(
        fill(CLOSE - timedelta(days=1), 1, "5.00"), fill(NOON, 1, "7.4135", is_buy=False), then="5.00"
    )
    falling = trade(fill(CLOSE - timedelta(days=1), 1, "20.00"), then="20.00", now="6.67")

    assert change_since([sold], CLOSE) == Decimal("241.00")
    assert change_since([sold, falling], CLOSE) == Decimal("-1092.00")


def test_what_was_opened_today_counts_from_its_fill_with_its_fees() -> None:
    opened = trade(fill(NOON, 1, "4.00"), now="4.50")

    assert change_since([opened], CLOSE) == Decimal("49.65")


def test_shares_delivered_at_the_close_count_from_the_close_they_came_at() -> None:
    """No mark of theirs can stand at that instant: the fill of the instant is what they were worth then."""
    delivered = trade(fill(CLOSE, 100, "615.16"), now="614.60")

    assert change_since([delivered], CLOSE) == Decimal("-5600.00")
    assert unpriced_since([delivered], CLOSE) == 0


def test_a_mark_of_the_close_goes_before_a_fill_of_the_same_instant() -> None:
    added = trade(fill(CLOSE - timedelta(days=1), 1, "5.00"), fill(CLOSE, 1, "5.40"), then="5.50", now="6.00")

    assert change_since([added], CLOSE) == Decimal("100.00")


def test_what_cannot_be_priced_at_either_end_is_left_out_and_counted() -> None:
    """I-15: unknown is never a stand-in."""
    no_close = trade(fill(CLOSE - timedelta(days=1), 1, "5.00"), now="6.00")
    no_mark = trade(fill(NOON, 1, "5.00"))
    known = trade(fill(NOON, 1, "4.00"), now="4.50")

    assert change_since([no_close, no_mark, known], CLOSE) == Decimal("49.65")
    assert unpriced_since([no_close, no_mark, known], CLOSE) == 2


def test_risk_to_stops_is_what_the_stops_would_lose_from_here() -> None:
    """From the present mark, not from the entry; without a stop it is unprotected, with all its worth."""
    figures = open_figures(
        [
            trade(fill(NOON, 2, "4.00"), now="6.00", stop="5.50"),
            trade(fill(NOON, 1, "4.00"), now="3.00"),
            trade(fill(NOON, 1, "4.00"), stop="3.00"),
        ]
    )

    assert figures.risk_to_stops == Decimal(100)
    assert (figures.unprotected, figures.unprotected_value) == (1, Decimal(300))
    assert (figures.open_pnl, figures.unpriced) == (Decimal(20), 1)


@pytest.mark.parametrize(
    ("entry", "per_point", "stop_pct", "stop_usd", "stop"),
    [
        ("-0.66", 100, "200", None, "-1.98"),
        ("2.00", 100, "50", None, "1.00"),
        ("-1.30", 200, "200", "100", "-1.80"),
        ("1.50", -100, "100", None, "3.00"),
        ("-0.66", 100, None, None, None),
    ],
)
def test_a_strategy_s_stop_is_a_price_and_its_trade_is_not_unprotected(
    entry: str, per_point: int, stop_pct: str | None, stop_usd: str | None, stop: str | None
) -> None:
    """B-06: of a credit, a debit, the nearer of two, one short leg; without one there is none."""
    found = stop_of_strategy(
        entry_price=Decimal(entry),
        per_point=Decimal(per_point),
        stop_pct=None if stop_pct is None else Decimal(stop_pct),
        stop_usd=None if stop_usd is None else Decimal(stop_usd),
    )
    held = replace(trade(fill(NOON, 1, "4.00"), now="3.00"), strategy_stop=found)
    figures = open_figures([held])

    assert found == (None if stop is None else Decimal(stop))
    assert figures.unprotected == (found is None)


_PRICES = st.decimals(min_value=Decimal("0.01"), max_value=500, places=2)


@given(
    entry=_PRICES,
    exits=st.lists(st.tuples(st.integers(1, 3), _PRICES), max_size=3),
    close=_PRICES,
    now=_PRICES,
    before=st.booleans(),
)
def test_days_add_up_to_the_whole(
    entry: Decimal, exits: list[tuple[int, Decimal]], close: Decimal, now: Decimal, before: bool
) -> None:
    """From the beginning to now = from the beginning to the close + from the close to now, to the cent."""
    beginning = CLOSE - timedelta(days=2)
    opened_at = CLOSE - timedelta(days=1) if before else NOON
    fills = [fill(opened_at, 10, str(entry))] + [
        fill(NOON + timedelta(minutes=number), quantity, str(price), is_buy=False)
        for number, (quantity, price) in enumerate(exits, start=1)
    ]
    whole = priced(fills, mark=now, marks_then={beginning: None, CLOSE: close})
    until_close = priced([one for one in fills if one.at <= CLOSE], mark=close, marks_then={beginning: None})

    first, second = until_close.change_since(beginning), whole.change_since(CLOSE)
    assert first is not None
    assert second is not None
    assert first + second == whole.change_since(beginning)


@pytest.mark.parametrize(
    ("mark_at", "now", "delayed", "fresh"),
    [
        ("2026-03-02T17:00:00", "2026-03-02T17:02:00", False, True),
        ("2026-03-02T17:00:00", "2026-03-02T17:02:01", False, False),
        ("2026-03-02T17:00:00", "2026-03-02T17:16:00", True, True),
        ("2026-02-27T20:59:20", "2026-03-02T14:29:00", False, True),
        ("2026-02-27T20:59:20", "2026-03-02T14:31:00", False, True),
        ("2026-02-27T20:59:20", "2026-03-02T14:32:00", False, False),
        ("2026-02-27T18:00:00", "2026-02-27T23:00:00", False, False),
        ("2026-02-27T21:05:00", "2026-03-02T14:31:59", False, True),
    ],
)
def test_a_mark_ages_while_the_market_is_open(mark_at: str, now: str, delayed: bool, fresh: bool) -> None:
    """A-02: 120 s of session time beyond the source's delay; nights and weekends do not count."""
    at, then = (datetime.fromisoformat(f"{text}+00:00") for text in (mark_at, now))

    assert is_fresh(MarketCalendar(), at, then, delayed=delayed) is fresh

"""What minutes fill on paper (C-05)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.coins.minutes import Minute, MinuteFill, Resting, RestKind, replay
from chalicelib.domain.coins.slippage import CALMEST, WILDEST, slippage, slipped
from chalicelib.domain.instruments.sides import LegSide

D = Decimal
START: Final = datetime(2026, 2, 19, 12, 0, tzinfo=UTC)
STOP: Final = Resting(
    id="stop", kind=RestKind.STOP, side=LegSide.LONG, price=D(95), quantity=D(1), since=START
)
TARGET: Final = replace(STOP, id="target", kind=RestKind.TARGET, price=D(105), quantity=D("0.4"))
FAR: Final = replace(TARGET, id="far", price=D(110), quantity=D("0.6"))


def minute(number: int, opening: str, high: str, low: str, closing: str) -> Minute:
    return Minute(
        starts_at=START + timedelta(minutes=number),
        opening=D(opening),
        high=D(high),
        low=D(low),
        closing=D(closing),
    )


def told(fills: tuple[MinuteFill, ...]) -> list[tuple[str, Decimal, Decimal, bool]]:
    return [(one.order_id, one.price, one.quantity, one.is_ambiguous) for one in fills]


@pytest.mark.parametrize(
    ("minutes", "fills"),
    [
        ([minute(0, "100", "104.99", "95.01", "100")], []),
        ([minute(0, "100", "100", "95", "96")], [("stop", D(95), D(1), False)]),
        ([minute(0, "93", "94", "92", "94")], [("stop", D(93), D(1), False)]),
        ([minute(0, "100", "105", "100", "104")], [("target", D(105), D("0.4"), False)]),
        ([minute(0, "107", "108", "106", "107")], [("target", D(105), D("0.4"), False)]),
        ([minute(0, "100", "106", "94", "100")], [("stop", D(95), D(1), True)]),
        (
            [minute(0, "100", "106", "99", "100"), minute(1, "100", "100", "90", "90")],
            [("target", D(105), D("0.4"), False), ("stop", D(95), D("0.6"), False)],
        ),
        (
            [minute(0, "100", "111", "99", "100"), minute(1, "90", "90", "90", "90")],
            [("target", D(105), D("0.4"), False), ("far", D(110), D("0.6"), False)],
        ),
    ],
)
def test_what_a_long_positions_orders_meet(
    minutes: list[Minute], fills: list[tuple[str, Decimal, Decimal, bool]]
) -> None:
    """C-05: a gap fills at the open, a stop comes before a target, what is left keeps its stop."""
    assert told(replay([STOP, TARGET, FAR], minutes)) == fills


def test_of_a_short_the_mirror_fills() -> None:
    short = [
        replace(STOP, side=LegSide.SHORT, price=D(105)),
        replace(TARGET, side=LegSide.SHORT, price=D(95)),
    ]

    assert told(replay(short, [minute(0, "107", "108", "106", "107")])) == [("stop", D(107), D(1), False)]
    assert told(replay(short, [minute(0, "100", "100", "94", "96")])) == [("target", D(95), D("0.4"), False)]


def test_an_order_fills_from_the_next_whole_minute_on() -> None:
    """C-05: nobody knows what of a candle was before it came."""
    late = replace(STOP, since=START + timedelta(seconds=1))
    low = [minute(0, "100", "100", "90", "100"), minute(1, "100", "100", "94", "100")]

    assert [fill.at for fill in replay([late], low)] == [START + timedelta(minutes=2)]


_PRICES = st.decimals("80", "120", places=2)


@given(st.lists(st.tuples(_PRICES, _PRICES, _PRICES, _PRICES), max_size=12), st.integers(1, 11))
def test_missed_ticks_lose_nothing_and_no_more_is_sold_than_is_held(
    prices: list[tuple[Decimal, Decimal, Decimal, Decimal]], cut: int
) -> None:
    """C-05: all minutes at once are what they are one after the other."""
    minutes = [
        Minute(
            starts_at=START + timedelta(minutes=number),
            opening=one[0],
            high=max(one),
            low=min(one),
            closing=one[-1],
        )
        for number, one in enumerate(prices)
    ]
    fills = replay([STOP, TARGET, FAR], minutes)

    assert sum((fill.quantity for fill in fills), D(0)) <= STOP.quantity
    assert len({fill.order_id for fill in fills}) == len(fills)
    before = replay([STOP, TARGET, FAR], minutes[:cut])
    assert fills[: len(before)] == before


def test_slippage_lies_between_calm_and_wild() -> None:
    """C-05: linear by decile; unknown is the wildest."""
    ranges = [D(number) / 10_000 for number in range(1, 721)]

    assert slippage([*ranges, D(0)]) == CALMEST
    assert slippage(ranges) == WILDEST
    assert slippage(ranges[:100]) == WILDEST
    assert CALMEST < slippage([*ranges, D("0.036")]) < WILDEST
    assert slipped(D(100), WILDEST, is_buy=True) == D("100.1")
    assert slipped(D(100), WILDEST, is_buy=False) == D("99.9")

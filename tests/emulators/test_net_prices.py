"""Net prices of the Tradier emulator against arithmetic done by hand: pure, over random legs and quotes."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from infra.local.emulators.brokerage.matching import match_net
from infra.local.emulators.brokerage.net_prices import (
    forced_leg_prices,
    leg_prices,
    net_limit,
    net_of,
    unit_count,
)
from infra.local.emulators.brokerage.orders import Order, OrderClass, OrderType, Status
from infra.local.emulators.market.quotes import Touches

AT = datetime(2026, 2, 19, 15, tzinfo=UTC)
CENT = Decimal("0.01")
Quote = tuple[Decimal, Decimal]
#: What one leg may be off its exact price: recorded legs have few decimals (wire notes, 6.3).
ROUNDING = Decimal("0.0001") * 10


def order_of(
    ratios: list[int], buys: list[bool], units: int, limit: Decimal | None, *, shares: bool = False
) -> Order:
    """Return a combined order over made-up contracts, the first leg shares where told."""
    kinds = {True: OrderType.DEBIT, False: OrderType.CREDIT}
    kind = OrderType.MARKET if limit is None else kinds[limit >= 0]
    terms = {"account": "A", "created_at": AT, "changed_at": AT, "status": Status.OPEN, "symbol": "SPY"}
    legs = [
        Order(
            order_id=index,
            order_class=OrderClass.OPTION,
            option_symbol=None if shares and not index else f"SPY260320P{(500 + index) * 1000:08d}",
            side="buy_to_open" if bought else "sell_to_open",
            quantity=ratio * units * (100 if shares and not index else 1),
            **terms,  # type: ignore[arg-type]  # one dict of several types
        )
        for index, (ratio, bought) in enumerate(zip(ratios, buys, strict=False))
    ]
    return Order(
        order_id=99,
        order_class=OrderClass.MULTILEG,
        order_type=kind,
        price=None if limit is None else abs(limit),
        legs=legs,
        **terms,  # type: ignore[arg-type]
    )


def by_hand(order: Order, touches: list[Quote]) -> Decimal:
    """Return the natural price of a unit: each share bought and sold, over a hundred shares."""
    total = Decimal(0)
    for leg, (bid, ask) in zip(order.legs, touches, strict=True):
        dollars = (ask if leg.buys else -bid) * leg.quantity * (100 if leg.option_symbol else 1)
        total += dollars
    return total / unit_count(order.legs) / 100


quotes = st.integers(0, 3000).flatmap(
    lambda bid: st.integers(1, 60).map(lambda wide: (bid * CENT, (bid + wide) * CENT))
)
legs = st.lists(st.tuples(st.integers(1, 3), st.booleans(), quotes), min_size=2, max_size=4)


@given(legs, st.integers(1, 40), st.booleans())
def test_legs_make_the_natural_net_price_and_none_is_free(
    rows: list[tuple[int, bool, Quote]], units: int, shares: bool
) -> None:
    """Whether a leg has a bid or not."""
    order = order_of([one[0] for one in rows], [one[1] for one in rows], units, None, shares=shares)
    touches = [quote for _, _, quote in rows]
    prices = leg_prices(order.legs, touches)
    carried = any(bought for _, bought, _ in rows) or all(bid > 0 for bid, _ in touches)

    assert (prices is not None) is carried
    if prices is not None:
        assert min(prices) >= CENT
        assert abs(net_of(order.legs, prices) - by_hand(order, touches)) <= ROUNDING


@given(legs, st.integers(1, 40), st.integers(-2000, 2000))
def test_a_forced_fill_is_at_the_limit_or_not_at_all(
    rows: list[tuple[int, bool, Quote]], units: int, cents: int
) -> None:
    limit = cents * CENT
    order = order_of([one[0] for one in rows], [one[1] for one in rows], units, limit)
    touches = {leg.instrument: quote for leg, (_, _, quote) in zip(order.legs, rows, strict=True)}
    prices = forced_leg_prices(order, touches)
    assume(prices is not None)

    assert prices is not None
    assert min(prices) >= CENT
    assert abs(net_of(order.legs, prices) - limit) <= ROUNDING


@given(legs, st.integers(1, 40), st.integers(-3000, 3000), st.data())
def test_the_first_moment_at_which_all_legs_make_the_limit_is_found(
    rows: list[tuple[int, bool, Quote]], units: int, cents: int, data: st.DataObject
) -> None:
    """No moment before it would have done, and it does."""
    limit = cents * CENT
    order = order_of([one[0] for one in rows], [one[1] for one in rows], units, limit)
    path = data.draw(st.lists(st.tuples(*[quotes] * len(rows)), min_size=1, max_size=6))
    shown = [
        Touches(
            seconds=np.arange(len(path)),
            bid=np.array([float(moment[leg][0]) for moment in path]),
            ask=np.array([float(moment[leg][1]) for moment in path]),
        )
        for leg in range(len(rows))
    ]
    tradable = [leg_prices(order.legs, list(moment)) is not None for moment in path]
    wanted = next(
        (
            index
            for index, moment in enumerate(path)
            if tradable[index] and by_hand(order, list(moment)) <= limit
        ),
        None,
    )

    assert match_net(order.legs, shown, net_limit(order), unit_count(order.legs)) == wanted

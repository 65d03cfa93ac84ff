"""Tax lots: first in, first out, and the money of all lots together is the trade's (I-13)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.lots import Execution, Term, match_lots
from chalicelib.domain.trading.orders import OrderRole, OrderStatus
from chalicelib.domain.trading.position import position_of
from tests.domain.support import LONG_CALL, a_fill, an_order

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
HUNDRED = Decimal(100)


def bought(quantity: int, price: str = "2", *, minutes: int = 0, fees: str = "0") -> Execution:
    """Return a purchase so long after noon."""
    return Execution(
        at=NOON + timedelta(minutes=minutes),
        is_buy=True,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fees=Decimal(fees),
    )


def sold(quantity: int, price: str = "2.5", *, minutes: int = 60, fees: str = "0") -> Execution:
    """Return a sale so long after noon."""
    one = bought(quantity, price, minutes=minutes, fees=fees)
    return Execution(at=one.at, is_buy=False, quantity=one.quantity, price=one.price, fees=one.fees)


def test_one_purchase_and_one_sale_are_one_lot() -> None:
    """Cost basis includes what buying cost, proceeds are what selling left."""
    (lot,) = match_lots([bought(2, fees="0.70"), sold(2, fees="0.70")], HUNDRED, LegSide.LONG)

    assert (lot.cost_basis, lot.proceeds, lot.gain, lot.fees) == (
        Decimal("400.70"),
        Decimal("499.30"),
        Decimal("98.60"),
        Decimal("1.40"),
    )
    assert (lot.quantity, lot.term, lot.is_closed) == (Decimal(2), Term.SHORT, True)


def test_the_first_bought_are_the_first_sold() -> None:
    """A sale of three ends the first two whole and one of the next; the rest is held."""
    lots = match_lots([bought(2, "1"), bought(2, "2", minutes=5), sold(3, "3")], HUNDRED, LegSide.LONG)

    assert [str(lot.quantity) for lot in lots] == ["2", "1", "1"]
    assert [lot.gain for lot in lots] == [Decimal(400), Decimal(100), None]
    assert [lot.is_closed for lot in lots] == [True, True, False]
    assert lots[-1].cost_basis == 200


def test_a_purchase_and_a_sale_of_one_second_are_in_that_order() -> None:
    """Brokers tell times to the second."""
    (lot,) = match_lots([sold(1, minutes=0), bought(1)], HUNDRED, LegSide.LONG)

    assert lot.side is LegSide.LONG


def test_what_was_sold_twice_is_a_short_lot_of_its_own() -> None:
    """I-09: both exits filled; the excess was sold first and bought back after."""
    lots = match_lots(
        [bought(1), sold(1, "3"), sold(1, "1.5", minutes=61), bought(1, "1.6", minutes=62)],
        HUNDRED,
        LegSide.LONG,
    )

    assert [(lot.side, lot.gain) for lot in lots] == [
        (LegSide.LONG, Decimal(100)),
        (LegSide.SHORT, Decimal(-10)),
    ]
    assert lots[1].acquired_at == NOON + timedelta(minutes=62)
    assert lots[1].term is Term.SHORT


@pytest.mark.parametrize(
    ("acquired", "days_end", "term"),
    [
        (date(2025, 3, 3), date(2026, 3, 3), Term.SHORT),
        (date(2025, 3, 3), date(2026, 3, 4), Term.LONG),
        (date(2024, 2, 29), date(2025, 2, 28), Term.SHORT),
        (date(2024, 2, 29), date(2025, 3, 1), Term.LONG),
    ],
)
def test_more_than_a_year_is_long(acquired: date, days_end: date, term: Term) -> None:
    """Counted from the day after the purchase (IRS publication 550)."""

    def on(day: date, *, is_buy: bool) -> Execution:
        at = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
        return Execution(at=at, is_buy=is_buy, quantity=Decimal(1), price=Decimal(1), fees=Decimal(0))

    (lot,) = match_lots([on(acquired, is_buy=True), on(days_end, is_buy=False)], HUNDRED, LegSide.LONG)

    assert lot.term is term


def test_nothing_executed_is_no_lot() -> None:
    """A trade that waits."""
    assert match_lots([], HUNDRED, LegSide.LONG) == []


executions = st.lists(
    st.builds(
        lambda is_buy, quantity, ten_thousandths, fees, minutes: Execution(
            at=NOON + timedelta(minutes=minutes),
            is_buy=is_buy,
            quantity=Decimal(quantity),
            price=Decimal(ten_thousandths) / 10_000,
            fees=Decimal(fees) / 1000,
        ),
        st.booleans(),
        st.integers(1, 7),
        st.integers(0, 99_999),
        st.integers(0, 5000),
        st.integers(0, 9),
    ),
    max_size=12,
)


@given(executions)
def test_lots_add_up_to_what_was_executed(given_executions: list[Execution]) -> None:
    """Every quantity is in one lot; gains of a flat book are its fills and fees, to the cent."""
    lots = match_lots(given_executions, HUNDRED, LegSide.LONG)
    closed = sum((lot.quantity for lot in lots if lot.is_closed), Decimal(0))
    held = sum((lot.quantity for lot in lots if not lot.is_closed), Decimal(0))

    assert 2 * closed + held == sum(one.quantity for one in given_executions)
    for lot in lots:
        if lot.gain is not None and lot.cost_basis is not None:
            assert lot.proceeds == lot.cost_basis + lot.gain
    assert all(lot.gain == round(lot.gain, 2) for lot in lots if lot.gain is not None)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 99_999), st.integers(1, 99_999)), min_size=1))
def test_gains_are_the_trades_realised_result(rounds: list[tuple[int, int, int]]) -> None:
    """I-13: lot by lot, to the cent, what the books say of the whole."""
    entries = [(Decimal(quantity), Decimal(price) / 10_000) for quantity, price, _ in rounds]
    exits = [(Decimal(quantity), Decimal(price) / 10_000) for quantity, _, price in rounds]
    entry = an_order(OrderRole.ENTRY, OrderStatus.FILLED)
    leave = an_order(OrderRole.EXIT, OrderStatus.FILLED, number=11)
    fills = [
        *(a_fill(entry, quantity, price) for quantity, price in entries),
        *(a_fill(leave, quantity, price, minute=60) for quantity, price in exits),
    ]
    position = position_of(fills, [entry, leave], LONG_CALL)
    lots = match_lots(
        [
            Execution(
                at=one.filled_at, is_buy=one.is_buy, quantity=one.quantity, price=one.price, fees=one.fees
            )
            for one in fills
        ],
        HUNDRED,
        LegSide.LONG,
    )

    assert sum((lot.gain or Decimal(0) for lot in lots), Decimal(0)) == position.net_pnl

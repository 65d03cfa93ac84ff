"""Books against positions as pure rules (A-04, I-31)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.books import (
    APART,
    Holding,
    Sale,
    Seen,
    not_ours,
    sales_behind,
    still_missing,
    who_lost,
)
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus
from tests.domain.support import OPEN_TRADE, an_order

NOON = datetime(2026, 2, 19, 17, 0, tzinfo=UTC)
NOTHING = Seen(read_at=None, differences={})
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def holding(trade_id: UUID, quantity: int, covered: int = 0) -> Holding:
    """Return a trade that holds so many, some of them under working exits."""
    return Holding(trade_id=trade_id, quantity=Decimal(quantity), covered=Decimal(covered))


def sale(quantity: int, price: str, *, minutes: float = 0, order_id: str | None = "1") -> Sale:
    """Return a sale so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return Sale(order_id=order_id, quantity=Decimal(quantity), price=Decimal(price), at=at)


def test_a_difference_is_believed_at_its_second_read() -> None:
    """A-04: twice, 60 s apart; what comes and goes between was an order on its way."""
    once = NOTHING.after({"X": Decimal(-1)}, NOON)
    soon = once.after({"X": Decimal(-1)}, NOON + APART / 2)
    twice = once.after({"X": Decimal(-1)}, NOON + APART)
    gone = once.after({"X": Decimal(0)}, NOON + APART / 2).after({"X": Decimal(-1)}, NOON + APART)

    assert [dict(seen.believed(seen.read_at or NOON)) for seen in (once, soon, gone)] == [{}, {}, {}]
    assert twice.believed(NOON + APART) == {"X": Decimal(-1)}


def test_only_what_both_reads_agree_on_is_believed() -> None:
    """A-04: one missing, then two: one is certain; a change of sign begins anew."""
    once = NOTHING.after({"X": Decimal(-1), "Y": Decimal(1)}, NOON)
    twice = once.after({"X": Decimal(-2), "Y": Decimal(-1)}, NOON + APART)

    assert twice.believed(NOON + APART) == {"X": Decimal(-1)}


def test_positions_are_due_after_120_s_and_after_60_in_doubt() -> None:
    """A-04: every 120 s; the second look at a doubt a minute after the first."""
    calm = NOTHING.after({"X": Decimal(0)}, NOON)
    doubt = NOTHING.after({"X": Decimal(-1)}, NOON)
    later = NOON + timedelta(seconds=60)

    assert NOTHING.is_due(NOON)
    assert (calm.is_due(later), calm.is_due(NOON + timedelta(seconds=120)), doubt.is_due(later)) == (
        False,
        True,
        True,
    )


def test_what_no_exit_covers_was_sold_first() -> None:
    """A-04: a broker lets nobody sell by hand what a working sale reserves; then the oldest first."""
    trades = [holding(ONE, 2, covered=2), holding(TWO, 2), holding(THREE, 2)]

    assert who_lost(trades, Decimal(3)) == {TWO: 2, THREE: 1}
    assert who_lost(trades, Decimal(5)) == {TWO: 2, THREE: 2, ONE: 1}
    assert who_lost(trades, Decimal(9)) == {ONE: 2, TWO: 2, THREE: 2}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5),
    st.integers(0, 60),
)
def test_nobody_loses_more_than_it_holds_and_all_is_shared(held: list[tuple[int, int]], missing: int) -> None:
    """I-31: the shares add up to what is missing, as far as anybody held it."""
    trades = [holding(UUID(int=number), q, min(c, q)) for number, (q, c) in enumerate(held)]
    lost = who_lost(trades, Decimal(missing))

    assert sum(lost.values()) == min(missing, sum(quantity for quantity, _ in held))
    assert all(lost.get(one.trade_id, Decimal(1)) > 0 for one in trades)
    assert all(lost.get(one.trade_id, 0) <= one.quantity for one in trades)


def test_the_latest_sales_explain_what_is_missing() -> None:
    """A-04: an owner who held more of it sold that before; nothing before the entry counts."""
    sales = [sale(3, "1.0", minutes=0), sale(1, "2.0", minutes=5), sale(1, "3.0", minutes=9)]
    found = sales_behind(sales, Decimal(3), since=None)

    assert [(str(one.price), int(share)) for one, share in found] == [("1.0", 1), ("2.0", 1), ("3.0", 1)]
    assert sales_behind(sales, Decimal(3), since=NOON + timedelta(minutes=8)) == found[2:]


def test_our_own_sales_are_taken_out_of_a_history_without_order_numbers() -> None:
    """A-04: two rows at our price, one of them ours; the rest is another's."""
    history = [sale(2, "1.5", order_id=None), sale(1, "1.6", order_id=None)]
    left = not_ours(history, [sale(1, "1.5", minutes=90)])

    assert [(int(one.quantity), str(one.price)) for one in left] == [(1, "1.5"), (1, "1.6")]


#: Three held by the books, two of which the account lacks.
LACKING = replace(OPEN_TRADE, filled_qty=Decimal(3), open_qty=Decimal(3), missing_qty=Decimal(2))


def bracket(quantity: int, *, stop: int = 0, target: int = 0) -> list[Order]:
    """Return an OCO over so many, with what its two legs sold."""
    legs = [(OrderRole.STOP_LOSS, stop, 20), (OrderRole.TAKE_PROFIT, target, 21)]
    return [
        replace(
            an_order(role, OrderStatus.OPEN, quantity=quantity, filled=filled, number=number),
            side=OrderSide.SELL_TO_CLOSE,
            tag="pt-oco",
        )
        for role, filled, number in legs
    ]


def test_an_order_of_before_the_loss_may_be_what_sold_it() -> None:
    """A-04, I-09: positions told before the list did; nothing is bought back that was sold once."""
    sold = still_missing(LACKING, bracket(3), bracket(3, stop=3), Decimal(0))
    in_part = still_missing(LACKING, bracket(3), bracket(3, stop=2), Decimal(1))

    assert [sold, in_part] == [0, 1]


def test_what_a_clamped_bracket_sells_is_not_what_was_missing() -> None:
    """Seed 700031; I-09, I-31: both legs over the one that is left, together or one after the other."""
    both = still_missing(LACKING, bracket(1), bracket(1, stop=1, target=1), Decimal(1))
    once = still_missing(LACKING, bracket(1), bracket(1, stop=1), Decimal(2))
    less = replace(LACKING, open_qty=Decimal(2))
    late = still_missing(less, bracket(1, stop=1), bracket(1, stop=1, target=1), Decimal(1))

    assert [both, once, late] == [2, 2, 2]


def test_a_purchase_says_nothing_of_what_is_missing() -> None:
    """I-09: an excess bought back piece by piece leaves what is missing as it is."""
    buys = replace(an_order(OrderRole.EXIT, OrderStatus.OPEN, quantity=2), side=OrderSide.BUY_TO_CLOSE)
    trade = replace(LACKING, open_qty=Decimal(2), excess_qty=Decimal(2))

    assert still_missing(trade, [buys], [replace(buys, filled_quantity=Decimal(1))], Decimal(1)) == 2

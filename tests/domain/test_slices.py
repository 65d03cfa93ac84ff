"""W-04: what is held cut by its targets' shares; a share that sold leaves the others as they stood."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus
from chalicelib.domain.trading.protection import Protection, Target
from chalicelib.domain.trading.slices import covers, slices
from tests.domain.support import an_order

STOP = Decimal(4)
TWO_HALVES = ("0.5", "0.5")


def wanted(*shares: str, stop: Decimal | None = STOP) -> Protection:
    """Return targets 2, 3, … at 8, 9, … over these shares."""
    targets = tuple(
        Target(no=no, price=Decimal(6 + no), share=Decimal(share)) for no, share in enumerate(shares, start=2)
    )
    return Protection(sl_price=stop, tp_price=targets[0].price if targets else None, targets=targets)


def sale(no: int, quantity: int, filled: int) -> Order:
    """Return the order of a target, filled so far or whole."""
    status = OrderStatus.FILLED if filled == quantity else OrderStatus.CANCELED
    order = an_order(OrderRole.TAKE_PROFIT, status, quantity=quantity, filled=filled, number=20 + no)
    return replace(order, target_no=no)


def cut(protection: Protection, held: int, *sales: Order) -> list[tuple[int, int]]:
    """Return the slices' numbers and quantities."""
    found = slices(protection, Decimal(held), sales, Decimal(1))
    return [(one.target_no, int(one.quantity)) for one in found]


def test_one_target_is_one_slice() -> None:
    """N = 1 is no case of its own, whatever it sold before."""
    one = Protection(sl_price=STOP, tp_price=Decimal(8))

    assert cut(one, 3) == [(1, 3)]
    assert cut(one, 2, sale(1, 3, 1)) == [(1, 2)]
    assert cut(one, 1, sale(1, 3, 3)) == [(1, 1)]


def test_the_rest_has_the_stop_alone() -> None:
    """W-03: a stop-only remainder; without a stop it is in no slice."""
    assert cut(wanted("0.4", "0.4"), 5) == [(2, 2), (3, 2), (1, 1)]
    assert cut(wanted("0.4", "0.4", stop=None), 5) == [(2, 2), (3, 2)]
    assert cut(wanted(), 5) == [(1, 5)]


def test_what_a_target_sold_is_its_own() -> None:
    """The others stand as they stood: sold in part, whole, and after a part was closed by hand."""
    halves = wanted(*TWO_HALVES)

    assert cut(halves, 4) == [(2, 2), (3, 2)]
    assert cut(halves, 3, sale(2, 2, 1)) == [(2, 1), (3, 2)]
    assert cut(halves, 2, sale(2, 2, 2)) == [(3, 2)]
    assert cut(halves, 1, sale(2, 2, 2)) == [(3, 1)]
    assert cut(wanted("0.5", "0.25"), 2, sale(2, 2, 2)) == [(3, 1), (1, 1)]
    assert cut(wanted("0.34", "0.33", "0.33"), 2, sale(2, 1, 1)) == [(3, 1), (4, 1)]


def test_all_targets_done() -> None:
    """What an entry fills later is the last target's where all was theirs, else the rest's."""
    done = (sale(2, 1, 1), sale(3, 1, 1))

    assert cut(wanted(*TWO_HALVES), 1, *done) == [(3, 1)]
    assert cut(wanted("0.4", "0.4"), 1, *done) == [(1, 1)]


def test_what_works_is_compared_slice_by_slice() -> None:
    """I-08: number, role, price and size; an order too many covers nothing."""
    due = slices(wanted("0.5"), Decimal(2), [], Decimal(1))
    oco = [
        replace(an_order(OrderRole.STOP_LOSS, OrderStatus.OPEN, quantity=1), target_no=2),
        replace(an_order(OrderRole.TAKE_PROFIT, OrderStatus.OPEN, quantity=1), target_no=2),
    ]
    rest = an_order(OrderRole.STOP_LOSS, OrderStatus.OPEN, quantity=1, number=11)

    assert covers(due, [*oco, rest])
    assert not covers(due, oco)
    assert not covers(due, [*oco, replace(rest, quantity=Decimal(2))])
    assert not covers(due, [*oco, rest, replace(rest, target_no=3)])
    assert not covers(due, [*oco[:1], rest])
    assert covers((), [])


@given(
    held=st.integers(0, 40),
    shares=st.lists(st.integers(1, 100), max_size=5).filter(lambda parts: sum(parts) <= 100),
    filled=st.lists(st.tuples(st.integers(2, 6), st.integers(0, 9), st.integers(1, 9)), max_size=4),
    has_stop=st.booleans(),
)
def test_never_more_than_is_held(
    held: int, shares: list[int], filled: list[tuple[int, int, int]], has_stop: bool
) -> None:
    """I-08: together all of it where there is a stop, never more; whole contracts, none of nothing."""
    sales = [sale(no, part + more, part) for no, part, more in filled]
    protection = wanted(*(str(Decimal(one) / 100) for one in shares), stop=STOP if has_stop else None)
    found = slices(protection, Decimal(held), sales, Decimal(1))

    total = sum((one.quantity for one in found), Decimal(0))
    assert total == held if has_stop else total <= held
    assert all(one.quantity > 0 and one.quantity % 1 == 0 for one in found)
    assert len({one.target_no for one in found}) == len(found)

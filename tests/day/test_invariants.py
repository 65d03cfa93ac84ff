"""Do the checks bite? A quarter of an hour of trading, then one thing made false at a time."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.local.day.rig import started
from infra.local.day.trader import Trader, Wish
from infra.local.emulators.market.sessions import NEW_YORK
from infra.local.invariants import Findings, Memory, check_at_rest, check_quiescent, check_step
from infra.local.invariants.limits import check_limits
from infra.local.invariants.rows import OrderRow, TradeRow
from infra.local.invariants.truth import TruthAccount
from infra.local.invariants.view import VendorCall, View

BEGIN = datetime(2026, 2, 19, 9, 25, tzinfo=NEW_YORK).astimezone(UTC)
Doctor = Callable[[View], View]


@pytest.fixture(scope="module")
def view() -> Iterator[View]:
    """One trade held under its bracket, one closed by hand, ten minutes after the open."""
    with (
        tempfile.TemporaryDirectory(prefix="papertape-tests-") as directory,
        started(
            Path(directory), seed=3, begins_at=BEGIN, replay=None, machine_time=lambda: datetime.now(UTC)
        ) as rig,
    ):
        surprises: list[str] = []
        trader = Trader(rig, "alice", surprises, "VA00000001")
        trader.settle_in()
        rig.advance(BEGIN + timedelta(minutes=8))
        trader.place(Wish(label="held", ticker="AAPL", right="CALL", qty=2, stop=0.5, target=2.0))
        trader.place(Wish(label="closed", ticker="AAPL", right="PUT", qty=1))
        rig.advance(BEGIN + timedelta(minutes=12))
        trader.close("closed", {200})
        rig.advance(BEGIN + timedelta(minutes=15))
        assert surprises == []
        yield rig.view(snapshots=True)


def found(view: View) -> Findings:
    """Check a view in every way."""
    return Findings().add([check_step(view, Memory()), check_quiescent(view)])


def with_trade(view: View, status: str, change: Callable[[TradeRow], TradeRow]) -> View:
    """Change the trade of this status."""
    trade = trade_of(view, status)
    return replace(view, trades={**view.trades, trade.id: change(trade)})


def trade_of(view: View, status: str) -> TradeRow:
    return next(trade for trade in view.trades.values() if trade.status == status)


def with_account(view: View, change: Callable[[TruthAccount], TruthAccount]) -> View:
    """Change what the broker knows."""
    return replace(view, accounts={key: change(account) for key, account in view.accounts.items()})


def sent_twice(view: View) -> View:
    return with_account(view, lambda account: replace(account, orders=(*account.orders, account.orders[0])))


def an_order_of_nobody(view: View) -> View:
    return with_account(
        view,
        lambda account: replace(
            account, orders=(*account.orders, replace(account.orders[0], order_id="9", tag=None))
        ),
    )


def a_position_of_nobody(view: View) -> View:
    return with_account(view, lambda account: replace(account, positions={"AAPL260320C00200000": Decimal(1)}))


def a_fill_lost(view: View) -> View:
    trade = trade_of(view, "CLOSED")
    return replace(view, fills={**view.fills, trade.id: list(view.fills[trade.id])[:-1]})


def a_fill_twice(view: View) -> View:
    trade = trade_of(view, "CLOSED")
    twice = replace(view.fills[trade.id][0], id=uuid4())
    return replace(view, fills={**view.fills, trade.id: [*view.fills[trade.id], twice]})


def a_cent_off(view: View) -> View:
    pnl = trade_of(view, "CLOSED").realized_pnl
    assert pnl is not None
    return with_trade(view, "CLOSED", lambda trade: replace(trade, realized_pnl=pnl + Decimal("0.01")))


def cash_off(view: View) -> View:
    return with_account(view, lambda account: replace(account, cash=account.cash + Decimal("0.01")))


def bracket_too_small(view: View) -> View:
    def shrink(account: TruthAccount) -> TruthAccount:
        orders = tuple(
            replace(order, legs=tuple(replace(leg, quantity=Decimal(1)) for leg in order.legs))
            for order in account.orders
        )
        return replace(account, orders=orders)

    return with_account(view, shrink)


def sold_beyond_holding(view: View) -> View:
    return with_account(view, lambda account: replace(account, positions={}))


def still_closing(view: View) -> View:
    return with_trade(view, "OPEN", lambda trade: replace(trade, status="CLOSING"))


def history_cut(view: View) -> View:
    trade = trade_of(view, "CLOSED")
    return replace(view, transitions={**view.transitions, trade.id: list(view.transitions[trade.id])[1:]})


def worst_above_result(view: View) -> View:
    return with_trade(
        view, "CLOSED", lambda trade: replace(trade, max_gain=Decimal(0), max_drawdown=Decimal(0))
    )


def best_after_the_exit(view: View) -> View:
    """A mark that was taken when nothing was held any more."""
    return with_trade(view, "CLOSED", lambda trade: replace(trade, max_gain=Decimal(9_999)))


def marked_by_another_price(view: View) -> View:
    trade = trade_of(view, "OPEN")
    shots = [
        replace(shot, mark_price=None if shot.mark_price is None else shot.mark_price + 1)
        for shot in view.snapshots[trade.id]
    ]
    return replace(view, snapshots={**view.snapshots, trade.id: shots})


def sent_before_the_open(view: View) -> View:
    def early(account: TruthAccount) -> TruthAccount:
        first = replace(account.orders[0], created_at=BEGIN)
        return replace(account, orders=(first, *account.orders[1:]))

    return with_account(view, early)


def too_many_calls(view: View) -> View:
    call = VendorCall(at=view.now, host="sandbox.tradier.com", owner="alice", endpoint="GET /", status=200)
    return replace(view, calls=[*view.calls, *[call] * 51])


def a_token_abroad(view: View) -> View:
    call = VendorCall(at=view.now, host="api.tradier.com", owner="alice", endpoint="GET /", status=401)
    return replace(view, calls=[*view.calls, call])


def held_but_canceled(view: View) -> View:
    return with_trade(view, "OPEN", lambda trade: replace(trade, status="CANCELED"))


def taken_for_over(view: View) -> View:
    """The bracket works at the broker, and our books say that it was cancelled."""
    trade = trade_of(view, "OPEN")
    gone = [
        replace(order, status="CANCELED") if order.role != "ENTRY" else order
        for order in view.orders[trade.id]
    ]
    return replace(view, orders={**view.orders, trade.id: gone})


def closed_without_a_sale(view: View) -> View:
    return with_trade(view, "OPEN", lambda trade: replace(trade, status="CLOSED", open_qty=Decimal(0)))


def five_hours_off(view: View) -> View:
    """Eastern time taken for UTC."""
    trade = trade_of(view, "CLOSED")
    shifted = [replace(fill, filled_at=fill.filled_at - timedelta(hours=5)) for fill in view.fills[trade.id]]
    return replace(view, fills={**view.fills, trade.id: shifted})


def one_position_allowed(view: View) -> View:
    return replace(view, settings=[replace(one, max_positions=1) for one in view.settings])


def no_loss_allowed(view: View) -> View:
    """The first trade was lost before the second was entered."""
    first, second = sorted(view.trades.values(), key=lambda trade: trade.created_at)
    start = view.transitions[first.id][0]
    lost = replace(
        first,
        status="CLOSED",
        realized_pnl=Decimal(-20_000),
        close_date=start.at,
        close_reason="MANUAL_CLOSE",
    )
    ended = replace(start, at=start.at - timedelta(seconds=1), to_status="CLOSED")
    return replace(
        view,
        trades={first.id: lost, second.id: second},
        transitions={**view.transitions, first.id: [start, ended]},
    )


def an_owner_gone(view: View) -> View:
    return replace(view, settings=[])


def working_for_an_ended_trade(view: View) -> View:
    return with_trade(view, "OPEN", lambda trade: replace(trade, status="CANCELED"))


def refused_each_minute(view: View) -> View:
    """The stop was refused five times, a minute apart, and sent again each time."""
    trade = trade_of(view, "OPEN")
    (stop,) = (one for one in view.orders[trade.id] if one.role == "STOP_LOSS")
    refused = [
        replace(
            stop,
            id=uuid4(),
            tag=f"{stop.tag}-{minute}",
            status="REJECTED",
            reason="LongPositionCrossZero",
            submitted_at=stop.created_at + timedelta(minutes=minute),
            ended_at=stop.created_at + timedelta(minutes=minute, seconds=1),
        )
        for minute in range(5)
    ]
    return replace(view, orders={**view.orders, trade.id: [*view.orders[trade.id], *refused]})


def sold_beside_us(view: View) -> View:
    """A sale of ours was refused because its owner had sold by hand; the broker's history tells of that."""
    trade = trade_of(view, "OPEN")
    (stop,) = (one for one in view.orders[trade.id] if one.role == "STOP_LOSS")
    at = stop.created_at + timedelta(minutes=5)
    ours = replace(
        stop, id=uuid4(), role="EXIT", tag="pt-refused", status="REJECTED", submitted_at=at, ended_at=at
    )
    earlier = stop.created_at + timedelta(minutes=1)
    by_hand = replace(
        ours, id=uuid4(), tag="outside-7", status="FILLED", submitted_at=earlier, ended_at=earlier
    )
    return replace(view, orders={**view.orders, trade.id: [*view.orders[trade.id], ours, by_hand]})


def test_what_its_owner_sold_by_hand_is_no_try_of_ours(view: View) -> None:
    """I-35 counts what we sent, not what was done in the account."""
    findings = found(sold_beside_us(view))

    assert 35 not in {violation.number for violation in findings.violations}


def test_another_target_is_another_order(view: View) -> None:
    """I-35: bracket and stop alone were refused; then their owner wished for another target."""
    trade = trade_of(view, "OPEN")
    stop, target = (
        next(one for one in view.orders[trade.id] if one.role == role)
        for role in ("STOP_LOSS", "TAKE_PROFIT")
    )
    at = stop.created_at + timedelta(minutes=5)

    def refused(leg: OrderRow, tag: str) -> OrderRow:
        return replace(leg, id=uuid4(), tag=tag, status="REJECTED", reason="no", submitted_at=at, ended_at=at)

    wished = replace(target, tag="pt-wished", submitted_at=at, limit_price=Decimal(99))
    orders = [
        *(refused(leg, "pt-bracket") for leg in (stop, target)),
        refused(stop, "pt-stop"),
        replace(stop, id=uuid4(), tag="pt-wished", submitted_at=at),
    ]
    both = [*orders, replace(wished, id=uuid4())]
    again = [*orders, replace(wished, id=uuid4(), limit_price=target.limit_price)]
    numbers = [
        {one.number for one in found(replace(view, orders={**view.orders, trade.id: sent})).violations}
        for sent in (both, again)
    ]

    assert [35 in found_now for found_now in numbers] == [False, True]


def test_a_sale_of_what_is_left_is_another_sale(view: View) -> None:
    """I-35: two refused because their owner had sold by hand; then the rest is sold, at once."""
    trade = trade_of(view, "OPEN")
    (stop,) = (one for one in view.orders[trade.id] if one.role == "STOP_LOSS")
    at = stop.created_at + timedelta(minutes=5)
    sale = replace(stop, role="EXIT", submitted_at=at, ended_at=at, reason="no")
    refused = [replace(sale, id=uuid4(), tag=f"pt-{number}", status="REJECTED") for number in range(2)]
    numbers = [
        {one.number for one in found(replace(view, orders={**view.orders, trade.id: sent})).violations}
        for sent in (
            [*refused, replace(sale, id=uuid4(), tag="pt-less", quantity=sale.quantity - 1)],
            [*refused, replace(sale, id=uuid4(), tag="pt-same")],
        )
    ]

    assert [35 in found_now for found_now in numbers] == [False, True]


def test_kinds_of_money_are_counted_apart(view: View) -> None:
    """I-24, A-07: one position allowed is one at the sandbox and one at the live account."""
    held = trade_of(view, "OPEN")
    live = replace(held, id=uuid4(), broker_mode="TRADIER_LIVE")
    at = held.created_at + timedelta(minutes=1)
    step = replace(view.transitions[held.id][0], trade_id=live.id, at=at)
    both = replace(
        one_position_allowed(view),
        trades={held.id: held, live.id: live},
        transitions={held.id: view.transitions[held.id], live.id: [step]},
    )

    assert 24 not in {violation.number for violation in found(both).violations}


@pytest.mark.parametrize(
    ("pnl", "changes", "is_found"),
    [
        (-20_000, {}, True),
        (-20_000, {"shadow_of": UUID(int=1)}, False),
        (-20_000, {"broker_mode": "TRADIER_LIVE"}, False),
        (20_000, {}, False),
    ],
    ids=["a loss", "a shadow's", "another money's", "a gain"],
)
def test_a_days_loss_is_all_that_its_money_made(
    view: View,
    pnl: int,
    changes: dict[str, Any],  # Any: fields of a row
    is_found: bool,
) -> None:
    """I-24, A-07, B-11, seed 930182: coins and options of one money together, shadows not at all."""
    lost = no_loss_allowed(view)
    first, second = sorted(lost.trades.values(), key=lambda trade: trade.created_at)
    started_at, ended_at = lost.transitions[first.id]
    (leg,) = first.legs
    coin = replace(leg, instrument="CRYPTO", symbol="BTCUSDT")
    other = replace(first, id=UUID(int=2), legs=(coin,), realized_pnl=Decimal(pnl), **changes)
    half = replace(first, realized_pnl=Decimal(-1) if pnl < 0 else Decimal(-20_000))
    both = replace(
        lost,
        trades={first.id: half, other.id: other, second.id: second},
        transitions={
            **lost.transitions,
            other.id: [replace(one, trade_id=other.id) for one in (started_at, ended_at)],
        },
    )
    findings = Findings()
    check_limits(both, findings)

    assert (second.id in {one.trade_id for one in findings.violations}) is is_found


def vertical(view: View, bought_back: int) -> View:
    """Sell another strike beside the closed trade, and buy back one of it, or of the first leg (I-13)."""
    trade = trade_of(view, "CLOSED")
    (leg,) = trade.legs
    short = replace(leg, leg_no=2, symbol="AAPL260320P00100000", side="SHORT")
    trade = replace(trade, legs=(leg, short))
    orders, fills = list(view.orders[trade.id]), list(view.fills[trade.id])
    for is_buy, symbol in ((False, short.symbol), (True, trade.legs[bought_back - 1].symbol)):
        order = replace(orders[0], id=uuid4(), symbol=symbol)
        orders.append(order)
        beside = UUID(int=fills[0].id.int + len(fills))  # booked at the same instant
        fills.append(replace(fills[0], id=beside, order_id=order.id, is_buy=is_buy, fees=Decimal(0)))
    return replace(
        view,
        trades={**view.trades, trade.id: trade},
        orders={**view.orders, trade.id: orders},
        fills={**view.fills, trade.id: fills},
    )


def walked(view: View, *steps: tuple[str, int], worst: str = "5.00") -> View:
    """Let the held entry be the end of a walk: limits, and how many seconds after the one before it left."""
    trade = trade_of(view, "OPEN")
    last, *others = sorted(view.orders[trade.id], key=lambda order: order.role != "ENTRY")
    at, orders = last.created_at - timedelta(minutes=2), []
    for number, (limit, seconds) in enumerate(steps):
        is_last = number == len(steps) - 1
        at += timedelta(seconds=seconds)
        step = replace(last, limit_price=Decimal(limit), submitted_at=at)
        if not is_last:
            step = replace(
                step,
                id=uuid4(),
                tag=f"pt-step-{number}",
                status="CANCELED",
                filled_quantity=Decimal(0),
                avg_fill_price=None,
                ended_at=at + timedelta(seconds=10),
            )
        orders.append(step)
    walking = with_trade(view, "OPEN", lambda one: replace(one, walk_worst=Decimal(worst)))
    return replace(walking, orders={**view.orders, trade.id: [*orders, *others]})


@pytest.mark.parametrize(
    ("steps", "numbers"),
    [
        ([("4.90", 10), ("4.95", 10), ("5.00", 10)], set()),
        ([("4.90", 10), ("5.05", 10)], {39}),
        ([("4.95", 10), ("4.90", 10)], {39}),
        ([("4.90", 10), ("4.95", 5)], {39}),
    ],
    ids=["as it should", "past the worst", "a step back", "before the end of the one before"],
)
def test_a_walk_is_looked_at_step_by_step(
    view: View, steps: list[tuple[str, int]], numbers: set[int]
) -> None:
    """I-39; and a second entry of a trade that does not walk is one too many (I-01)."""
    found_now = {one.number for one in check_step(walked(view, *steps), Memory()).violations}

    assert found_now & {1, 39} == numbers
    plain = with_trade(walked(view, *steps), "OPEN", lambda one: replace(one, walk_worst=None))
    assert 1 in {one.number for one in check_step(plain, Memory()).violations}


@pytest.mark.parametrize(("bought_back", "ties"), [(2, True), (1, False)])
def test_what_is_held_ties_leg_by_leg(view: View, bought_back: int, ties: bool) -> None:
    """I-13: too much of one leg does not make up for the lack of the other."""
    findings = check_step(vertical(view, bought_back), Memory())

    assert ties is not any("bought less sold" in one.text for one in findings.violations)


def test_a_trade_without_a_leg_is_found(view: View) -> None:
    """I-13: it is not dropped by how the rows are read."""
    findings = found(with_trade(view, "OPEN", lambda trade: replace(trade, legs=())))

    assert any("has no leg" in one.text for one in findings.violations)


def test_a_position_is_looked_for_of_each_leg(view: View) -> None:
    """I-09: a second leg that the broker does not hold is missed, though the first is there."""

    def widened(trade: TradeRow) -> TradeRow:
        (leg,) = trade.legs
        return replace(trade, legs=(leg, replace(leg, leg_no=2, symbol="AAPL260320P00100000", side="SHORT")))

    findings = found(with_trade(view, "OPEN", widened))
    lacks = "the broker holds 0 of AAPL260320P00100000, our trades -2.00000000"

    assert lacks in {one.text for one in findings.violations}


def test_no_leg_of_a_structure_is_covered_by_a_bracket(view: View) -> None:
    """I-08, W-04: several legs live under our own clock, so that a bracket over one of them is too much."""

    def widened(trade: TradeRow) -> TradeRow:
        (leg,) = trade.legs
        return replace(trade, legs=(leg, replace(leg, leg_no=2, symbol="AAPL260320P00100000")))

    findings = check_at_rest(with_trade(view, "OPEN", widened))
    bare = "AAPL260227C00231000: 2.0 covered by a stop order, 0 due"

    assert bare in {one.text for one in findings.violations}


def test_an_honest_view_has_no_violation(view: View) -> None:
    """What the product did in a quarter of an hour holds in every respect."""
    findings = found(view)

    assert [str(violation) for violation in findings.violations] == []
    assert findings.checks.total() > 200


@pytest.mark.parametrize(
    ("number", "doctor"),
    [
        (1, sent_twice),
        (6, taken_for_over),
        (6, closed_without_a_sale),
        (7, a_fill_lost),
        (7, a_fill_twice),
        (8, bracket_too_small),
        (8, sold_beyond_holding),
        (9, a_position_of_nobody),
        (10, an_order_of_nobody),
        (13, a_cent_off),
        (13, cash_off),
        (14, worst_above_result),
        (14, best_after_the_exit),
        (15, marked_by_another_price),
        (18, sent_before_the_open),
        (19, five_hours_off),
        (23, history_cut),
        (24, one_position_allowed),
        (24, no_loss_allowed),
        (26, too_many_calls),
        (27, an_owner_gone),
        (27, working_for_an_ended_trade),
        (28, still_closing),
        (29, a_token_abroad),
        (30, held_but_canceled),
        (35, refused_each_minute),
    ],
)
def test_what_is_made_false_is_found(view: View, number: int, doctor: Doctor) -> None:
    """Each invariant's check names it when it is broken; a check that cannot fail shows nothing.

    I-01, I-06 to I-10, I-13 to I-15, I-18, I-19, I-23, I-24, I-26 to I-30, I-35.
    """
    assert number in {violation.number for violation in found(doctor(view)).violations}


def test_changes_between_two_looks_are_found(view: View) -> None:
    """I-03, I-22, I-23: what only shows by comparing with the look before."""
    memory = Memory()
    check_step(view, memory)
    trade = trade_of(view, "OPEN")
    orders = {
        key: [replace(order, filled_quantity=Decimal(0), avg_fill_price=None) for order in of_trade]
        for key, of_trade in view.orders.items()
    }
    later = replace(
        with_trade(view, "OPEN", lambda trade: replace(trade, sl_price=Decimal(1))), orders=orders
    )
    later = with_trade(later, "CLOSED", lambda trade: replace(trade, close_price=Decimal(9)))
    numbers = {violation.number for violation in check_step(later, memory).violations}

    assert trade.version == later.trades[trade.id].version
    assert {3, 22, 23} <= numbers

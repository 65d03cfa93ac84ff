"""What a vendor shows, or does, beside the truth (issue 3): each kind with its clear outcome."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.instruments.ticks import floor_to_tick
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Unavailable
from tests.services.stage import Stage

Json = dict[str, Any]  # Any: JSON


def fills_of(stage: Stage, trade: Json) -> int:
    """Return what is booked as bought less what is booked as sold."""
    rows = stage.query(
        "select is_buy, quantity from fills where trade_id = cast(:id as uuid)", id=trade["id"]
    )
    return int(sum(one.quantity if one.is_buy else -one.quantity for one in rows))


def held(stage: Stage, trade: Json) -> int:
    """Return what the broker itself says is held of a trade's contract."""
    return int(stage.held(trade["legs"][0]["symbol"]))


def test_an_execution_shown_twice_is_booked_once(stage: Stage) -> None:
    """I-03, I-07: a count beyond the order's quantity, by the read-back and by a list with the row twice."""
    stage.fault("fill_twice", method="GET", times=4)
    trade = stage.place_bracketed(qty=2)
    stage.sync()

    now = stage.trade(trade)
    assert (now["filled_qty"], now["open_qty"], fills_of(stage, trade)) == (2, 2, 2)
    assert stage.working_sells() == 2
    closed = stage.close_trade(now).trade
    assert (closed["status"], held(stage, trade)) == ("CLOSED", 0)


def test_an_exit_shown_twice_sells_nothing_twice(stage: Stage) -> None:
    """I-07, I-13: the close is the broker's one execution."""
    trade = stage.place_bracketed(qty=2)
    stage.fault("fill_twice", method="GET", times=6)
    stage.close_trade(trade)
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], fills_of(stage, trade)) == ("CLOSED", 0, 0)
    assert not stage.query("select 1 from alerts where kind = 'both_exits_filled'")


def test_a_list_that_misses_an_unknown_order_does_not_end_it(stage: Stage) -> None:
    """I-05, I-06: the answer was lost and the list lags; it is taken over when the list shows it."""
    stage.fault("timeout_after")
    trade = stage.place()
    assert trade["settling"]
    stage.fault("list_misses", method="GET", times=3)
    for _ in range(3):
        stage.sync(after=15)
    assert stage.trade(trade)["status"] == "PENDING"
    stage.sync()

    assert stage.trade(trade)["status"] == "OPEN"
    assert len(stage.truth()) == 1


def test_a_list_that_misses_a_known_bracket_keeps_it(stage: Stage) -> None:
    """I-06, I-08: what left the list is read by its id before anything is concluded."""
    trade = stage.place_bracketed(qty=2)
    stage.fault("list_misses", method="GET", times=2, count=5)
    stage.sync(after=20)
    stage.sync(after=20)

    assert stage.trade(trade)["status"] == "OPEN"
    assert stage.working_sells() == 2
    assert len(stage.truth()) == 2


def test_a_fill_known_before_its_order_is_one_trade(stage: Stage) -> None:
    """I-01, I-05: found by its tag, protected, never sent again."""
    stage.fault("fill_before_order")
    trade = stage.place_bracketed(qty=2)
    assert trade["settling"]
    stage.sync()
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], int(stage.working_sells())) == ("OPEN", 2, 2)
    assert len(stage.truth()) == 2


def test_a_close_whose_cancel_loses_to_the_stop_is_that_sale(stage: Stage) -> None:
    """I-09, A-04: the leg that filled in between is the close; nothing is sold a second time."""
    trade = stage.place_bracketed(qty=2)
    stage.fault("cancel_loses", method="DELETE")
    stage.close_trade(trade)
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], held(stage, trade)) == ("CLOSED", 0, 0)
    assert now["close_reason"] in {"SL_HIT", "TP_HIT"}
    assert not [one for one in now["orders"] if one["role"] == "EXIT"]


def test_an_entry_whose_cancel_loses_is_held_and_protected(stage: Stage) -> None:
    """I-30: what filled before its cancel is a position, not a cancelled trade."""
    contract = stage.contract()
    limit = floor_to_tick("AAPL", stage.quote(contract)[0] / 2)
    command = stage.command(
        contract, qty=2, order_type=OrderType.LIMIT, limit_price=limit, sl_price=Decimal("0.10")
    )
    trade = stage.place(command)
    assert trade["status"] == "PENDING"
    stage.fault("cancel_loses", method="DELETE")
    stage.cancel(trade)
    stage.sync()
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"]) == ("OPEN", now["qty"])
    assert stage.working_sells() == now["qty"]


def test_an_adjustment_whose_cancel_loses_is_that_sale(stage: Stage) -> None:
    """A-04: the same care for a fill in between."""
    trade = stage.place_bracketed(qty=2)
    stage.fault("cancel_loses", method="DELETE")
    stage.adjust(trade, new_sl=Decimal("0.20"))
    stage.sync()

    assert stage.trade(trade)["status"] == "CLOSED"
    assert stage.working_sells() == 0


def test_both_legs_that_filled_are_flattened_and_told(stage: Stage) -> None:
    """I-09: bought back within one sync, the owner told, the books tie."""
    trade = stage.place_bracketed(qty=2)
    stage.fault("both_legs_fill", method="GET")
    stage.sync()
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], held(stage, trade)) == ("CLOSED", 0)
    assert fills_of(stage, trade) == 0
    assert stage.query("select 1 from alerts where kind = 'both_exits_filled'")


@pytest.mark.parametrize("kind", ["empty_lists", "null_lists"])
def test_an_account_that_looks_wiped_ends_nothing(stage: Stage, kind: str) -> None:
    """I-06, I-25: asked about after two looks a minute apart, and forgotten when the lists are back."""
    trade = stage.place_bracketed(qty=2)
    stage.fault(kind, method="GET", path="/accounts", times=8)
    for _ in range(3):
        stage.sync()
    assert stage.trade(trade)["status"] == "OPEN"
    stage.world.faults.clear()
    stage.sync()
    stage.sync()

    assert stage.trade(trade)["status"] == "OPEN"
    assert stage.working_sells() == 2
    assert not stage.query("select 1 from alerts where kind like '%reset%' and resolved_at is null")


def test_a_token_that_expires_is_told_and_nothing_is_concluded(stage: Stage) -> None:
    """I-06, A-12: exits stay where they are, the owner hears of it, a renewed token goes on."""
    trade = stage.place_bracketed(qty=2)
    at = stage.clock.now() + timedelta(seconds=90)
    stage.world.faults.arm_from(
        {"vendor": "tradier", "kind": "expire_token", "at": at.isoformat(), "account": stage.account()}
    )
    for _ in range(5):
        stage.sync()
    assert stage.trade(trade)["status"] == "OPEN"
    assert stage.query("select 1 from alerts where kind = 'broker_unreadable' and resolved_at is null")
    stage.world.sandbox.add_account(stage.account(), "token-of-alice")
    stage.sync()

    assert not stage.query("select 1 from alerts where kind = 'broker_unreadable' and resolved_at is null")
    assert stage.working_sells() == 2


@pytest.mark.parametrize("seconds", [None, 5])
def test_a_rate_limited_entry_was_not_taken(stage: Stage, seconds: int | None) -> None:
    """A-12: 429 leaves nothing at the broker, with Retry-After and without."""
    stage.fault("rate_limited", seconds=seconds)
    with pytest.raises(Unavailable):
        stage.place()

    assert stage.truth() == []


@pytest.mark.parametrize("kind", ["other_instrument", "stale_quote", "crossed_quote"])
def test_a_bad_quote_marks_nothing_and_says_why(stage: Stage, kind: str) -> None:
    """I-15: the trade keeps its last mark, the snapshot records the reason."""
    trade = stage.place_bracketed(qty=2)
    stage.advance(40)
    stage.run("snapshot")
    before = stage.trade(trade)["mark_at"]
    stage.advance(1240)
    older = {"seconds": 15 * 60 + 180} if kind == "stale_quote" else {}  # beyond the plan's own delay
    stage.world.faults.arm_from({"vendor": "orats", "kind": kind, "times": 5, **older})
    stage.run("snapshot")
    rows = stage.query(
        "select mark_price, reason from price_snapshots where trade_id = cast(:id as uuid) "
        "and kind = 'INTRADAY' order by timestamp",
        id=trade["id"],
    )

    assert rows[-1].mark_price is None
    assert rows[-1].reason
    assert stage.trade(trade)["mark_at"] == before

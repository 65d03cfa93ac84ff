"""The owner's yes to a wiped sandbox account (A-12, I-06): whatever state its trades are in, they end."""

from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.domain.trading.orders import OrderType
from tests.services.stage import Stage, eastern

FRIDAY = date(2026, 2, 20)


def _reset_and_asked(stage: Stage) -> Any:  # Any: an id
    stage.world.sandbox.reset_account(stage.account())
    for _ in range(3):
        stage.sync(after=70)
    ((alert_id,),) = stage.query("select id from alerts where kind = 'broker_reset' and resolved_at is null")
    return alert_id


def test_a_yes_ends_what_was_sold_too_much_with_the_others(stage: Stage) -> None:
    """I-09, A-12: an excess that could not be bought back yet is gone with the account, at its last mark."""
    oversold = stage.place_bracketed(qty=2)
    held = stage.place(stage.command(stage.contract("SPY"), qty=1))
    stage.fault("both_legs_fill", method="GET", path=f"/accounts/{stage.account()}/orders")
    stage.fault("status", code=400, body="no", times=30)
    stage.sync()
    assert stage.query("select sum(excess_qty) from paper_trades") == [(2,)]
    stage.answer(_reset_and_asked(stage), accept=True)

    assert [stage.trade(one)["close_reason"] for one in (oversold, held)] == ["BROKER_RESET"] * 2
    rows = stage.query("select is_buy, quantity from fills where kind = 'SETTLEMENT' order by is_buy")
    assert rows == [(False, 1), (True, 2)]


def test_an_owner_is_asked_although_only_an_excess_is_left(stage: Stage) -> None:
    """I-09, A-12: what is short in an account that was wiped can never be bought back."""
    oversold = stage.place_bracketed(qty=2)
    stage.fault("both_legs_fill", method="GET", path=f"/accounts/{stage.account()}/orders")
    stage.fault("status", code=400, body="no", times=30)
    stage.sync()
    stage.answer(_reset_and_asked(stage), accept=True)

    assert stage.trade(oversold)["close_reason"] == "BROKER_RESET"


def test_a_yes_ends_what_had_filled_in_part(stage: Stage) -> None:
    """A-12, A-14: the rest of the entry is gone with the account."""
    stage.fault("partial_fill", fraction=0.5)
    bid, _ = stage.quote(stage.contract())
    trade = stage.place(stage.command(qty=4, order_type=OrderType.LIMIT, limit_price=bid * 2))
    assert trade["status"] == "PARTIALLY_FILLED"
    stage.answer(_reset_and_asked(stage), accept=True)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"], now["open_qty"]) == ("CLOSED", "BROKER_RESET", 0)
    assert {one["status"] for one in now["orders"]} == {"CANCELED"}


def test_an_entry_that_rested_in_a_wiped_account_ends_as_canceled(stage: Stage) -> None:
    """I-28: nobody will fill it any more; it is not open for ever."""
    trade = stage.place(stage.command(order_type=OrderType.LIMIT, limit_price=Decimal("0.05")))
    stage.world.sandbox.reset_account(stage.account())
    stage.go_to(eastern(FRIDAY, 9, 31))
    for _ in range(3):
        stage.sync(after=70)

    assert stage.trade(trade)["status"] == "CANCELED"


def test_an_entry_of_unknown_outcome_in_a_wiped_account_ends_on_a_later_day(stage: Stage) -> None:
    """I-28, seed 1501628: no list of its day proves anything any more; what is held then does."""
    stage.place(stage.command(stage.contract("SPY")))
    stage.fault("timeout_after", method="POST", path="/orders")
    stage.fault("status", method="GET", path="/orders", code=502, times=4)
    trade = stage.place(stage.command(order_type=OrderType.LIMIT, limit_price=Decimal("0.05")))
    stage.world.sandbox.reset_account(stage.account())
    for _ in range(3):
        stage.sync(after=70)
    assert stage.trade(trade)["status"] == "PENDING"
    stage.go_to(eastern(FRIDAY, 9, 31))
    for _ in range(3):
        stage.sync(after=70)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CANCELED", "NOT_PLACED")

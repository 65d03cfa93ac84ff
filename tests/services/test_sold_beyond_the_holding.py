"""More sold than the account held, though the books of our trades had enough (I-09, I-31)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.instruments.symbols import OptionContract
from tests.services.stage import Stage, eastern

Json = dict[str, Any]  # Any: JSON


def _symbol(trade: Json) -> str:
    return str(trade["legs"][0]["symbol"])


def _cancel_bracket(stage: Stage) -> None:
    (bracket,) = [one for one in stage.truth() if one["class"] == "oco" and one["status"] == "open"]
    assert stage.cancel_by_hand(bracket["id"]).status_code == 200


def _both_legs_fill_after(stage: Stage, trade: Json) -> None:
    """Sync until the loss is believed; both legs of the bracket over what is left then fill at once."""
    stage.fault("both_legs_fill", method="GET", path=f"/accounts/{stage.account()}/orders/")
    for _ in range(5):
        stage.sync()


def _alerts(stage: Stage, kind: str) -> list[Any]:  # Any: rows
    return stage.query("select * from alerts where kind = :kind order by at, id", kind=kind)


def test_both_legs_of_what_a_sale_by_hand_left_are_an_excess(stage: Stage) -> None:
    """Seed 700031; I-09, I-31, I-13: 2 of 3 sold by hand, then both legs over the 1 that is left.

    The books alone still had 3 less 2: what is known to be gone is nothing that an exit of ours could sell.
    """
    trade = stage.place_bracketed(qty=3)
    _cancel_bracket(stage)
    by_hand = stage.sell_by_hand(OptionContract.parse_occ(_symbol(trade)), 2)
    _both_legs_fill_after(stage, trade)

    now = stage.trade(trade)
    bought = [one for one in now["orders"] if one["side"].startswith("buy_to_close")]
    assert now["status"] == "CLOSED"
    assert stage.held(_symbol(trade)) == 0
    assert [(one["quantity"], one["status"]) for one in bought] == [(1, "FILLED")]
    assert len(_alerts(stage, "both_exits_filled")) == 1
    rows = stage.query("select is_buy, quantity, price from fills order by filled_at, id")
    cash = sum((-row.quantity if row.is_buy else row.quantity) * row.price for row in rows) * 100
    assert sorted(row.quantity for row in rows if not row.is_buy) == [1, 1, 2]
    assert by_hand in {row.price for row in rows}
    fees = sum(row.quantity for row in rows) * Decimal("0.35")
    assert Decimal(str(now["realized_pnl"])) == cash - fees


@pytest.mark.parametrize("by_hand", [2, 3])
def test_an_excess_that_was_bought_back_by_hand_is_not_bought_again(stage: Stage, by_hand: int) -> None:
    """Seed 920090; I-09, I-31: somebody was there before us, only the rest is ours to buy."""
    trade = stage.place_bracketed(qty=3)
    hands, symbol = stage.world.sandbox.hands, _symbol(trade)
    assert hands.fill_both(stage.account()) == 1
    price = hands.buy_back(stage.account(), symbol, by_hand)
    for _ in range(3):
        stage.sync()

    now = stage.trade(trade)
    bought = [one for one in now["orders"] if one["side"].startswith("buy_to_close")]
    assert now["status"] == "CLOSED"
    assert stage.held(symbol) == 0
    assert [one["quantity"] for one in bought] == [by_hand] + [3 - by_hand] * (by_hand < 3)
    assert not _alerts(stage, "close_failed")
    (told,) = _alerts(stage, "sold_at_broker")
    assert f"{by_hand} bought back at {price}" in told.text
    rows = stage.query("select is_buy, quantity, price from fills")
    cash = sum((-row.quantity if row.is_buy else row.quantity) * row.price for row in rows) * 100
    fees = sum(row.quantity for row in rows) * Decimal("0.35")
    assert Decimal(str(now["realized_pnl"])) == cash - fees


def test_an_excess_bought_back_by_hand_is_no_fill_of_a_purchase_that_never_arrived(stage: Stage) -> None:
    """Seed 940159; I-09, I-13: our purchase's answer was lost; the list shows who bought, and for what."""
    trade = stage.place_bracketed(qty=3)
    hands, symbol = stage.world.sandbox.hands, _symbol(trade)
    assert hands.fill_both(stage.account()) == 1
    stage.fault("timeout_before")
    stage.sync()
    stage.jump("AAPL", 1.01)
    price = hands.buy_back(stage.account(), symbol, 3)
    for _ in range(4):
        stage.sync()

    now = stage.trade(trade)
    assert now["status"] == "CLOSED"
    assert stage.held(symbol) == 0
    rows = stage.query("select is_buy, quantity, price from fills order by filled_at, id")
    assert [(row.quantity, row.price) for row in rows if row.is_buy][1:] == [(3, price)]
    cash = sum((-row.quantity if row.is_buy else row.quantity) * row.price for row in rows) * 100
    fees = sum(row.quantity for row in rows) * Decimal("0.35")
    assert Decimal(str(now["realized_pnl"])) == cash - fees


@pytest.mark.parametrize("is_next_day", [False, True])
def test_what_was_bought_by_hand_is_no_fill_of_an_entry_that_never_arrived(
    stage: Stage, is_next_day: bool
) -> None:
    """I-05, I-06: positions show the owner's own contracts, and the list of the day shows whose they are."""
    contract = stage.contract()
    stage.fault("timeout_before")
    lost = stage.place(stage.command(contract, qty=2))
    if is_next_day:
        stage.go_to(eastern(date(2026, 2, 20), 10))
    symbol = contract.to_occ()
    answer = stage.by_hand(symbol="AAPL", option_symbol=symbol, side="buy_to_open", quantity=2)
    assert answer.status_code == 200
    for _ in range(4):
        stage.sync()

    assert stage.held(symbol) == 2
    now = stage.trade(lost)
    assert (now["status"], now["entry_price"]) == ("CANCELED", None)


def test_both_legs_of_what_went_without_an_order_are_bought_back_before_its_price_is_known(
    stage: Stage,
) -> None:
    """I-09, I-31: where no history tells of the 2 of 3 that went, their owner is asked; the short is over."""
    trade = stage.place_bracketed(qty=3)
    _cancel_bracket(stage)
    stage.world.sandbox.hands.take_away(stage.account(), _symbol(trade), 2)
    _both_legs_fill_after(stage, trade)

    (asked,) = _alerts(stage, "position_missing")
    assert stage.held(_symbol(trade)) == 0
    assert stage.trade(trade)["status"] == "OPEN"
    assert stage.query("select open_qty, missing_qty, excess_qty from paper_trades") == [(2, 2, 0)]
    assert not _alerts(stage, "close_failed")
    stage.answer(asked.id, accept=True, price=Decimal("1.25"))
    assert stage.trade(trade)["status"] == "CLOSED"


def test_both_legs_of_one_trade_while_another_of_its_contract_lost_what_it_held(stage: Stage) -> None:
    """I-09, I-31: 3 of 4 sold by hand, then both legs of the other trade, before the loss was believed."""
    covered = stage.place_bracketed(qty=1)
    contract = OptionContract.parse_occ(_symbol(covered))
    bare = stage.place(stage.command(contract, qty=3))
    stage.sync()
    stage.sell_by_hand(contract, 3)
    stage.fault("both_legs_fill", method="GET", path="/orders")
    for _ in range(6):
        stage.sync()

    assert stage.held(contract.to_occ()) == 0
    assert [stage.trade(one)["status"] for one in (covered, bare)] == ["CLOSED", "CLOSED"]
    assert stage.trade(bare)["close_reason"] == "LIQUIDATED_BY_BROKER"


def test_a_short_that_no_trade_is_left_for_is_told_of(stage: Stage) -> None:
    """I-09, I-31: contracts went under a working bracket, which filled before the loss was believed."""
    trade = stage.place_bracketed(qty=3)
    stage.world.sandbox.hands.take_away(stage.account(), _symbol(trade), 2)
    stage.sync(after=120)
    stage.jump("AAPL", 1.3)
    for _ in range(4):
        stage.sync()

    assert stage.trade(trade)["status"] == "CLOSED"
    assert stage.held(_symbol(trade)) == -2
    (told,) = _alerts(stage, "account_short")
    assert (told.severity, told.resolved_at) == ("critical", None)
    assert f"2 of {_symbol(trade)}" in told.text
    stage.world.sandbox.hands.take_away(stage.account(), _symbol(trade), -2)
    for _ in range(3):
        stage.sync()
    assert [one.resolved_at is not None for one in _alerts(stage, "account_short")] == [True]


def test_a_short_that_came_and_filled_between_two_reads_is_told_of(stage: Stage) -> None:
    """I-09, I-31: no read had shown a doubt when the trade ended; one is made then."""
    trade = stage.place_bracketed(qty=3)
    stage.sync()
    stage.world.sandbox.hands.take_away(stage.account(), _symbol(trade), 2)
    stage.jump("AAPL", 1.3)
    for _ in range(3):
        stage.sync()

    assert stage.trade(trade)["status"] == "CLOSED"
    assert f"2 of {_symbol(trade)}" in _alerts(stage, "account_short")[0].text


def test_an_empty_answer_does_not_end_what_was_told_of_a_short(stage: Stage) -> None:
    """I-06, I-31: one read that shows nothing may be a mistake; the next one says what is so."""
    trade = stage.place_bracketed(qty=3)
    stage.world.sandbox.hands.take_away(stage.account(), _symbol(trade), 2)
    stage.jump("AAPL", 1.3)
    for _ in range(3):
        stage.sync()
    stage.fault("null_lists", method="GET", path="/positions")
    for _ in range(4):
        stage.sync(after=120)

    assert [one.resolved_at for one in _alerts(stage, "account_short")] == [None]


def test_what_is_missing_beyond_all_that_trades_hold_is_told_of(stage: Stage) -> None:
    """I-31: what an account lacks beyond the trades of a contract is nobody's loss, and told of as well."""
    trade = stage.place_bracketed(qty=1)
    _cancel_bracket(stage)
    stage.world.sandbox.hands.take_away(stage.account(), _symbol(trade), 2)
    for _ in range(5):
        stage.sync()

    assert stage.query("select open_qty, missing_qty from paper_trades") == [(1, 1)]
    assert f"1 of {_symbol(trade)}" in _alerts(stage, "account_short")[0].text


def test_a_trade_of_a_contract_that_the_account_is_short_of_bears_what_is_lacked(stage: Stage) -> None:
    """I-31: what was nobody's is this trade's as soon as it holds some: its exits are clamped."""
    first = stage.place_bracketed(qty=2)
    contract = OptionContract.parse_occ(_symbol(first))
    stage.world.sandbox.hands.take_away(stage.account(), contract.to_occ(), 1)
    stage.sync(after=120)
    stage.jump("AAPL", 1.3)
    for _ in range(4):
        stage.sync()
    assert stage.held(contract.to_occ()) == -1
    assert len(_alerts(stage, "account_short")) == 1
    stage.world.sandbox.hands.take_away(stage.account(), contract.to_occ(), -3)  # as a purchase would net it
    second = stage.place(stage.command(contract, qty=1))
    stage.world.sandbox.hands.take_away(stage.account(), contract.to_occ(), 3)
    for _ in range(6):
        stage.sync()

    assert stage.held(contract.to_occ()) == 0
    assert stage.query("select open_qty, missing_qty from paper_trades where id = :id", id=second["id"]) == [
        (1, 1)
    ]
    assert _alerts(stage, "account_short")[0].resolved_at is not None

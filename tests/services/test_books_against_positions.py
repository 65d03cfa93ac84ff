"""What the account no longer holds of a trade (A-04, books against positions; I-31)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.instruments.ticks import floor_to_tick
from chalicelib.domain.trading.orders import OrderType
from tests.services.stage import Stage, eastern

Json = dict[str, Any]  # Any: JSON
FEE = Decimal("0.35")


def contract_of(trade: Json) -> OptionContract:
    """Return the contract of a trade."""
    return OptionContract.parse_occ(trade["legs"][0]["symbol"])


def alerts_of(stage: Stage, kind: str) -> list[Any]:  # Any: rows
    """Return the alerts of a kind, oldest first."""
    return stage.query("select * from alerts where kind = :kind order by at, id", kind=kind)


def cancel_bracket(stage: Stage) -> None:
    """Cancel the working OCO at the broker itself."""
    (bracket,) = [one for one in stage.truth() if one["class"] == "oco" and one["status"] == "open"]
    assert stage.cancel_by_hand(bracket["id"]).status_code == 200


def test_a_position_sold_by_hand_ends_with_the_brokers_price(stage: Stage) -> None:
    """A-04, A-14: liquidated, at the price and the time of the broker's own record, net of both fees."""
    trade = stage.place(stage.command(qty=2))
    sold = stage.sell_by_hand(contract_of(trade), 2)
    at = stage.clock.now()
    for _ in range(4):
        stage.sync()

    now = stage.trade(trade)
    result = (sold - Decimal(str(trade["entry_price"]))) * 200 - 4 * FEE
    assert (now["status"], now["close_reason"], now["open_qty"]) == ("CLOSED", "LIQUIDATED_BY_BROKER", 0)
    assert (Decimal(str(now["close_price"])), Decimal(str(now["realized_pnl"]))) == (sold, result)
    assert now["close_date"][:19] == at.isoformat()[:19]
    assert len(alerts_of(stage, "sold_at_broker")) == 1


def test_a_position_rolled_by_hand_ends_at_its_own_legs_price(stage: Stage) -> None:
    """A-04: sold as one leg of a combined order; the other leg, and the net price, are none of ours."""
    trade = stage.place(stage.command(qty=2))
    contract = contract_of(trade)
    higher = replace(contract, strike=contract.strike + 5)
    legs: Json = {}
    for index, (symbol, side) in enumerate(
        ((higher.to_occ(), "buy_to_open"), (contract.to_occ(), "sell_to_close"))
    ):
        legs |= {f"option_symbol[{index}]": symbol, f"side[{index}]": side, f"quantity[{index}]": 2}
    stage.by_hand(symbol=contract.underlying, **{"class": "multileg"}, **legs)
    for _ in range(4):
        stage.sync()

    now, rolled = stage.trade(trade), stage.truth()[-1]
    assert (now["status"], now["close_reason"], now["open_qty"]) == ("CLOSED", "LIQUIDATED_BY_BROKER", 0)
    assert now["close_price"] == rolled["leg"][1]["avg_fill_price"]
    assert stage.held(higher.to_occ()) == 2


def test_what_is_left_after_a_sale_by_hand_is_protected_again(stage: Stage) -> None:
    """A-04, I-08, I-31: of 3 the bracket is cancelled and 1 sold by hand; both legs cover the 2."""
    trade = stage.place_bracketed(qty=3)
    cancel_bracket(stage)
    stage.sell_by_hand(contract_of(trade), 1)
    for _ in range(4):
        stage.sync()

    now = stage.trade(trade)
    working = [one for one in now["orders"] if one["status"] == "OPEN"]
    assert (now["status"], now["open_qty"], int(stage.working_sells())) == ("OPEN", 2, 2)
    assert {(one["role"], one["quantity"]) for one in working} == {("STOP_LOSS", 2), ("TAKE_PROFIT", 2)}


def test_a_close_of_what_is_gone_is_not_refused_for_ever(stage: Stage) -> None:
    """A-04: a refused sale has positions looked at; the trade ends by what the account's history says."""
    trade = stage.place(stage.command(qty=2))
    stage.sync()
    stage.sell_by_hand(contract_of(trade), 2)
    stage.close_trade(stage.trade(trade))
    stage.sync(after=5)
    stage.sync()

    assert stage.trade(trade)["close_reason"] == "LIQUIDATED_BY_BROKER"


def test_one_look_concludes_nothing(stage: Stage) -> None:
    """A-04: a difference counts once it was seen twice, 60 s apart."""
    trade = stage.place(stage.command(qty=2))
    stage.sell_by_hand(contract_of(trade), 2)
    stage.sync()
    stage.sync(after=30)

    assert stage.trade(trade)["status"] == "OPEN"
    stage.sync(after=30)
    assert stage.trade(trade)["status"] == "CLOSED"


def test_what_goes_right_before_the_second_look_is_looked_at_a_minute_later(stage: Stage) -> None:
    """A-04, I-31: the read that believes one of two is the first of the other, not none at all."""
    trade = stage.place(stage.command(qty=3))
    stage.sync()
    stage.sell_by_hand(contract_of(trade), 1)
    stage.sync(after=120)
    stage.sell_by_hand(contract_of(trade), 1)
    stage.sync()
    assert stage.trade(trade)["open_qty"] == 2

    stage.sync()
    assert stage.trade(trade)["open_qty"] == 1


def test_unreadable_positions_conclude_nothing(stage: Stage) -> None:
    """I-06: neither an error nor an empty answer of positions is a sale."""
    trade = stage.place_bracketed(qty=2)
    stage.fault("status", method="GET", path="/positions", code=500, times=12)
    for _ in range(3):
        stage.sync(after=120)
    stage.world.faults.clear()
    stage.sync(after=120)

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], int(stage.working_sells())) == ("OPEN", 2, 2)


def test_the_owner_is_asked_where_no_history_tells(stage: Stage) -> None:
    """A-04: flagged, its exits clamped, asked for the price once; the answer reduces the trade."""
    trade = stage.place_bracketed(qty=3)
    stage.world.sandbox.hands.take_away(stage.account(), trade["legs"][0]["symbol"], 1)
    for _ in range(4):
        stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], int(stage.working_sells())) == ("OPEN", 3, 2)
    (asked,) = alerts_of(stage, "position_missing")
    assert asked.question is not None
    stage.answer(asked.id, accept=True, price=Decimal("1.25"))
    stage.sync()

    reduced = stage.trade(trade)
    assert (reduced["status"], reduced["open_qty"], int(stage.working_sells())) == ("OPEN", 2, 2)
    assert alerts_of(stage, "position_missing")[0].resolved_at is not None


def test_a_yes_ends_what_is_gone_as_a_whole_at_the_price_told(stage: Stage) -> None:
    """A-04, I-13: the owner's price, booked with its fees."""
    trade = stage.place(stage.command(qty=2))
    stage.world.sandbox.hands.take_away(stage.account(), trade["legs"][0]["symbol"], 2)
    for _ in range(3):
        stage.sync()
    (asked,) = alerts_of(stage, "position_missing")
    stage.answer(asked.id, accept=True, price=Decimal("2.00"))

    now = stage.trade(trade)
    result = (Decimal("2.00") - Decimal(str(trade["entry_price"]))) * 200 - 4 * FEE
    assert (now["status"], now["close_reason"]) == ("CLOSED", "LIQUIDATED_BY_BROKER")
    assert Decimal(str(now["realized_pnl"])) == result


def answered_before_the_list_shows_it(stage: Stage, *, held: int, sold: int) -> tuple[Json, Decimal]:
    """Sell by hand right before the second of two looks, whose list misses that, and tell another price."""
    trade = stage.place(stage.command(qty=held))
    stage.fault("empty_lists", method="GET", path="/positions", times=1)
    stage.sync()
    stage.advance(55)
    paid = stage.sell_by_hand(contract_of(trade), sold)
    stage.fault("list_misses", method="GET", times=1, count=1)
    stage.sync(after=5)
    (asked,) = alerts_of(stage, "position_missing")
    stage.answer(asked.id, accept=True, price=paid + 1)
    return trade, paid


def test_a_sale_that_a_later_list_shows_overrules_the_price_told(stage: Stage) -> None:
    """A-04, A-01, I-13, seed 980029: the trade keeps its facts, its amendment has the broker's price."""
    trade, paid = answered_before_the_list_shows_it(stage, held=2, sold=2)
    ended = stage.trade(trade)
    assert ended["close_reason"] == "LIQUIDATED_BY_BROKER"
    for _ in range(3):
        stage.sync()

    assert {**stage.trade(trade), "orders": None} == {**ended, "orders": None}
    rows = stage.query("select f.fill_rule, f.price from trade_amendments a join fills f on f.id = a.fill_id")
    assert sorted(map(tuple, rows)) == [("broker", paid), ("owner_overruled", paid + 1)]
    amended = {one.realized_pnl for one in stage.query("select realized_pnl from trade_amendments")}
    assert amended == {Decimal(str(ended["realized_pnl"])) - 200}
    (told,) = alerts_of(stage, "told_price_overruled")
    assert f"its result would be {amended.pop():.2f}" in told.text


def test_what_is_left_of_a_trade_learns_the_price_that_a_later_list_shows(stage: Stage) -> None:
    """A-04, I-13: a trade that goes on counts with the broker's price alone, fees once."""
    trade, _ = answered_before_the_list_shows_it(stage, held=3, sold=1)
    told = stage.trade(trade)
    for _ in range(3):
        stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"], now["fees"]) == ("OPEN", 2, told["fees"])
    assert Decimal(str(now["realized_pnl"])) == Decimal(str(told["realized_pnl"])) - 100


def test_a_sale_after_the_answer_is_of_something_else(stage: Stage) -> None:
    """A-04: what was taken away untold keeps its owner's price, whatever else is sold later."""
    trade = stage.place(stage.command(qty=3))
    stage.world.sandbox.hands.take_away(stage.account(), trade["legs"][0]["symbol"], 1)
    for _ in range(3):
        stage.sync()
    stage.answer(alerts_of(stage, "position_missing")[0].id, accept=True, price=Decimal("9.00"))
    stage.sync()
    sold = stage.sell_by_hand(contract_of(trade), 2)
    for _ in range(4):
        stage.sync()

    assert stage.trade(trade)["status"] == "CLOSED"
    prices = stage.query("select price, quantity from fills where not is_buy order by quantity")
    assert [tuple(one) for one in prices] == [(Decimal("9.00"), 1), (sold, 2)]


def test_a_position_that_comes_back_is_no_longer_asked_for(stage: Stage) -> None:
    """I-06: what was missing in the broker's answers and is there again is held, and protected as a whole."""
    trade = stage.place_bracketed(qty=2)
    symbol = trade["legs"][0]["symbol"]
    stage.world.sandbox.hands.take_away(stage.account(), symbol, 1)
    for _ in range(3):
        stage.sync()
    assert stage.working_sells() == 1
    stage.world.sandbox.hands.take_away(stage.account(), symbol, -1)
    for _ in range(4):
        stage.sync()

    assert (stage.trade(trade)["open_qty"], int(stage.working_sells())) == (2, 2)
    assert alerts_of(stage, "position_missing")[0].resolved_at is not None


def test_more_held_than_explained_is_told_once(stage: Stage) -> None:
    """A-04: it is the owner's own business; a sale of it by hand later is not the trade's."""
    trade = stage.place_bracketed(qty=2)
    contract = contract_of(trade)
    values = {"symbol": contract.underlying, "option_symbol": contract.to_occ()}
    stage.by_hand(**values, side="buy_to_open", quantity=2)
    for _ in range(6):
        stage.sync()
    assert len(alerts_of(stage, "more_held")) == 1
    stage.sell_by_hand(contract, 2)
    for _ in range(4):
        stage.sync()

    assert (stage.trade(trade)["open_qty"], int(stage.working_sells())) == (2, 2)
    assert alerts_of(stage, "more_held")[0].resolved_at is not None


def test_of_two_trades_the_one_without_working_exits_lost_it(stage: Stage) -> None:
    """A-04: nobody can sell by hand what a working bracket covers."""
    covered = stage.place_bracketed(qty=2)
    bare = stage.place(stage.command(contract_of(covered), qty=2))
    stage.sell_by_hand(contract_of(covered), 1)
    for _ in range(4):
        stage.sync()

    assert [stage.trade(one)["open_qty"] for one in (covered, bare)] == [2, 1]
    assert stage.working_sells() == 2


def test_a_sale_larger_than_one_trade_is_shared(stage: Stage) -> None:
    """A-04, I-13: the oldest first; each trade has its part of the one order, none of it twice."""
    first = stage.place(stage.command(qty=2))
    second = stage.place(stage.command(contract_of(first), qty=2))
    stage.sell_by_hand(contract_of(first), 3)
    for _ in range(5):
        stage.sync()

    assert stage.trade(first)["close_reason"] == "LIQUIDATED_BY_BROKER"
    assert stage.trade(second)["open_qty"] == 1
    (sold,) = stage.query("select sum(quantity) from fills where not is_buy")[0]
    assert sold == 3


def test_what_came_later_was_sold_by_the_later_sale(stage: Stage) -> None:
    """I-13, seed 1502697: a sale before a trade's entry explains nothing of it; the newest is its own."""
    first = stage.place(stage.command(qty=2))
    contract = contract_of(first)
    stage.sell_by_hand(contract, 2)
    stage.advance(5)
    second = stage.place(stage.command(contract, qty=2))
    stage.jump("AAPL", 1.01)
    paid = stage.sell_by_hand(contract, 1)
    for _ in range(5):
        stage.sync()

    assert stage.trade(first)["close_reason"] == "LIQUIDATED_BY_BROKER"
    assert stage.trade(second)["open_qty"] == 1
    assert stage.query("select price from fills where trade_id = :id and not is_buy", id=second["id"]) == [
        (paid,)
    ]
    assert alerts_of(stage, "position_missing") == []


def test_a_trade_that_was_opened_first_and_filled_last_lost_last(stage: Stage) -> None:
    """I-13, seed 1400369: the oldest is what has been held longest, not what was asked for first."""
    waiting = stage.command(qty=1)
    low = stage.quote(stage.contract())[0] / 2
    asked_first = stage.place(
        replace(waiting, order_type=OrderType.LIMIT, limit_price=floor_to_tick("AAPL", low))
    )
    held_first = stage.place(stage.command(qty=1))
    contract = contract_of(held_first)
    stage.sell_by_hand(contract, 1)
    stage.advance(5)
    stage.jump("AAPL", 0.97)
    for _ in range(6):
        stage.sync()

    assert stage.trade(held_first)["status"] == "CLOSED"
    assert (stage.trade(asked_first)["status"], stage.trade(asked_first)["open_qty"]) == ("OPEN", 1)
    assert alerts_of(stage, "position_missing") == []


def test_a_bracket_that_fills_meanwhile_is_no_sale_by_hand(stage: Stage) -> None:
    """A-04: an order of ours explains it, be it that positions show it before the list does."""
    trade = stage.place_bracketed(qty=2)
    stage.jump("AAPL", 1.3)
    stage.sync()
    stage.sync()

    assert stage.trade(trade)["close_reason"] == "TP_HIT"
    assert not alerts_of(stage, "sold_at_broker")


def test_nothing_that_is_gone_is_settled_at_expiry(stage: Stage) -> None:
    """A-04, A-06, I-31: sold by hand after its last sync: the sale is booked, not the value."""
    contract = stage.contract(expiry_index=0)
    trade = stage.place(stage.command(contract, qty=2))
    day = contract.expiry
    stage.go_to(eastern(day, 15, 58))
    sold = stage.sell_by_hand(contract, 2)
    stage.go_to(eastern(day, 16, 30))
    stage.run("expire")
    assert stage.trade(trade)["status"] == "OPEN"
    stage.go_to(eastern(day, 17, 30))
    stage.run("expire")

    now = stage.trade(trade)
    assert (now["close_reason"], Decimal(str(now["close_price"]))) == ("LIQUIDATED_BY_BROKER", sold)


def test_what_is_gone_under_an_order_of_unknown_fate_is_not_settled(stage: Stage) -> None:
    """I-31: a stop whose answer was lost may explain what is lacked, and does not bring it back."""
    contract = stage.contract(expiry_index=0)
    trade = stage.place(stage.command(contract, qty=5))
    stage.go_to(eastern(contract.expiry, 15, 58))
    sold = stage.sell_by_hand(contract, 3)
    stage.fault("drop_connection", path="/orders")
    stage.adjust(stage.trade(trade), new_sl=Decimal("0.05"))
    unknown = stage.order(trade, "STOP_LOSS")["status"]
    stage.go_to(eastern(contract.expiry, 16, 30))
    first = stage.run("expire")
    for hour in (17, 18, 19):
        stage.go_to(eastern(contract.expiry, hour, 30))
        stage.run("expire")

    assert unknown == "UNKNOWN"
    assert first == {"settled": 0, "pending": 1}
    fills = stage.query("select kind, quantity, price from fills where not is_buy order by quantity")
    assert [(one.kind, one.quantity) for one in fills] == [("SETTLEMENT", 2), ("FILL", 3)]
    assert fills[1].price == sold


def test_what_is_flagged_waits_for_its_price_at_expiry(stage: Stage) -> None:
    """I-31: neither the missing part nor the trade is settled before its owner has answered."""
    contract = stage.contract(expiry_index=0)
    trade = stage.place(stage.command(contract, qty=2))
    stage.world.sandbox.hands.take_away(stage.account(), contract.to_occ(), 1)
    for _ in range(3):
        stage.sync()
    stage.go_to(eastern(contract.expiry, 16, 30))
    stage.run("expire")
    assert (stage.trade(trade)["status"], stage.trade(trade)["open_qty"]) == ("OPEN", 2)
    (asked,) = alerts_of(stage, "position_missing")
    stage.answer(asked.id, accept=True, price=Decimal("1.00"))
    stage.go_to(eastern(contract.expiry, 17, 30))
    stage.run("expire")

    assert stage.trade(trade)["status"] == "EXPIRED"


def test_positions_are_read_before_the_open(stage: Stage) -> None:
    """A-04: at 09:15, so that the second look comes before the session."""
    trade = stage.place(stage.command(qty=2))
    stage.world.sandbox.hands.take_away(stage.account(), trade["legs"][0]["symbol"], 2)
    stage.go_to(eastern(date(2026, 2, 20), 9, 15))
    stage.by_hand(symbol="SPY", side="buy", quantity=1, **{"class": "equity"})  # no reset: something is shown
    stage.run("premarket")
    stage.go_to(eastern(date(2026, 2, 20), 9, 25))
    stage.run("sync")

    assert alerts_of(stage, "position_missing")


def test_a_quiet_account_is_asked_for_positions_every_other_sync(stage: Stage) -> None:
    """A-04: 120 s apart while trades are open there, and never on paper."""
    stage.place_bracketed(qty=1)
    before = stage.calls("/positions")
    for _ in range(10):
        stage.sync()

    assert stage.calls("/positions") - before == 5

"""W-05, A-04: a leg goes without the others: assigned, bought back by the broker, nobody knows how."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import LIVE as WORKING
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Invalid
from tests.services.stage import Stage, eastern
from tests.services.structures import (
    CALL,
    LONG,
    PUT,
    SHORT,
    TODAY,
    close_of_now,
    contract_of,
    events,
    expire,
    fills,
    legs_of,
    strike,
    structure,
)

Json = dict[str, Any]  # Any: JSON


def alerts_of(stage: Stage, kind: str) -> list[Any]:  # Any: rows
    """Return the alerts of a kind, oldest first."""
    return stage.query("select * from alerts where kind = :kind order by at, id", kind=kind)


def spread(stage: Stage, *, qty: int = 5, expiry_index: int = 3) -> tuple[Json, Any]:  # Any: the legs
    """Sell a put spread of a later expiry; returns it with its legs."""
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[expiry_index]
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4), expiry=expiry)
    trade = stage.place(structure(legs, "-0.01", qty=qty))
    assert trade["status"] == "OPEN"
    return trade, legs


def next_morning(stage: Stage) -> None:
    """Go to the next session and look often enough to believe what positions show."""
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 40))
    for _ in range(4):
        stage.sync()


def cash(stage: Stage) -> Decimal:
    """Return the cash of alice's account as the vendor has it."""
    return stage.world.sandbox.truth_cash(stage.account())


def test_two_of_five_contracts_are_assigned(stage: Stage) -> None:
    """W-05: shares at the strike become a leg, the rest lives on; options are closed, then shares."""
    before = cash(stage)
    trade, legs = spread(stage)
    short = contract_of(legs[0]).to_occ()
    stage.world.sandbox.hands.assign(stage.account(), short, 2)
    next_morning(stage)

    held = stage.trade(trade)
    assert (held["status"], held["open_qty"]) == ("OPEN", 5)
    assert held["version"] > trade["version"], "what its legs hold is its owner's to decide on (I-22)"
    assert [(leg["side"], leg["quantity"]) for leg in held["legs"]] == [
        ("SHORT", 3),
        ("LONG", 5),
        ("LONG", 200),
    ]
    assert Decimal(str(held["legs"][2]["entry_price"])) == strike(legs[0])
    assert events(stage, trade) == ["ASSIGNED"]
    assert stage.held("SPY") == 200
    (alert,) = alerts_of(stage, "assigned")
    assert alert.severity == "critical"
    assert "long 200 shares of SPY" in alert.text
    assert alerts_of(stage, "position_missing") == []
    assert alerts_of(stage, "more_held") == []

    closed = stage.close_trade(held).trade
    for _ in range(3):
        stage.sync()
    closed = stage.trade(closed)
    assert (closed["status"], closed["open_qty"]) == ("CLOSED", 0)
    exits = [order for order in closed["orders"] if order["role"] == "EXIT"]
    assert [leg["ratio"] for leg in exits[0]["legs"]] == [3, 5]
    assert exits[-1]["quantity"] == 200
    assert stage.world.sandbox.truth_positions(stage.account()) == []
    assert Decimal(str(closed["realized_pnl"])) == cash(stage) - before


def test_the_risk_desk_buys_back_one_leg_on_the_afternoon_of_its_expiry(stage: Stage) -> None:
    """Found, booked on that leg at the broker's price, told with what is left; the rest expires."""
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4))
    trade = stage.place(structure(legs, "-0.01", qty=2))
    stage.go_to(eastern(TODAY, 15, 30))
    short = contract_of(legs[0])
    answer = stage.by_hand(symbol="SPY", option_symbol=short.to_occ(), side="buy_to_close", quantity=2)
    (bought,) = [one for one in stage.truth() if one["id"] == answer.json()["order"]["id"]]
    for _ in range(4):
        stage.sync()

    held = stage.trade(trade)
    assert (held["status"], held["open_qty"]) == ("OPEN", 2)
    assert [leg["quantity"] for leg in held["legs"]] == [0, 2]
    assert Decimal(str(held["legs"][0]["close_price"])) == Decimal(str(bought["avg_fill_price"]))
    (told,) = alerts_of(stage, "sold_at_broker")
    assert "bought back" in told.text
    assert f"long 2 {contract_of(legs[1]).to_occ()}" in told.text
    assert alerts_of(stage, "more_held") == []

    expire(stage)
    ended = stage.trade(trade)
    assert ended["status"] == "EXPIRED"
    assert [one.leg_no for one in fills(stage, trade)] == [2]


def test_a_leg_traded_by_hand_and_assigned_is_both(stage: Stage) -> None:
    """W-05: what no order of the day explains is a delivery where its shares stand in the account."""
    before = cash(stage)
    trade, legs = spread(stage)
    short = contract_of(legs[0]).to_occ()
    stage.world.sandbox.hands.assign(stage.account(), short, 2)
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 40))
    stage.by_hand(symbol="SPY", option_symbol=short, side="buy_to_close", quantity=1)
    for _ in range(5):
        stage.sync()

    held = stage.trade(trade)
    assert [(leg["side"], leg["quantity"]) for leg in held["legs"]] == [
        ("SHORT", 2),
        ("LONG", 5),
        ("LONG", 200),
    ]
    assert events(stage, trade) == ["ASSIGNED"]
    assert alerts_of(stage, "position_missing") == []
    closed = stage.close_trade(held).trade
    for _ in range(3):
        stage.sync()
    assert Decimal(str(stage.trade(closed)["realized_pnl"])) == cash(stage) - before


def test_a_call_and_a_put_assigned_in_one_night_are_both_booked(stage: Stage) -> None:
    """W-05: two calls' shares went, one put's came; the account shows the net, which all of them explain."""
    before = cash(stage)
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[3]
    calls = legs_of(stage, (SHORT, CALL, 1), (LONG, CALL, 4), expiry=expiry)
    puts = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4), expiry=expiry)
    stage.set(heat_limit_pct=Decimal(100))
    trades = [stage.place(structure(legs, "-0.01", qty=qty)) for legs, qty in ((calls, 2), (puts, 1))]
    for legs, quantity in ((calls, 2), (puts, 1)):
        stage.world.sandbox.hands.assign(stage.account(), contract_of(legs[0]).to_occ(), quantity)
    next_morning(stage)

    assert stage.held("SPY") == -100
    assert [events(stage, trade) for trade in trades] == [["ASSIGNED"], ["ASSIGNED"]]
    shares = [leg["quantity"] for trade in trades for leg in stage.trade(trade)["legs"][2:]]
    assert shares == [100, 0], "the one went for the other at its strike"
    assert alerts_of(stage, "position_missing") == []
    for trade in trades:
        stage.close_trade(stage.trade(trade))
    for _ in range(4):
        stage.sync()
    ended = [stage.trade(trade) for trade in trades]
    assert {one["status"] for one in ended} == {"CLOSED"}
    assert sum(Decimal(str(one["realized_pnl"])) for one in ended) == cash(stage) - before


def test_two_strikes_assigned_in_one_night_are_both_booked(stage: Stage) -> None:
    """W-05: the account's cost of the shares is the mean of both strikes."""
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[3]
    wanted = [legs_of(stage, (SHORT, PUT, at), (LONG, PUT, at - 3), expiry=expiry) for at in (-1, -2)]
    trades = [stage.place(structure(legs, "-0.01")) for legs in wanted]
    for legs in wanted:
        stage.world.sandbox.hands.assign(stage.account(), contract_of(legs[0]).to_occ(), 1)
    next_morning(stage)

    assert [events(stage, trade) for trade in trades] == [["ASSIGNED"], ["ASSIGNED"]]
    assert alerts_of(stage, "position_missing") == []


def test_a_vanished_leg_alone_is_no_assignment(stage: Stage) -> None:
    """W-05: without shares at the strike it is missing, its owner is asked, and answers by leg."""
    trade, legs = spread(stage, qty=2)
    short = contract_of(legs[0]).to_occ()
    stage.world.sandbox.hands.take_away(stage.account(), short, -2)
    for _ in range(4):
        stage.sync()

    held = stage.trade(trade)
    assert events(stage, trade) == []
    assert [leg["quantity"] for leg in held["legs"]] == [2, 2]
    (question,) = alerts_of(stage, "position_missing")
    assert short in question.text
    assert alerts_of(stage, "more_held") == []

    stage.answer(question.id, accept=True, price=Decimal("1.25"))
    told = stage.trade(trade)
    assert [leg["quantity"] for leg in told["legs"]] == [0, 2]
    assert Decimal(str(told["legs"][0]["close_price"])) == Decimal("1.25")
    for _ in range(3):
        stage.sync()
    assert len(alerts_of(stage, "position_missing")) == 1

    closed = stage.close_trade(stage.trade(trade)).trade
    assert closed["status"] == "CLOSED"


def test_a_leg_bought_back_and_shares_bought_are_no_assignment(stage: Stage) -> None:
    """W-05: shares at another price than the strike came of something else."""
    trade, legs = spread(stage, qty=1)
    assert abs(close_of_now(stage) - strike(legs[0])) > Decimal("0.5")
    stage.by_hand(symbol="SPY", option_symbol=contract_of(legs[0]).to_occ(), side="buy_to_close", quantity=1)
    stage.by_hand(symbol="SPY", side="buy", quantity=100, **{"class": "equity"})
    assert stage.held("SPY") == 100
    for _ in range(4):
        stage.sync()

    assert events(stage, trade) == []
    assert [leg["quantity"] for leg in stage.trade(trade)["legs"]] == [0, 1]


def test_a_leg_bought_back_by_two_orders_between_two_looks_leaves_the_rest_for_sale(stage: Stage) -> None:
    """A-04: the first order took the leg out of its structures; what the second took is none of theirs."""
    trade, legs = spread(stage, qty=3)
    symbol = contract_of(legs[0]).to_occ()
    for quantity in (2, 1):
        stage.by_hand(symbol="SPY", option_symbol=symbol, side="buy_to_close", quantity=quantity)
    for _ in range(4):
        stage.sync()

    left = stage.trade(trade)
    assert [leg["quantity"] for leg in left["legs"]] == [0, 3]
    assert stage.close_trade(left).trade["status"] == "CLOSED"


def test_a_combined_entry_whose_answer_was_lost_is_found_by_positions(stage: Stage) -> None:
    """Never twice: no list shows it, all its legs' positions do; it is booked once, at what they cost."""
    stage.fault("timeout_after")
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[3]
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4), expiry=expiry)
    trade = stage.place(structure(legs, "-0.01", qty=2))
    assert trade["status"] == "PENDING"
    stage.world.sandbox.hands.forget_orders(stage.account())
    for _ in range(4):
        stage.sync()

    found = stage.trade(trade)
    assert (found["status"], found["open_qty"]) == ("OPEN", 2)
    assert [leg["quantity"] for leg in found["legs"]] == [2, 2]
    assert found["entry_price"] < 0
    assert len([order for order in found["orders"] if order["role"] == "ENTRY"]) == 1


def test_a_close_that_never_arrived_waits_for_no_leg_that_was_traded_by_hand(stage: Stage) -> None:
    """Never twice, W-04: of a close one leg's lack tells nothing; two lists say that it was never placed."""
    trade, legs = spread(stage, qty=2)
    stage.fault("timeout_before")
    assert stage.close_trade(trade).trade["status"] == "CLOSING"
    stage.sell_by_hand(contract_of(legs[1]), 1)
    for _ in range(5):
        stage.sync()

    held = stage.trade(trade)
    exits = [order["status"] for order in held["orders"] if order["role"] == "EXIT"]
    assert exits == ["CANCELED", "REJECTED", "FILLED"], "never placed; then one leg too few; that leg's own"
    assert (held["status"], [leg["quantity"] for leg in held["legs"]]) == ("OPEN", [2, 1])
    assert stage.close_trade(held).trade["status"] == "CLOSED"


def test_the_last_snapshot_of_a_structure_out_of_ratio_is_of_all_its_legs(stage: Stage) -> None:
    """I-15, A-02, seed 943367: what went apart in part ends with the others; all of them make its mark."""
    trade, legs = spread(stage, qty=2)
    stage.by_hand(symbol="SPY", option_symbol=contract_of(legs[0]).to_occ(), side="buy_to_close", quantity=1)
    for _ in range(4):
        stage.sync()
    assert [leg["quantity"] for leg in stage.trade(trade)["legs"]] == [1, 2]
    assert stage.close_trade(stage.trade(trade)).trade["status"] == "CLOSED"

    shots = stage.query("select leg_no, mark_price from price_snapshots where kind = 'EXIT' order by leg_no")
    assert [shot.leg_no for shot in shots] == [0, 1, 2]
    marks = [shot.mark_price for shot in shots]
    assert marks[0] == marks[2] - marks[1]


def test_a_short_leg_bought_back_by_hand_is_no_fill_of_a_close_that_never_arrived(stage: Stage) -> None:
    """A-04: what an account lacks is no order's fill until the broker says so, a purchase's neither."""
    trade, legs = spread(stage, qty=2)
    short = contract_of(legs[0]).to_occ()
    stage.sell_by_hand(contract_of(legs[1]), 2)
    for _ in range(3):
        stage.sync()
    stage.fault("timeout_before")
    assert stage.close_trade(stage.trade(trade)).trade["status"] == "CLOSING"
    stage.by_hand(symbol="SPY", option_symbol=short, side="buy_to_close", quantity=2)
    for _ in range(5):
        stage.sync()

    done = stage.trade(trade)
    assert done["status"] == "CLOSED"
    booked = stage.query("select fill_rule from fills where leg_no = 1 order by filled_at")
    assert [row.fill_rule for row in booked] == ["broker", "broker"]


def test_a_stop_that_never_arrived_did_not_buy_back_what_was_assigned(stage: Stage) -> None:
    """A-04, W-05: its answer was lost and the put is gone; the shares say how."""
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[3]
    (put,) = legs_of(stage, (SHORT, PUT, -2), expiry=expiry)
    _, ask = stage.quote(contract_of(put))
    far, near = ((ask * times).quantize(Decimal("0.1")) for times in (4, 3))
    command = PlaceTrade(ticker="SPY", legs=(put,), order_type=OrderType.MARKET, qty=Decimal(1), sl_price=far)
    trade = stage.place(command)
    stage.fault("timeout_before")
    stage.adjust(stage.trade(trade), new_sl=near)
    stage.world.sandbox.hands.assign(stage.account(), contract_of(put).to_occ(), 1)
    next_morning(stage)

    held = stage.trade(trade)
    assert (held["status"], [leg["quantity"] for leg in held["legs"]]) == ("OPEN", [0, 100])
    assert events(stage, trade) == ["ASSIGNED"]


def assigned_put(stage: Stage) -> Json:
    """Sell a put with a stop and a target, which the broker ends once it is assigned in the coming night."""
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[3]
    (put,) = legs_of(stage, (SHORT, PUT, -2), expiry=expiry)
    bid, ask = stage.quote(contract_of(put))
    command = PlaceTrade(
        ticker="SPY",
        legs=(put,),
        order_type=OrderType.MARKET,
        qty=Decimal(1),
        sl_price=(ask * 4).quantize(Decimal("0.1")),
        tp_price=(bid / 4).quantize(Decimal("0.01")),
    )
    trade = stage.place(command)
    assert trade["status"] == "OPEN"
    assert len(working_of(stage, trade)) == 2
    stage.world.sandbox.hands.assign(stage.account(), contract_of(put).to_occ(), 1)
    return trade


def working_of(stage: Stage, trade: Json) -> list[Json]:
    """Return the orders of a trade that work as it says."""
    return [order for order in stage.trade(trade)["orders"] if order["status"] in WORKING]


def test_a_protected_short_put_is_assigned_over_night(stage: Stage) -> None:
    """W-05: its stop and target end with it, the shares are nobody's bracket and are sold as shares."""
    before = cash(stage)
    trade = assigned_put(stage)
    next_morning(stage)

    held = stage.trade(trade)
    assert (held["status"], held["open_qty"]) == ("OPEN", 1)
    assert [leg["quantity"] for leg in held["legs"]] == [0, 100]
    assert working_of(stage, trade) == []
    assert events(stage, trade) == ["ASSIGNED"]
    assert alerts_of(stage, "unprotected") == []
    (told,) = alerts_of(stage, "assigned")
    assert "its stop and target watch nothing any more" in told.text
    with pytest.raises(Invalid) as refused:
        stage.adjust(held, new_sl=Decimal(500))
    assert [error.field for error in refused.value.errors] == ["new_sl"]

    closed = stage.close_trade(held).trade
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")
    assert Decimal(str(closed["realized_pnl"])) == cash(stage) - before


def test_what_protected_an_assigned_put_is_over_though_nobody_shows_its_end(stage: Stage) -> None:
    """I-28, W-05, seed 1400694: it ended on a day whose orders are shown no more, and protects nothing."""
    trade = assigned_put(stage)
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 4), 9, 40))
    stage.world.sandbox.hands.forget_orders(stage.account())
    for _ in range(5):
        stage.sync()

    assert events(stage, trade) == ["ASSIGNED"]
    assert working_of(stage, trade) == []
    assert [told.resolved_at is None for told in alerts_of(stage, "order_hidden")] == [False]


def test_a_covered_call_is_assigned_over_night(stage: Stage) -> None:
    """W-05: its own shares go at the strike; the trade has ended, and nothing is missing."""
    stage.set(heat_limit_pct=Decimal(100))
    stage.place()  # an account that shows nothing at all may have been reset: that is another question
    before = cash(stage)
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[3]
    (call,) = legs_of(stage, (SHORT, CALL, 2), expiry=expiry)
    shares = WantedLeg(instrument=Instrument.EQUITY, side=LONG, ratio=100)
    limit = close_of_now(stage) - stage.quote(contract_of(call))[0] + Decimal("0.10")
    trade = stage.place(structure((shares, call), f"{limit:.2f}"))
    assert trade["status"] == "OPEN"
    stage.world.sandbox.hands.assign(stage.account(), contract_of(call).to_occ(), 1)
    next_morning(stage)

    ended = stage.trade(trade)
    assert (ended["status"], ended["close_reason"]) == ("CLOSED", "EXERCISED")
    assert events(stage, trade) == ["ASSIGNED"]
    assert alerts_of(stage, "position_missing") == []
    assert alerts_of(stage, "account_short") == []
    assert Decimal(str(ended["realized_pnl"])) == cash(stage) - before


def test_a_reset_ends_a_structure_leg_by_leg(stage: Stage) -> None:
    """A-12: each leg goes at its own last mark."""
    trade, _ = spread(stage, qty=2)
    stage.run("snapshot")
    marks = [leg["current_price"] for leg in stage.trade(trade)["leg_marks"]]
    stage.world.sandbox.reset_account(stage.account())
    for _ in range(4):
        stage.sync()
    (question,) = alerts_of(stage, "broker_reset")
    stage.answer(question.id, accept=True)

    ended = stage.trade(trade)
    assert (ended["status"], ended["close_reason"]) == ("CLOSED", "BROKER_RESET")
    assert [leg["close_price"] for leg in ended["legs"]] == marks


def test_an_answer_without_any_position_is_no_assignment(stage: Stage) -> None:
    """I-06, W-05: shares that an empty answer lacks have not gone for an option that it lacks, too."""
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[3]
    (put,) = legs_of(stage, (LONG, PUT, 0), expiry=expiry)
    shares = WantedLeg(instrument=Instrument.EQUITY)
    stage.set(account_balance=Decimal(10_000_000))
    held = stage.place(
        PlaceTrade(ticker="SPY", legs=(shares,), order_type=OrderType.MARKET, qty=Decimal(100))
    )
    option = stage.place(PlaceTrade(ticker="SPY", legs=(put,), order_type=OrderType.MARKET))
    stage.fault("empty_lists", method="GET", path="/positions", times=3)
    for _ in range(4):
        stage.sync(after=70)

    assert events(stage, option) == []
    assert [len(stage.trade(one)["legs"]) for one in (held, option)] == [1, 1]
    assert {row.fill_rule for row in stage.query("select fill_rule from fills")} == {"broker"}

"""What other platforms' users complain of: each has a test here (or is named where it is tested)."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.instruments.ticks import floor_to_tick
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import BrokerRefused, Invalid, NotFound, TransitionRefused
from tests.services.stage import Stage, eastern


def test_no_stop_stays_live_after_its_trade_closed(stage: Stage) -> None:
    """A stop left live after its trade closed (I-10)."""
    closed = stage.close_trade(stage.place_bracketed())

    assert closed.trade["status"] == "CLOSED"
    assert stage.working_sells() == 0


def test_no_stop_is_placed_again_after_the_close(stage: Stage) -> None:
    """A stop placed again after the close."""
    stage.close_trade(stage.place_bracketed())
    before = len(stage.truth())
    stage.sync()
    stage.sync()

    assert len(stage.truth()) == before


def test_a_recreated_stop_never_sells_twice(stage: Stage) -> None:
    """Adjusting swaps the bracket: the old one is confirmed dead before the new one lives (I-08)."""
    trade = stage.place_bracketed(qty=2)
    outcome = stage.adjust(trade, new_sl=Decimal("1.00"))

    assert outcome.status == 200
    assert stage.working_sells() == 2
    stage.jump("AAPL", 0.93)
    stage.sync()
    assert stage.trade(trade)["close_reason"] == "SL_HIT"
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_an_adjustment_changes_one_leg_and_history_shows_both(stage: Stage) -> None:
    """I-12."""
    trade = stage.place_bracketed()
    adjusted = stage.adjust(trade, new_sl=Decimal("1.00")).trade

    assert (adjusted["sl_price"], adjusted["tp_price"]) == (1, trade["tp_price"])
    (change,) = adjusted["changes"]
    assert change["before"] == {"sl_price": trade["sl_price"], "tp_price": trade["tp_price"]}
    assert change["after"] == {"sl_price": 1, "tp_price": trade["tp_price"]}
    assert adjusted["override_count"] == 1


@pytest.mark.parametrize("fault", ["timeout_after", "malformed"])
def test_a_lost_answer_never_makes_a_second_order(stage: Stage, fault: str) -> None:
    """Duplicate orders after an ambiguous answer (I-01, I-05): settled by tag, never sent again."""
    stage.fault(fault)
    trade = stage.place()

    assert (trade["status"], trade["settling"]) == ("PENDING", True)
    stage.sync()
    assert stage.trade(trade)["status"] == "OPEN"
    assert len(stage.truth()) == 1


def test_an_order_that_never_arrived_ends_as_not_placed(stage: Stage) -> None:
    """An unknown order missing from two complete lists was never placed; nothing is sent again."""
    stage.fault("timeout_before")
    trade = stage.place()
    states = []
    for _ in range(3):
        stage.sync()
        states.append(stage.trade(trade)["status"])

    assert states[-1] == "CANCELED"
    assert stage.trade(trade)["close_reason"] == "NOT_PLACED"
    assert stage.truth() == []


def test_the_same_key_after_a_crash_finds_the_first_trade(stage: Stage) -> None:
    """A call that died after storing its intent: the key finds that trade, whatever crashed when (A-07)."""
    key = str(uuid4())
    first = stage.place(key=key)
    again = stage.place(key=key)

    assert again["id"] == first["id"]
    assert len(stage.truth()) == 1


def test_two_equal_orders_are_told_apart_by_tag(stage: Stage) -> None:
    """An order matched by its parameters to somebody's older one: only id and tag match."""
    command = stage.command()
    first = stage.place(command)
    stage.fault("timeout_after")
    second = stage.place(command)
    stage.sync()

    ids = {stage.order(trade, "ENTRY")["broker_order_id"] for trade in (first, second)}
    assert len(ids) == 2
    assert stage.trade(second)["status"] == "OPEN"


def test_a_partly_filled_entry_is_protected_for_what_is_held(stage: Stage) -> None:
    """A partial fill with full-size legs or no stop: protection follows the holding (A-04)."""
    stage.fault("partial_fill", fraction=0.5)
    trade = stage.place_bracketed(qty=4)

    assert (trade["status"], trade["open_qty"]) == ("PARTIALLY_FILLED", 2)
    assert stage.working_sells() == 2
    rest = stage.cancel(trade)
    assert rest.status == 200
    assert (rest.trade["status"], rest.trade["filled_qty"], rest.trade["qty"]) == ("OPEN", 2, 4)
    assert stage.working_sells() == 2


def test_a_partly_filled_target_leaves_the_rest_protected(stage: Stage) -> None:
    """A leg partly filled lowers open_qty; the rest stays protected; the trade ends at 0 (A-04, I-08)."""
    contract = stage.contract()
    bid, ask = stage.quote(contract)
    trade = stage.place(stage.command(contract, qty=4))
    stage.fault("partial_fill", fraction=0.5)
    stage.adjust(trade, new_sl=floor_to_tick("AAPL", bid / 2), new_tp=ask * 2)
    stage.jump("AAPL", 1.2)
    stage.sync()
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"]) in {("OPEN", 2), ("CLOSED", 0)}
    assert stage.working_sells() == now["open_qty"]


def test_a_close_and_a_fill_at_once_book_the_fill(stage: Stage) -> None:
    """A cancel that loses to a fill: the filled leg is the close, nothing more is sold."""
    trade = stage.place_bracketed()
    stage.jump("AAPL", 1.3)
    closed = stage.close_trade(trade)

    assert (closed.status, closed.trade["close_reason"]) == (200, "TP_HIT")
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_a_stop_hit_while_we_were_away_is_booked_to_its_trade(stage: Stage) -> None:
    """A stop hit while offline booked to the wrong trade."""
    first, second = stage.place_bracketed(), stage.place_bracketed()
    stage.advance(600)
    stage.jump("AAPL", 0.93)
    stage.advance(3600)
    stage.run("sync")

    for trade in (first, second):
        now = stage.trade(trade)
        assert now["close_reason"] == "SL_HIT"
        assert stage.order(trade, "STOP_LOSS")["status"] == "FILLED"


def test_exits_and_fees_are_in_the_history(stage: Stage) -> None:
    """Exits and fees missing from history; realised is the sum of fills and fees to the cent (I-13)."""
    closed = stage.close_trade(stage.place_bracketed(qty=3)).trade
    fills = stage.query("select is_buy, quantity, price, fees from fills order by filled_at, id")

    cash = sum((-1 if buy else 1) * qty * price * 100 - fees for buy, qty, price, fees in fills)
    assert closed["realized_pnl"] == float(cash)
    assert closed["fees"] == float(sum(fees for *_, fees in fills))
    assert [order["role"] for order in closed["orders"]].count("EXIT") == 1


def test_an_entry_and_its_stop_never_open_a_short(stage: Stage) -> None:
    """An entry and its stop at once opening a short: protection follows the fill, never the request."""
    contract = stage.contract()
    bid, _ = stage.quote(contract)
    low = floor_to_tick("AAPL", bid * Decimal("0.8"))
    stop = floor_to_tick("AAPL", bid * Decimal("0.5"))
    stage.place(stage.command(contract, order_type=OrderType.LIMIT, limit_price=low, sl_price=stop))
    stage.sync()

    assert stage.working_sells() == 0


def test_market_through_the_stop_closes_at_once(stage: Stage) -> None:
    """A-04: the market already through the stop when protection is placed."""
    stage.fault("timeout_after")
    trade = stage.place_bracketed()
    stage.jump("AAPL", 0.93)
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CLOSED", "SL_HIT")
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_no_order_leaves_on_a_holiday(stage: Stage) -> None:
    """Holiday traded on (I-18): a trade asked for on Good Friday waits for Monday."""
    stage.go_to(eastern(date(2026, 4, 3), 11))
    trade = stage.place(stage.command(stage.contract(expiry_index=3)))
    stage.run("sync")

    assert trade["status"] == "PENDING"
    assert stage.truth() == []
    stage.go_to(eastern(date(2026, 4, 6), 9, 31))
    stage.run("sync")
    assert stage.trade(trade)["status"] in {"OPEN", "CANCELED"}


def test_no_order_leaves_after_an_early_close(stage: Stage) -> None:
    """Early close traded on (I-18): 13:01 on the day after Thanksgiving is after the close."""
    stage.go_to(eastern(date(2026, 11, 27), 12, 30))
    trade = stage.place(stage.command(stage.contract(expiry_index=3)))
    stage.go_to(eastern(date(2026, 11, 27), 13, 1))
    outcome = stage.close_trade(stage.trade(trade))

    assert (outcome.status, outcome.trade["status"]) == (202, "OPEN")
    assert outcome.trade["close_requested_at"] is not None
    assert len(stage.truth()) == 1


def test_an_expired_option_does_not_stay_open(stage: Stage) -> None:
    """An expired option left open (A-06): settled at intrinsic value of the official close."""
    contract = stage.contract("SPY", expiry_index=0)
    trade = stage.place(stage.command(contract))
    stage.go_to(eastern(contract.expiry, 16, 30))
    stage.run("expire")

    settled = stage.trade(trade)
    assert settled["status"] == "EXPIRED"
    close = stage.env.market_data.for_user("alice").official_close("SPY", contract.expiry)
    assert close is not None
    assert settled["close_price"] == pytest.approx(float(max(close - contract.strike, Decimal(0))))
    assert settled["close_reason"] == ("EXPIRED_ITM" if close > contract.strike else "EXPIRED_OTM")


def test_zero_dte_settles_on_a_half_day(stage: Stage) -> None:
    """0DTE on a half day not settled: the 13:30 run of a 13:00 close settles it (I-17)."""
    half_day = date(2026, 11, 27)
    stage.go_to(eastern(half_day, 10))
    contract = stage.contract("SPY", OptionType.PUT, expiry_index=0)
    trade = stage.place(stage.command(contract))
    stage.go_to(eastern(half_day, 13, 30))
    stage.run("expire")

    assert contract.expiry == half_day
    assert stage.trade(trade)["status"] == "EXPIRED"


def test_a_missing_close_leaves_settlement_pending_and_told(stage: Stage) -> None:
    """I-17: never guessed. The alert goes when the close is there."""
    contract = stage.contract("SPY", expiry_index=0)
    trade = stage.place(stage.command(contract))
    stage.go_to(eastern(contract.expiry, 16, 30))
    for path in ("/quotes", "/history"):
        stage.world.faults.arm_from(
            {"vendor": "tradier", "match": {"path": path}, "kind": "status", "code": 500, "times": 50}
        )
    stage.run("expire")

    assert stage.trade(trade)["status"] == "OPEN"
    assert _open_alerts(stage, "settlement_pending") == 1
    stage.world.faults.clear()
    stage.go_to(eastern(contract.expiry, 17, 30))
    stage.run("expire")
    assert stage.trade(trade)["status"] == "EXPIRED"
    assert _open_alerts(stage, "settlement_pending") == 0


def _open_alerts(stage: Stage, kind: str) -> int:
    ((count,),) = stage.query(
        "select count(*) from alerts where kind = :kind and resolved_at is null", kind=kind
    )
    return int(count)


def test_a_close_outside_the_session_waits_and_can_be_withdrawn(stage: Stage) -> None:
    """A close asked for at 20:00 waits with the bracket in force; cancel withdraws it (A-04, D-42)."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(date(2026, 2, 19), 20))
    asked = stage.close_trade(trade)
    assert (asked.status, asked.trade["status"]) == (202, "OPEN")
    with pytest.raises(TransitionRefused):
        stage.close_trade(asked.trade)
    withdrawn = stage.cancel(asked.trade)

    assert withdrawn.trade["close_requested_at"] is None
    assert stage.working_sells() == 2


def test_a_waiting_close_is_carried_out_by_the_first_sync_after_the_open(stage: Stage) -> None:
    """A-04, outside the session; I-28: what was accepted ends."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(date(2026, 2, 19), 20))
    stage.close_trade(trade)
    stage.go_to(eastern(date(2026, 2, 20), 9, 29))
    stage.run("sync")
    assert stage.trade(trade)["status"] == "OPEN"
    stage.go_to(eastern(date(2026, 2, 20), 9, 30))
    stage.run("sync")

    assert stage.trade(trade)["close_reason"] in {"MANUAL_CLOSE", "TP_HIT", "SL_HIT"}
    assert stage.working_sells() == 0


def test_a_waiting_adjustment_is_carried_out_after_the_open(stage: Stage) -> None:
    """An adjustment asked for at 20:00 is a PENDING change until the first sync after the open."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(date(2026, 2, 19), 20))
    asked = stage.adjust(trade, new_sl=Decimal("0.50"))
    assert asked.status == 202
    assert asked.trade["changes"][0]["state"] == "PENDING"
    assert asked.trade["sl_price"] == trade["sl_price"]
    stage.go_to(eastern(date(2026, 2, 20), 9, 31))
    stage.run("sync")

    now = stage.trade(trade)
    assert now["changes"][0]["state"] == "APPLIED"
    assert now["sl_price"] == 0.5


def test_a_trade_asked_for_before_the_open_is_sent_at_the_open(stage: Stage) -> None:
    """A-07, 4."""
    contract = stage.contract(expiry_index=3)
    stage.go_to(eastern(date(2026, 2, 20), 8))
    trade = stage.place(stage.command(contract, order_type=OrderType.LIMIT, limit_price=Decimal("50")))
    stage.run("sync")
    assert trade["status"] == "PENDING"
    assert stage.truth() == []
    stage.go_to(eastern(date(2026, 2, 20), 9, 30))
    stage.run("sync")

    assert stage.trade(trade)["status"] == "OPEN"


def test_a_rejection_a_second_after_the_200_ends_the_trade(stage: Stage) -> None:
    """A-07, 3: read back once; the trade is kept as CANCELED, REJECTED with the broker's text."""
    stage.fault("reject_after_200")
    with pytest.raises(BrokerRefused):
        stage.place()

    ((status, reason, detail),) = stage.query("select status, close_reason, close_detail from paper_trades")
    assert (status, reason) == ("CANCELED", "REJECTED")
    assert detail


def test_a_close_that_the_broker_refuses_puts_the_bracket_back(stage: Stage) -> None:
    """A-04, closing procedure, step 4."""
    trade = stage.place_bracketed()
    stage.fault("status", code=400, body="Invalid parameter, side: is not valid")
    outcome = stage.close_trade(trade)

    assert (outcome.status, outcome.trade["status"]) == (202, "OPEN")
    assert stage.working_sells() == 2
    assert _open_alerts(stage, "close_failed") == 1
    again = stage.close_trade(outcome.trade)
    assert again.trade["status"] == "CLOSED"


def test_a_close_whose_answer_is_lost_sells_once(stage: Stage) -> None:
    """An unknown outcome of the sale is settled by tag, never by selling again."""
    trade = stage.place_bracketed()
    stage.fault("timeout_after")
    outcome = stage.close_trade(trade)
    assert (outcome.status, outcome.trade["status"]) == (202, "CLOSING")
    stage.sync()

    assert stage.trade(trade)["close_reason"] == "MANUAL_CLOSE"
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_a_refused_oco_leaves_a_plain_stop_and_an_alert(stage: Stage) -> None:
    """A-04: one plain stop is tried, then an alert."""
    contract = stage.contract()
    trade = stage.place(stage.command(contract))
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 1, tp_price = 50"))
    stage.fault("status", code=400, body="Invalid parameter, class: is not valid")
    stage.sync()
    stage.sync()

    now = stage.trade(trade)
    live = [order["role"] for order in now["orders"] if order["status"] == "OPEN"]
    assert live == ["STOP_LOSS"]
    assert _open_alerts(stage, "protection_refused") == 1
    assert stage.working_sells() == 1


def test_an_oco_rejected_after_its_200_leaves_a_plain_stop_and_an_alert(stage: Stage) -> None:
    """A-04, I-11: brokers answer 200 to what they reject a second later; the OCO is not tried for ever."""
    trade = stage.place()
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 1, tp_price = 50"))
    stage.fault("reject_after_200")
    stage.sync()
    stage.sync()

    sent = [order for order in stage.trade(trade)["orders"] if order["role"] != "ENTRY"]
    assert [order["role"] for order in sent if order["status"] == "OPEN"] == ["STOP_LOSS"]
    assert sorted(order["role"] for order in sent) == ["STOP_LOSS", "STOP_LOSS", "TAKE_PROFIT"]
    assert _open_alerts(stage, "protection_refused") == 1
    assert stage.working_sells() == 1


def test_brackets_that_are_all_rejected_after_the_200_are_told_of(stage: Stage) -> None:
    """I-11."""
    stage.place()
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 1, tp_price = 50"))
    stage.fault("reject_after_200", times=50)
    for _ in range(3):
        stage.sync()
    assert _open_alerts(stage, "protection_refused") == 1
    assert _open_alerts(stage, "unprotected") == 1
    stage.world.faults.clear()
    stage.sync()

    assert stage.working_sells() == 1


def test_a_change_rejected_after_its_200_is_refused_and_the_former_bracket_is_back(stage: Stage) -> None:
    """A-04: on failure the former is restored; the change ends, it does not try again each sync (I-28)."""
    trade = stage.place_bracketed()
    stage.fault("reject_after_200")
    with pytest.raises(BrokerRefused):
        stage.adjust(trade, new_sl=Decimal("0.5"))

    now = stage.trade(trade)
    assert [change["state"] for change in now["changes"]] == ["FAILED"]
    assert now["sl_price"] == trade["sl_price"]
    assert [o["role"] for o in now["orders"] if o["status"] == "OPEN"] == ["STOP_LOSS", "TAKE_PROFIT"]
    assert stage.order(trade, "STOP_LOSS")["stop_price"] == trade["sl_price"]


def test_each_refused_adjustment_is_told_and_what_lasted_is_over_with_its_trade(stage: Stage) -> None:
    """A-04, A-17: an alert that nothing ends would silence all later ones of its kind."""
    trade = stage.place()
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 1, tp_price = 50"))
    stage.fault("reject_after_200")
    stage.sync()
    for _ in range(2):
        stage.fault("reject_after_200")
        with pytest.raises(BrokerRefused):
            stage.adjust(stage.trade(trade), new_sl=Decimal("0.5"))
    assert _open_alerts(stage, "adjust_refused") == 2
    assert _open_alerts(stage, "protection_refused") == 1
    stage.close_trade(stage.trade(trade))

    assert _open_alerts(stage, "protection_refused") == 0


def test_an_unprotected_trade_is_told_of_after_two_syncs(stage: Stage) -> None:
    """I-11."""
    trade = stage.place()
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 1, tp_price = 50"))
    stage.fault("status", code=400, body="Invalid parameter, class: is not valid", times=6)
    for _ in range(3):
        stage.sync()
    assert _open_alerts(stage, "unprotected") == 1
    stage.world.faults.clear()
    stage.sync()

    assert _open_alerts(stage, "unprotected") == 0
    assert stage.order(trade, "STOP_LOSS")["status"] == "OPEN"


def test_the_database_knows_no_foreign_rows(stage: Stage) -> None:
    """I-21: bob sees none of alice's rows in any table, and cannot change them."""
    stage.place_bracketed()
    with stage.env.database.transaction("bob") as connection:
        for table in ("paper_trades", "trade_legs", "orders", "fills", "state_transitions"):
            assert connection.execute(text(f"select count(*) from {table}")).scalar() == 0  # noqa: S608
        assert connection.execute(text("update paper_trades set strategy = 'x'")).rowcount == 0


def test_a_foreign_trade_is_unknown(stage: Stage) -> None:
    """A-10: 404, never 403."""
    trade = stage.place()
    with pytest.raises(NotFound):
        stage.trade(trade, username="bob")
    with pytest.raises(NotFound):
        stage.close_trade(trade, username="bob")


@pytest.mark.parametrize(
    ("field", "value"),
    [("strike", Decimal("1234.5")), ("expiry", date(2026, 3, 1)), ("expiry", date(2026, 2, 18))],
)
def test_what_does_not_exist_is_refused_by_field(stage: Stage, field: str, value: Decimal | date) -> None:
    """A-07, 1."""
    with pytest.raises(Invalid) as refused:
        stage.place(stage.command(stage.contract(), **{field: value}))

    assert [error.field for error in refused.value.errors] == [field]
    assert stage.truth() == []


def test_snapshots_are_taken_each_forty_seconds_with_one_call_per_underlying(stage: Stage) -> None:
    """A-02: as few vendor calls as possible, whatever the number of trades."""
    contract = stage.contract()
    for _ in range(3):
        stage.place(stage.command(contract))
    before = _total(stage)
    stage.advance(40)
    report = stage.run("snapshot")

    assert report["legs"] == 3
    assert _total(stage) == before + 1


def test_a_sandbox_reset_asks_and_ends_nothing_by_itself(stage: Stage) -> None:
    """A-12, sandbox reset."""
    trade = stage.place()
    stage.world.sandbox.reset_account(stage.account())
    stage.advance(timedelta(days=1).total_seconds())
    for _ in range(3):
        stage.sync()

    assert stage.trade(trade)["status"] == "OPEN"
    assert _open_alerts(stage, "broker_reset") == 1


def _total(stage: Stage) -> int:
    total = stage.world.orats.calls()["total"]
    assert isinstance(total, int)
    return total

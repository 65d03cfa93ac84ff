"""What a broker says late of orders that were hidden, or taken for over (A-01, A-02, A-04; I-04)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.store.trades.orders import save_order
from tests.services.stage import Stage, eastern

Json = dict[str, Any]  # Any: JSON
NEXT_DAY = date(2026, 2, 20)
MONDAY = date(2026, 2, 23)


def alerts_of(stage: Stage, kind: str) -> list[Any]:  # Any: rows
    """Return the alerts of a kind, oldest first."""
    return stage.query("select * from alerts where kind = :kind order by at, id", kind=kind)


def over_night(stage: Stage) -> Json:
    """Hold a bracketed trade over a night after which the broker hides what rests."""
    trade = stage.place_bracketed(qty=1)
    stage.sync()
    stage.world.sandbox.hands.hide_resting(True)
    stage.go_to(eastern(NEXT_DAY, 9, 25))
    stage.run("sync")
    return trade


def end_orders(stage: Stage, trade: Json) -> None:
    """Store a trade's working exits as expired, as if they had been taken for over."""
    with stage.env.database.transaction("alice") as connection:
        for row in stage.query(
            "select id from orders where trade_id = cast(:id as uuid) and role <> 'ENTRY'", id=trade["id"]
        ):
            save_order(connection, row.id, {"status": OrderStatus.EXPIRED, "ended_at": stage.clock.now()})


def test_a_hidden_bracket_counts_as_working(stage: Stage) -> None:
    """A-04: one answer that does not know it and an unchanged position do not end a GTC order."""
    trade = over_night(stage)
    placed = len(stage.truth())
    stage.go_to(eastern(NEXT_DAY, 9, 31))
    for _ in range(5):
        stage.sync()

    exits = [one["status"] for one in stage.trade(trade)["orders"] if one["role"] != "ENTRY"]
    assert exits == ["OPEN", "OPEN"]
    assert len(stage.truth()) == placed
    (told,) = alerts_of(stage, "order_hidden")
    assert "counts as working" in told.text


def test_a_hidden_bracket_that_fills_is_booked(stage: Stage) -> None:
    """I-04, A-02: same ids, same tag: the broker's word, at its price."""
    trade = over_night(stage)
    stage.go_to(eastern(NEXT_DAY, 9, 31))
    stage.jump("AAPL", 1.5)
    stage.sync()

    now = stage.trade(trade)
    filled = [leg for order in stage.truth() for leg in order.get("leg", []) if leg["status"] == "filled"]
    assert (now["status"], now["close_reason"], now["open_qty"]) == ("CLOSED", "TP_HIT", 0)
    assert now["close_price"] == filled[0]["avg_fill_price"]
    assert alerts_of(stage, "order_hidden")[0].resolved_at is not None


def test_a_hidden_bracket_is_looked_for_now_and_then(stage: Stage) -> None:
    """A-12: by its id four times an hour, not twice a sync: the budget is shared."""
    over_night(stage)
    stage.go_to(eastern(NEXT_DAY, 9, 31))
    before = stage.calls("/orders/{order}")
    for _ in range(30):
        stage.sync()

    assert stage.calls("/orders/{order}") - before <= 2 * 3


def test_a_bracket_that_is_shown_again_is_no_longer_told_of(stage: Stage) -> None:
    """A-17: a condition that is over is resolved."""
    trade = over_night(stage)
    stage.world.sandbox.hands.hide_resting(False)
    stage.go_to(eastern(NEXT_DAY, 9, 31))
    stage.run("sync")

    assert alerts_of(stage, "order_hidden")[0].resolved_at is not None
    assert int(stage.working_sells()) == stage.trade(trade)["open_qty"] == 1


def test_a_hidden_bracket_never_blocks_its_owners_exit(stage: Stage) -> None:
    """A-04: neither cancelled nor shown, twice asked: it counts as gone, and the sale leaves."""
    trade = over_night(stage)
    stage.world.sandbox.hands.forget_orders(stage.account())
    stage.go_to(eastern(NEXT_DAY, 9, 31))
    closed = stage.close_trade(stage.trade(trade)).trade

    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")


def test_what_ended_on_an_earlier_day_unseen_never_blocks_its_owners_exit(stage: Stage) -> None:
    """Seed 1204121; A-04, I-28: not cancelled since it is final, shown nowhere since its day is over."""
    trade = over_night(stage)
    assert stage.world.sandbox.hands.cancel_exits(stage.account(), trade["legs"][0]["symbol"]) > 0
    stage.go_to(eastern(MONDAY, 9, 31))
    closed = stage.close_trade(stage.trade(trade)).trade

    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")
    assert alerts_of(stage, "order_hidden")[0].resolved_at is not None


def test_an_entry_that_positions_alone_showed_is_named_once_its_list_shows_it(stage: Stage) -> None:
    """I-05, I-06, seed 32: two lists left out the only order there was; the third shows its id."""
    stage.fault("timeout_after")
    trade = stage.place(stage.command(qty=2))
    stage.fault("empty_lists", method="GET", times=2)
    stage.sync(after=70)
    stage.sync()
    ids = "select id, broker_order_id from orders"
    ((_, unseen),) = stage.query(ids)
    assert (stage.trade(trade)["status"], unseen.startswith("unseen-")) == ("OPEN", True)
    stage.sync()

    ((_, named),) = stage.query(ids)
    (sent,) = stage.truth()
    assert named == str(sent["id"])
    assert stage.trade(trade)["open_qty"] == stage.held(sent["option_symbol"]) == 2
    assert len(stage.query("select id from fills")) == 1
    assert stage.query("select kind from alerts where kind in ('late_fill', 'more_held')") == []


def test_a_late_fill_of_an_order_taken_for_over_is_booked_and_told(stage: Stage) -> None:
    """I-04: a correction of an ended order; EXPIRED becomes FILLED, and the alert says what is true."""
    trade = stage.place_bracketed(qty=2)
    end_orders(stage, trade)
    stage.jump("AAPL", 1.5)
    stage.sync()

    now = stage.trade(trade)
    statuses = {one["role"]: one["status"] for one in now["orders"]}
    assert (now["close_reason"], now["open_qty"]) == ("TP_HIT", 0)
    assert statuses["TAKE_PROFIT"] == "FILLED"
    (told,) = alerts_of(stage, "late_fill")
    assert "it is booked" in told.text
    assert "no trade explains" not in told.text


def test_a_late_fill_after_the_end_amends_and_changes_no_fact(stage: Stage) -> None:
    """A-01, I-23: a new fill row and an amendment by the jobs' role; what the trade says stays."""
    trade = stage.place_bracketed(qty=2)
    stage.place(stage.command(stage.contract("SPY")))  # keeps the account at work
    end_orders(stage, trade)
    contract = trade["legs"][0]["symbol"]
    stage.by_hand(symbol="AAPL", option_symbol=contract, side="buy_to_open", quantity=2)
    closed = stage.close_trade(stage.trade(trade)).trade
    assert closed["status"] == "CLOSED"
    stage.jump("AAPL", 1.5)
    for _ in range(2):
        stage.sync()

    now = stage.trade(trade)
    assert {name: now[name] for name in ("realized_pnl", "fees", "close_price")} == {
        name: closed[name] for name in ("realized_pnl", "fees", "close_price")
    }
    (amended,) = stage.query("select * from trade_amendments")
    assert amended.held_qty == Decimal(-2)
    (fill,) = stage.query("select * from fills where kind = 'CORRECTION'")
    assert amended.fill_id == fill.id
    assert len(alerts_of(stage, "late_fill")) == 1


def test_the_applications_role_cannot_amend(stage: Stage) -> None:
    """A-01: by the jobs' role alone; an amendment is never changed."""
    granted = stage.query(
        "select grantee, privilege_type from information_schema.role_table_grants "
        "where table_name = 'trade_amendments' and grantee like 'papertape_%'"
    )

    writers = {one.grantee for one in granted if one.privilege_type != "SELECT"}
    assert writers <= {"papertape_jobs"}


def test_a_hidden_day_order_is_still_settled_by_positions(stage: Stage) -> None:
    """architecture.md: a day order of a day that is over has ended; positions say how."""
    contract = stage.contract()
    command = stage.command(contract, order_type="limit", limit_price=Decimal("0.05"))
    trade = stage.place(command)
    stage.go_to(eastern(NEXT_DAY, 9, 25) + timedelta(minutes=6))
    stage.run("sync")

    assert stage.trade(trade)["status"] == "CANCELED"

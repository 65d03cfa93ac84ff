"""What `dev.py simulate` found: each case by the seed that showed it first, told as a law."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chalicelib.brokers.interface import OrderRequest
from chalicelib.brokers.paper.broker import PaperBroker
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.ticks import floor_to_tick
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.domain.trading.steps import SendExit
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.commands.collateral import check_shares_kept
from chalicelib.services.lifecycle import exit_order
from chalicelib.services.lifecycle.send_order import send_orders
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.errors import VendorUnreachable
from tests.services.stage import Stage, eastern

THURSDAY = date(2026, 2, 19)
FRIDAY = date(2026, 2, 20)


def test_an_adjustment_that_waits_for_the_session_ends_with_its_trade(stage: Stage) -> None:
    """I-28: the stop fills at the open, before the waiting change could be carried out."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(THURSDAY, 17))
    stop = Decimal(str(trade["sl_price"])) / 2
    waiting = stage.adjust(trade, new_sl=floor_to_tick("AAPL", stop))
    assert waiting.status == 202
    stage.jump("AAPL", 0.95)
    stage.go_to(eastern(FRIDAY, 9, 30) + timedelta(seconds=5))
    stage.run("sync")

    assert stage.trade(trade)["close_reason"] == "SL_HIT"
    ((state, error),) = stage.query("select state, error from trade_changes")
    assert state == "SUPERSEDED"
    assert error == "the trade ended before it could be carried out"


def test_a_list_that_leaves_out_an_order_we_know_counts_against_none(stage: Stage) -> None:
    """I-05, I-06: two empty lists do not make a lost order one that was never placed."""
    stage.place_bracketed()
    stage.fault("timeout_after")
    lost = stage.place()
    stage.fault("empty_lists", method="GET", times=2)
    stage.sync(after=70)
    stage.sync()
    assert stage.trade(lost)["status"] == "PENDING"
    stage.sync()

    assert stage.trade(lost)["status"] == "OPEN"
    assert len(stage.truth()) == 3


def test_a_close_that_the_bell_cut_short_says_that_it_goes_on(stage: Stage) -> None:
    """I-28: after the session no bracket can be put back; the owner is told what will happen instead."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(THURSDAY, 15, 59, 30))
    stage.fault("timeout_before")
    assert stage.close_trade(stage.trade(trade)).trade["status"] == "CLOSING"
    for _ in range(3):
        stage.sync(after=70)

    now = stage.trade(trade)
    ((text,),) = stage.query("select text from alerts where kind = 'close_failed'")
    assert (now["status"], now["close_requested_at"] is not None) == ("OPEN", True)
    assert text.endswith("It goes on at the next open.")
    stage.go_to(eastern(FRIDAY, 9, 31))
    stage.run("sync")
    assert stage.trade(trade)["status"] == "CLOSED"


def test_nothing_leaves_after_the_bell_though_it_was_decided_before(stage: Stage) -> None:
    """I-18: a vendor that is slow in the last seconds lets the session end between decision and sending."""
    placed = stage.place_bracketed()
    with stage.env.database.transaction("alice") as connection:
        trade = load_trade(connection, UUID(placed["id"]))
    assert trade is not None
    broker = stage.env.brokers.broker_for(trade.account)
    keeper = AccountKeeper(env=stage.env, account=trade.account, broker=broker, lease=None)
    order = exit_order.build(keeper, trade, SendExit(quantity=trade.open_qty, flatten=False))
    assert order is not None
    request = OrderRequest.of(order, trade)
    stage.go_to(eastern(THURSDAY, 16))
    sent = send_orders(
        keeper, trade.id, [order], lambda: broker.place(request), still_wanted=lambda _trade: True
    )

    assert sent.superseded
    assert [one["role"] for one in stage.trade(placed)["orders"]] == ["ENTRY", "STOP_LOSS", "TAKE_PROFIT"]


@pytest.mark.parametrize(("second", "sent"), [(59.0, 1), (59.8, 0)])
def test_what_would_arrive_after_the_bell_does_not_leave(stage: Stage, second: float, sent: int) -> None:
    """Seed 810027; I-18: in the last half second an order reaches the broker when the session is over."""
    stage.go_to(eastern(THURSDAY, 15, 59) + timedelta(seconds=second))
    placed = stage.place()

    assert len(stage.truth()) == sent
    assert placed["status"] == ("OPEN" if sent else "PENDING")


def test_a_bracket_is_not_cancelled_when_that_would_arrive_after_the_bell(stage: Stage) -> None:
    """I-18: nothing could be put in its place until the next open; the close waits for it."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(THURSDAY, 15, 59) + timedelta(seconds=59.7))
    asked = stage.close_trade(stage.trade(trade))

    assert asked.status == 202
    assert stage.working_sells() == 2


def test_a_second_bracket_stays_when_the_first_ones_end_was_told_after_the_bell(stage: Stage) -> None:
    """Seed 974099; I-18: a broker that answers late leaves the next cancel no time; the close goes on."""
    _, ask = stage.quote(stage.contract())
    near, far = (str((ask * factor).quantize(Decimal("0.1"))) for factor in (2, 3))
    trade = stage.place_bracketed(qty=2)
    trade = stage.adjust(trade, targets=[(near, "0.5"), (far, "0.5")]).trade
    stage.go_to(eastern(THURSDAY, 15, 59, 55))
    before = stage.working_sells()
    stage.world.sandbox._wait = stage.advance
    stage.fault("slow", method="DELETE", path="", seconds=6)
    asked = stage.close_trade(stage.trade(trade))

    assert asked.status == 202
    assert [float(one) for one in (before, stage.working_sells())] == [2, 1]
    stage.go_to(eastern(FRIDAY, 9, 30, 5))
    stage.sync()
    assert stage.trade(trade)["status"] == "CLOSED"


def test_the_paper_broker_takes_nothing_whose_quote_came_after_the_bell(stage: Stage) -> None:
    """I-18: sent within the session, booked after it, an order would stand there as sent outside."""
    contract = stage.contract()
    stage.go_to(eastern(THURSDAY, 15, 59, 58))

    class Slow:
        delay_seconds = 0

        def quotes(self, _underlying: str, _symbols: Sequence[str]) -> Mapping[str, OptionQuote]:
            stage.advance(8)
            return {}

        def official_close(self, _underlying: str, _day: date) -> Decimal | None:
            return None

    broker = PaperBroker(
        stage.env.database,
        "alice",
        feed=Slow(),
        calendar=MarketCalendar(closures={}),
        clock=stage.clock,
        randomness=stage.env.randomness,
        starting_cash=Decimal(10_000),
    )
    request = OrderRequest(
        tag="pt-late",
        underlying=contract.underlying,
        symbol=contract.to_occ(),
        side=OrderSide.BUY_TO_OPEN,
        quantity=Decimal(1),
        type=OrderType.LIMIT,
        duration=Duration.DAY,
        limit_price=Decimal(1),
    )
    with pytest.raises(VendorUnreachable, match="the session ended"):
        broker.place(request)

    assert broker.list_orders().orders == ()


def _both_legs_fill_beside(stage: Stage, *, qty: int, held_besides: int) -> tuple[dict[str, Any], str]:
    """Fill both exits of a trade, while another of the same contract, with a stop alone, stays open."""
    trade = stage.place_bracketed(qty=qty)
    contract = stage.contract()
    stop = floor_to_tick("AAPL", stage.quote(contract)[0] / 4)
    stage.place(stage.command(contract, qty=held_besides, sl_price=stop))
    stage.sync()
    stage.fault("both_legs_fill", method="GET")
    stage.sync()
    return stage.trade(trade), contract.to_occ()


def test_an_excess_is_bought_back_although_another_trade_holds_the_contract(stage: Stage) -> None:
    """I-09: an account that stays long has nothing to buy to close; what was sold too much is opened anew."""
    trade, symbol = _both_legs_fill_beside(stage, qty=1, held_besides=3)

    assert trade["status"] == "CLOSED"
    assert [one["side"] for one in trade["orders"] if one["role"] == "EXIT"] == ["buy_to_open"]
    assert stage.held(symbol) == 3
    assert stage.working_sells() == 3


def test_an_excess_over_a_smaller_holding_is_bought_back_in_two_pieces(stage: Stage) -> None:
    """I-09: what is short is bought to close, the rest to open; no broker takes both in one order."""
    trade, symbol = _both_legs_fill_beside(stage, qty=3, held_besides=1)

    bought = [(one["side"], one["quantity"]) for one in trade["orders"] if one["role"] == "EXIT"]
    assert trade["status"] == "CLOSED"
    assert bought == [("buy_to_close", 2), ("buy_to_open", 1)]
    assert stage.held(symbol) == 1
    assert stage.working_sells() == 1


def test_two_lists_that_hide_everything_do_not_lose_what_the_account_holds(stage: Stage) -> None:
    """Seeds 20072 and 20113; I-05, I-30: no order was known before, so nothing gave the empty lists away."""
    stage.fault("timeout_after")
    lost = stage.place()
    stage.fault("empty_lists", method="GET", times=2)
    stage.sync(after=70)
    stage.sync()

    found = stage.trade(lost)
    assert (found["status"], found["open_qty"]) == ("OPEN", lost["qty"])
    assert stage.held(lost["legs"][0]["symbol"]) == lost["qty"]


def test_an_absence_is_not_concluded_while_positions_cannot_be_read(stage: Stage) -> None:
    """Seed 20113; I-06: a failed answer about positions is not "flat"."""
    stage.fault("timeout_after")
    lost = stage.place()
    stage.fault("empty_lists", method="GET", times=2)
    stage.fault("status", method="GET", path="/positions", code=500, times=9)
    stage.sync(after=70)
    stage.sync()
    assert stage.trade(lost)["status"] == "PENDING"
    stage.sync()

    assert stage.trade(lost)["status"] == "OPEN"


def test_an_excess_that_outlives_its_contract_settles_as_the_short_that_it_is(stage: Stage) -> None:
    """I-09, I-17: both legs filled in the last minute, no purchase went through: the owner pays its value."""
    contract = stage.contract(expiry_index=0)
    stage.go_to(eastern(contract.expiry, 15, 58))
    bid, ask = stage.quote(contract)
    command = stage.command(contract, qty=2, sl_price=floor_to_tick("AAPL", bid / 4), tp_price=ask * 4)
    placed = stage.place(command)
    stage.fault("both_legs_fill", method="GET")
    stage.fault("status", code=400, body="no", times=10)
    stage.sync()
    assert stage.query("select excess_qty from paper_trades") == [(2,)]
    stage.go_to(eastern(contract.expiry, 16, 31))
    stage.run("expire")

    ((is_buy, quantity),) = stage.query("select is_buy, quantity from fills where kind = 'SETTLEMENT'")
    assert (stage.trade(placed)["status"], is_buy, quantity) == ("EXPIRED", True, 2)
    assert stage.query("select excess_qty from paper_trades") == [(0,)]


def test_a_fill_first_heard_after_the_bell_is_told_of_at_once(stage: Stage) -> None:
    """I-11: nothing can protect it before the next open, and no second sync may come before that."""
    stage.go_to(eastern(THURSDAY, 15, 59, 50))
    stage.fault("timeout_after")
    placed = stage.place_bracketed()
    stage.sync(after=70)

    assert stage.trade(placed)["status"] == "OPEN"
    assert [role["role"] for role in stage.trade(placed)["orders"]] == ["ENTRY"]
    ((text,),) = stage.query("select text from alerts where kind = 'unprotected' and resolved_at is null")
    assert "is held without a working stop" in text
    stage.go_to(eastern(FRIDAY, 9, 30) + timedelta(seconds=5))
    stage.run("sync")
    assert stage.query("select 1 from alerts where kind = 'unprotected' and resolved_at is null") == []


def test_what_holds_nothing_any_more_may_still_be_closed(stage: Stage) -> None:
    """A-04: the stop has sold all while the broker shows its sibling at work: a close is let in."""
    placed = stage.place_bracketed()
    with stage.env.database.transaction("alice") as connection:
        trade = load_trade(connection, UUID(placed["id"]))
        assert trade is not None
        sold = replace(trade, open_qty=Decimal(0))

        check_shares_kept(connection, sold, sold.open_qty)

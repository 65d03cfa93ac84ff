"""Live mode at the emulated live host: its own token and host, limits on how orders go out, the day's end."""

from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.instruments.ticks import floor_to_tick
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Invalid
from tests.services.live import LIVE_ACCOUNT, go_live, held_live, place_by_hand
from tests.services.stage import MORNING, Stage, eastern

TODAY = MORNING.date()
ACCOUNT_CALLS = "/v1/accounts/{account}"


def test_a_live_trade_lives_at_the_live_host_alone(stage: Stage) -> None:
    """I-29: placed, protected, synced and closed without a call to the sandbox's accounts."""
    go_live(stage, allow_market=True)
    placed = stage.place_bracketed()
    stage.sync()
    closed = stage.close_trade(stage.trade(placed)).trade
    at_the_sandbox = [call.endpoint for call in stage.world.sandbox.recent_calls()]
    at_live = {call.status for call in stage.world.live.recent_calls()}

    assert placed["broker_mode"] == "TRADIER_LIVE"
    assert len(stage.world.live.truth_orders(LIVE_ACCOUNT)) == 3
    assert closed["status"] == "CLOSED"
    assert not [endpoint for endpoint in at_the_sandbox if ACCOUNT_CALLS in endpoint]
    assert at_live == {200}
    assert held_live(stage, placed["legs"][0]["symbol"]) == 0


def test_a_live_market_entry_wants_its_owners_leave(stage: Stage) -> None:
    """A-12: `allow_market_live` is off until switched on; a limit needs none."""
    go_live(stage)
    contract = stage.contract()
    _, ask = stage.quote(contract)
    with pytest.raises(Invalid):
        stage.place(stage.command(contract))
    placed = stage.place(stage.command(contract, order_type=OrderType.LIMIT, limit_price=ask))

    assert placed["status"] == "OPEN"


def live_limit_trade(stage: Stage, qty: int) -> dict[str, object]:
    """Open a live trade by a limit at the ask."""
    contract = stage.contract("SPY")
    bid, ask = stage.quote(contract)
    stop = floor_to_tick("SPY", bid / 4)
    terms = {"order_type": OrderType.LIMIT, "limit_price": ask, "sl_price": stop}
    command = stage.command(contract, qty=qty, **terms)
    return stage.place(command)


def test_a_live_close_is_a_marketable_limit(stage: Stage) -> None:
    """A-12: 10 % under the bid, filled at the market's price."""
    go_live(stage)
    trade = live_limit_trade(stage, 2)
    stage.sync()
    bid, _ = stage.quote(stage.contract("SPY"))
    closed = stage.close_trade(stage.trade(trade)).trade
    order = stage.world.live.truth_orders(LIVE_ACCOUNT)[-1]

    assert (order["type"], order["side"], order["status"]) == ("limit", "sell_to_close", "filled")
    assert Decimal(str(order["price"])) == floor_to_tick("SPY", bid * Decimal("0.9"))
    assert Decimal(str(order["avg_fill_price"])) == bid
    assert closed["status"] == "CLOSED"


def test_a_live_close_that_does_not_fill_gives_way_to_its_bracket(stage: Stage) -> None:
    """A-12: unfilled after 60 s the bracket is put back over what is left, and its owner is told."""
    go_live(stage)
    trade = live_limit_trade(stage, 2)
    stage.sync()
    stage.fault("partial_fill", fraction=0.5)
    stage.close_trade(stage.trade(trade))
    stage.sync(after=61)
    left = stage.trade(trade)
    working = [order for order in left["orders"] if order["status"] == "OPEN"]

    assert (left["status"], left["open_qty"]) == ("OPEN", 1)
    assert [(order["role"], order["quantity"]) for order in working] == [("STOP_LOSS", 1)]
    assert stage.query("select 1 from alerts where kind = 'close_failed' and severity = 'critical'")


def test_switching_live_off_stops_no_exit(stage: Stage) -> None:
    """I-29: trades opened before keep their mode; guards are for entries."""
    go_live(stage, allow_market=True)
    trade = stage.place_bracketed()
    stage.set(live_enabled=False, broker_mode="TRADIER_SANDBOX")
    stage.sync()
    protected = [order for order in stage.trade(trade)["orders"] if order["status"] == "OPEN"]
    closed = stage.close_trade(stage.trade(trade)).trade
    entry = stage.place()

    assert len(protected) == 2
    assert (closed["status"], closed["broker_mode"]) == ("CLOSED", "TRADIER_LIVE")
    assert entry["broker_mode"] == "TRADIER_SANDBOX"


@pytest.mark.parametrize("wanted", [True, False])
def test_what_expires_today_is_told_of_and_closed_if_wanted(stage: Stage, wanted: bool) -> None:
    """A-06: told an hour before the close, closed 15 minutes before it by `close_before_expiry`."""
    go_live(stage, allow_market=True)
    stage.set(close_before_expiry=wanted)
    contract = stage.contract("SPY", expiry_index=0)
    assert contract.expiry == TODAY
    trade = stage.place(stage.command(contract))
    stage.go_to(eastern(TODAY, 15, 0))
    stage.run("unwind")
    told = stage.query("select text from alerts where kind = 'expires_today'")
    before = stage.trade(trade)["status"]
    stage.go_to(eastern(TODAY, 15, 45))
    stage.run("unwind")
    after = stage.trade(trade)

    assert len(told) == 1
    assert before == "OPEN"
    assert (after["status"], after["close_reason"]) == (
        ("CLOSED", "STRATEGY_EXIT") if wanted else ("OPEN", None)
    )
    assert held_live(stage, contract.to_occ()) == (0 if wanted else 1)


def test_nothing_is_unwound_twice(stage: Stage) -> None:
    """I-20: a second run of the same instant finds nothing to do."""
    go_live(stage, allow_market=True)
    trade = stage.place(stage.command(stage.contract("SPY", expiry_index=0)))
    stage.go_to(eastern(TODAY, 15, 45))
    stage.run("unwind")
    stage.run("unwind")
    stage.advance(timedelta(minutes=1).total_seconds())
    stage.run("unwind")

    sales = [o for o in stage.world.live.truth_orders(LIVE_ACCOUNT) if o["side"] == "sell_to_close"]
    assert stage.trade(trade)["status"] == "CLOSED"
    assert len(sales) == 1


def test_what_went_on_an_earlier_day_is_found_in_the_accounts_history(stage: Stage) -> None:
    """A-04: the day's list no longer shows it; the nightly history does, with its price."""
    go_live(stage, allow_market=True)
    trade = stage.place()
    symbol = trade["legs"][0]["symbol"]
    form = {"class": "option", "symbol": "AAPL", "option_symbol": symbol, "side": "sell_to_close"}
    place_by_hand(stage, form | {"quantity": "1", "type": "market", "duration": "day"})
    price = stage.world.live.truth_orders(LIVE_ACCOUNT)[-1]["avg_fill_price"]
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 31))
    for _ in range(4):
        stage.sync()
    ended = stage.trade(trade)

    assert (ended["status"], ended["close_reason"]) == ("CLOSED", "LIQUIDATED_BY_BROKER")
    assert ended["close_price"] == price

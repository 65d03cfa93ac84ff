"""A person trades coins at Binance's testnet: from the call to the fill, its bracket and its end (C-06)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.job_terms import Opens
from chalicelib.domain.clocks.jobs import JOBS
from chalicelib.services.accounts.lease import account_lease
from chalicelib.services.errors import BrokerRefused, Invalid, Unavailable
from chalicelib.services.sync.line_trouble import KEYS_REFUSED, LIMITED, UNREADABLE
from chalicelib.services.users.account import read_account
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.binance.trading.orders import Side
from tests.services.coins.exchange_stage import ACCOUNT, BTC, KEY, SECRET, TESTNET, ExchangeStage


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[ExchangeStage]:
    made = ExchangeStage(database_urls)
    yield made
    made.close()


def test_a_trade_from_the_call_to_its_stop(stage: ExchangeStage) -> None:
    """C-06: filled, protected there by a pair over what the fee left, sold by its stop, to the cent."""
    trade = stage.place(stage.wish(sl_price=stage.level("0.95"), tp_price=stage.level("1.1")))
    stage.tick()
    held = stage.trade(trade)
    assert (held["status"], held["broker_mode"]) == ("OPEN", "BINANCE_TESTNET")
    assert (held["filled_qty"], held["trigger_precision"]) == (0.00999, "BROKER_FILL")
    entry, *bracket = held["orders"]
    assert (entry["status"], entry["filled_quantity"]) == ("FILLED", 0.00999)
    assert {one["role"]: one["status"] for one in bracket} == {"STOP_LOSS": "OPEN", "TAKE_PROFIT": "OPEN"}
    assert stage.working() == [("LIMIT_MAKER", "0.00999"), ("STOP_LOSS_LIMIT", "0.00999")]

    stop = held["sl_price"]
    stage.world.simulated.crypto.bend(
        BTC, [(0.0, float(stage.level("1"))), (50.0, stop * 0.998), (51.0, stop * 1.02)], stage.clock.now()
    )
    stage.tick(2)
    done = stage.trade(trade)
    assert (done["status"], done["close_reason"]) == ("CLOSED", "SL_HIT")
    trades = stage.desk.trades(ACCOUNT)
    paid = sum((Decimal(one["quoteQty"]) * (-1 if one["isBuyer"] else 1) for one in trades), Decimal(0))
    fees = sum((Decimal(one["commission"]) for one in trades if one["commissionAsset"] == "USDT"), Decimal(0))
    # What the fee in kind left beyond whole lots is hers, not the trade's.
    dust = Decimal("0.01") - Decimal("0.00999") - Decimal("0.00001")
    assert abs(Decimal(str(done["realized_pnl"])) - (paid - fees)) <= dust + Decimal("0.01")
    assert stage.book.balance("BTC").free == 1


def test_a_target_in_parts_leaves_the_rest_protected(stage: ExchangeStage) -> None:
    """C-06: one pair per target over its share with the common stop, and a stop over the rest."""
    trade = stage.place(
        stage.wish(
            "0.02",
            sl_price=stage.level("0.9"),
            targets=[(stage.level("1.05"), "0.5"), (stage.level("1.2"), "0.25")],
        )
    )
    stage.tick()
    assert [kind for kind, _ in stage.working()].count("STOP_LOSS_LIMIT") == 3
    stage.leap("1.06")
    stage.tick()

    held = stage.trade(trade)
    assert (held["status"], held["open_qty"]) == ("OPEN", 0.00999)
    assert [kind for kind, _ in stage.working()].count("STOP_LOSS_LIMIT") == 2


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_a_lost_answer_is_settled_and_nothing_is_bought_twice(stage: ExchangeStage, kind: str) -> None:
    """C-06, I-01, I-05: found by our own id, or taken for never placed after two lists."""
    stage.fault(kind, vendor="binance", path="/order")
    stage.fault("status", vendor="binance", method="GET", path="/order", times=3, code=503, body="")
    trade = stage.place(stage.wish(sl_price=stage.level("0.9")))
    for _ in range(4):
        stage.tick()

    done = stage.trade(trade)
    bought = [one for one in stage.book.orders.values() if one.side is Side.BUY]
    if kind == "timeout_after":
        assert (done["status"], len(bought)) == ("OPEN", 1)
        assert stage.working() == [("STOP_LOSS_LIMIT", "0.00999")]
    else:
        assert (done["status"], done["close_reason"], len(bought)) == ("CANCELED", "NOT_PLACED", 0)


def test_a_stop_that_the_market_leaps_over_is_sold_at_market(stage: ExchangeStage) -> None:
    """C-06: triggered and unfilled for a minute: cancelled, confirmed, sold."""
    trade = stage.place(stage.wish(sl_price=stage.level("0.95")))
    stage.tick()
    stage.leap("0.8")
    stage.tick()
    stage.tick()

    done = stage.trade(trade)
    assert (done["status"], done["close_reason"]) == ("CLOSED", "SL_HIT")
    assert stage.working() == []


def test_what_its_owner_sells_there_is_booked_and_their_own_coins_are_left_alone(
    stage: ExchangeStage,
) -> None:
    """C-06, I-31: a person trades by hand at Binance; more than ours held is none of our business."""
    trade = stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    (order,) = [one for one in stage.book.orders.values() if one.is_open]
    stage.desk.cancel_by_hand(ACCOUNT, order.id, stage.clock.now())
    stage.desk.trade_by_hand(ACCOUNT, BTC, Side.SELL, Decimal("0.5"), stage.clock.now())
    stage.tick()
    held = stage.trade(trade)
    assert held["status"] == "OPEN"
    assert stage.working() == [("STOP_LOSS_LIMIT", "0.00999")]
    assert stage.query("select kind from alerts where kind in ('more_held', 'account_short')") == []

    (order,) = [one for one in stage.book.orders.values() if one.is_open]
    stage.desk.cancel_by_hand(ACCOUNT, order.id, stage.clock.now())
    stage.desk.trade_by_hand(ACCOUNT, BTC, Side.SELL, Decimal("0.50999"), stage.clock.now())
    for _ in range(8):
        stage.tick()
    assert stage.trade(trade)["status"] == "CLOSED"
    assert stage.trade(trade)["close_reason"] == "LIQUIDATED_BY_BROKER"


def test_a_sale_by_hand_costs_what_the_exchange_took(stage: ExchangeStage) -> None:
    """C-06, I-13: fees and result are the exchange's own, be it that no order of ours sold it."""
    trade = stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    (order,) = [one for one in stage.book.orders.values() if one.is_open]
    stage.desk.cancel_by_hand(ACCOUNT, order.id, stage.clock.now())
    stage.desk.move_money(ACCOUNT, "BTC", -stage.book.balance("BTC").free + Decimal("0.00999"))
    stage.desk.trade_by_hand(ACCOUNT, BTC, Side.SELL, Decimal("0.00999"), stage.clock.now())
    for _ in range(8):
        stage.tick()

    assert stage.trade(trade)["close_reason"] == "LIQUIDATED_BY_BROKER"
    sold = stage.desk.trades(ACCOUNT)[-1]
    ((fees,),) = stage.query("select fees from fills where not is_buy")
    assert fees == Decimal(sold["commission"]) > 0


def test_what_is_left_after_a_sale_by_hand_is_in_whole_lots(stage: ExchangeStage) -> None:
    """C-06: their own dust went with it; what no order can sell is not taken for held: no close would go."""
    trade = stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    (order,) = [one for one in stage.book.orders.values() if one.is_open]
    stage.desk.cancel_by_hand(ACCOUNT, order.id, stage.clock.now())
    stage.desk.move_money(ACCOUNT, "BTC", -stage.book.balance("BTC").free + Decimal("0.009994"))
    stage.desk.trade_by_hand(ACCOUNT, BTC, Side.SELL, Decimal("0.005"), stage.clock.now())
    for _ in range(8):
        stage.tick()
    held = stage.trade(trade)
    assert (held["status"], held["open_qty"]) == ("OPEN", 0.00499)
    assert stage.working() == [("STOP_LOSS_LIMIT", "0.00499")]

    done = stage.close_trade(held).trade
    assert (done["status"], stage.book.balance("BTC").free) == ("CLOSED", Decimal("0.000004"))


def test_a_close_by_hand_cancels_the_pair_first(stage: ExchangeStage) -> None:
    """C-06: cancel, confirmed, then the sale at market."""
    trade = stage.place(stage.wish(sl_price=stage.level("0.9"), tp_price=stage.level("1.1")))
    stage.tick()
    done = stage.close_trade(stage.trade(trade)).trade

    assert (done["status"], done["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")
    assert stage.working() == []


def test_an_entry_for_the_day_ends_with_it(stage: ExchangeStage) -> None:
    """C-06, W-06: the exchange knows no days, so that whoever asked for one withdraws it."""
    trade = stage.place(stage.wish(limit_price=stage.level("0.5"), sl_price=stage.level("0.4")))
    assert stage.working() == [("LIMIT", "0.01")]
    stage.go_to(datetime(2026, 2, 22, 0, 0, 30, tzinfo=UTC))
    stage.tick()

    assert stage.trade(trade)["status"] == "CANCELED"
    assert stage.working() == []


def test_what_could_not_be_protected_is_refused_at_the_door(stage: ExchangeStage) -> None:
    """C-06: each share is worth what the exchange takes at the least."""
    with pytest.raises(Invalid) as caught:
        stage.place(
            stage.wish(
                "0.0001",
                sl_price=stage.level("0.9"),
                targets=[(stage.level("1.1"), "0.5"), (stage.level("1.2"), "0.5")],
            )
        )
    assert caught.value.errors[0].field == "qty"
    with pytest.raises(Invalid):
        stage.place(stage.command(broker_mode=TESTNET))

    assert not stage.book.orders


def test_the_testnet_forgets_everything_and_the_trade_is_protected_anew(stage: ExchangeStage) -> None:
    """C-06: orders that the exchange does not know any more do not count as protection."""
    stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    stage.desk.wipe(ACCOUNT)
    stage.desk.move_money(ACCOUNT, "BTC", Decimal(1))
    for _ in range(4):
        stage.tick()

    assert stage.working() == [("STOP_LOSS_LIMIT", "0.00999")]


def told(stage: ExchangeStage, kind: str) -> list[tuple[str, bool]]:
    """Return what its owner was told of one kind, and whether it is over."""
    rows = stage.query("select text, resolved_at from alerts where kind = :kind order by id", kind=kind)
    return [(row.text, row.resolved_at is not None) for row in rows]


def test_an_exchange_that_does_not_answer_pauses_trading_within_half_a_minute(stage: ExchangeStage) -> None:
    """C-06: asked again after 2, 4, 8 and 16 s; entries wait; what rests goes on; it ends when it is back."""
    stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    stage.fault("status", vendor="binance", method="GET", path="/allOrders", times=100, code=500, body="")
    stage.fault("status", vendor="binance", method="GET", path="/account", times=100, code=500, body="")
    stage.bus.sent.clear()
    stage.tick()
    began = stage.clock.now()
    for seconds in (2, 4, 8, 16):
        ((job, payload, due_at),) = [one for one in stage.bus.sent if one[0] == "sync"]
        assert due_at == stage.clock.now() + timedelta(seconds=seconds)
        stage.bus.sent.clear()
        stage.advance(seconds)
        stage.run(job, **payload)
    assert stage.clock.now() - began == timedelta(seconds=30)
    assert [
        text.startswith("Exchange connectivity issues - trading paused")
        for text, _ in told(stage, UNREADABLE)
    ] == [True]
    with pytest.raises(Unavailable):
        stage.place(stage.wish(sl_price=stage.level("0.9")))
    assert stage.working() == [("STOP_LOSS_LIMIT", "0.00999")]

    stage.world.faults.clear()
    stage.tick()
    assert [over for _, over in told(stage, UNREADABLE)] == [True]
    assert stage.place(stage.wish(sl_price=stage.level("0.9")))["status"] in {"OPEN", "PENDING"}


def test_orders_and_balances_are_compared_before_anything_enters_again(stage: ExchangeStage) -> None:
    """C-06: the exchange is back: what happened there meanwhile is booked before anything enters."""
    stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    (stop,) = [one for one in stage.book.orders.values() if one.is_open]
    stage.fault("status", vendor="binance", method="GET", path="/allOrders", times=100, code=500, body="")
    stage.tick()
    stage.desk.cancel_by_hand(ACCOUNT, stop.id, stage.clock.now())
    stage.world.faults.clear()
    stage.bus.sent.clear()
    with pytest.raises(Unavailable):
        stage.place(stage.wish(sl_price=stage.level("0.8")))
    assert [one for one in stage.book.orders.values() if one.side is Side.BUY][1:] == []

    ((job, payload, due_at),) = stage.bus.sent
    assert due_at == stage.clock.now()
    stage.run(job, **payload)
    assert stage.working() == [("STOP_LOSS_LIMIT", "0.00999")]
    assert stage.place(stage.wish(sl_price=stage.level("0.8")))["status"] in {"OPEN", "PENDING"}


def test_what_waited_enters_only_once_its_owner_reads_that_the_exchange_is_back(stage: ExchangeStage) -> None:
    """I-24: in the look that finds it back, too (seeds 1501596, 1501868)."""
    account = AccountRef(username="alice", mode=TESTNET, account_id=ACCOUNT)
    with account_lease(stage.env, account, wait_seconds=0):
        trade = stage.place(stage.wish(sl_price=stage.level("0.9")))
    assert (trade["status"], len(stage.book.orders)) == ("PENDING", 0)
    stage.desk.revoke_all(ACCOUNT)
    stage.tick()
    assert [over for _, over in told(stage, KEYS_REFUSED)] == [False]

    stage.desk.add_account(ACCOUNT, key=KEY, secret=SECRET)
    stage.fault("timeout_after", vendor="binance", method="POST", path="/order")
    stage.fault("status", vendor="binance", method="GET", path="/order", code=503, body="")
    stage.meanwhile = lambda: stage.advance(1)
    stage.tick()
    (entry,) = stage.query("select submitted_at from orders where role = 'ENTRY'")
    (trouble,) = stage.query("select resolved_at from alerts where kind = :kind", kind=KEYS_REFUSED)
    assert stage.trade(trade)["status"] == "OPEN"
    assert trouble.resolved_at <= entry.submitted_at


def test_a_key_that_ends_is_told_at_once_and_what_rests_goes_on(stage: ExchangeStage) -> None:
    """C-06: entries off, alert at once, the resting orders go on."""
    trade = stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    stage.desk.revoke_all(ACCOUNT)
    stage.tick()

    ((text, is_over),) = told(stage, KEYS_REFUSED)
    assert "No entry leaves" in text
    assert not is_over
    with pytest.raises(BrokerRefused):
        stage.place(stage.wish(sl_price=stage.level("0.9")))
    assert stage.working() == [("STOP_LOSS_LIMIT", "0.00999")]
    stage.desk.add_account(ACCOUNT, key=KEY, secret=SECRET)
    stage.tick()
    assert [over for _, over in told(stage, KEYS_REFUSED)] == [True]
    assert stage.trade(trade)["status"] == "OPEN"


def test_a_ban_pauses_trading_until_its_end(stage: ExchangeStage) -> None:
    """C-06: "Trading paused - rate limit"; nobody calls meanwhile."""
    stage.place(stage.wish(sl_price=stage.level("0.9")))
    stage.tick()
    banned = {"code": -1003, "msg": "Way too much request weight used; IP banned."}
    stage.fault(
        "status",
        vendor="binance",
        method="GET",
        path="/allOrders",
        code=418,
        body=banned,
        headers={"Retry-After": "100"},
    )
    stage.bus.sent.clear()
    stage.tick()
    assert told(stage, LIMITED) == [("Trading paused - rate limit", False)]
    assert [one for one in stage.bus.sent if one[0] == "sync"] == []
    calls = stage.world.binance_testnet.calls()["total"]
    stage.tick()
    assert stage.world.binance_testnet.calls()["total"] == calls
    stage.tick(2)

    assert told(stage, LIMITED) == [("Trading paused - rate limit", True)]


def test_dust_is_named_and_no_position_any_more(stage: ExchangeStage) -> None:
    """C-06: worth less than the exchange takes, it neither blocks a close nor counts as a position."""
    stage.tick()
    stage.fault("partial_fill", vendor="binance", path="/order", fraction=0.004)
    trade = stage.place(stage.wish(limit_price=stage.level("1.01"), sl_price=stage.level("0.9")))
    assert stage.trade(trade)["filled_qty"] == 0.00003
    stage.cancel(stage.trade(trade))
    stage.tick(1), stage.tick(1), stage.tick(1)

    done = stage.trade(trade)
    assert (done["status"], done["close_reason"], done["open_qty"]) == ("CLOSED", "STRATEGY_EXIT", 0)
    ((text, _),) = told(stage, "dust")
    assert text.startswith("0.00003 of BTCUSDT (")
    assert stage.book.balance("BTC").free > 1


def test_the_function_that_looks_at_the_exchange_is_given_the_keys() -> None:
    """C-06, A-12: without them each minute would find its owners' keys unreadable."""
    assert Opens.USERS_SECRETS in JOBS["crypto_tick"].opens


def test_the_account_is_worth_its_money_and_all_its_coins(stage: ExchangeStage) -> None:
    """C-06: balances in other assets are valued; one without a pair against USDT counts for nothing."""
    stage.desk.move_money(ACCOUNT, "ETH", Decimal(2))
    stage.desk.move_money(ACCOUNT, "NOPAIR", Decimal(1_000))
    now = stage.clock.now()
    prices = {coin: stage.desk.floor.till.last(f"{coin}USDT", now) for coin in ("BTC", "ETH")}
    shown = read_account(stage.env, "alice", TESTNET)

    assert (shown.account_id, shown.cash, shown.buying_power) == (ACCOUNT, Decimal(50_000), Decimal(50_000))
    assert shown.equity == Decimal(50_000) + prices["BTC"] + 2 * prices["ETH"]

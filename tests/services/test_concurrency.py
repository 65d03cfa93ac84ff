"""Many at once: limits, versions, leases and keys hold (A-11, A-13, I-22, I-24)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.trading.orders import Order, OrderStatus
from chalicelib.jobs import run_job
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.accounts.lease import account_lease
from chalicelib.services.errors import RiskLimitReached, ServiceError, StaleVersion
from chalicelib.services.lifecycle.send_order import send_orders
from chalicelib.store.accounts.leases import LeaseLost, run_held, take_lease
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.portfolio import touch_portfolio
from tests.services.stage import Stage


def test_twenty_entries_at_once_never_pass_the_position_limit(stage: Stage) -> None:
    """I-24, ADR 0003: counting takes turns, so no two entries see the same free place."""
    stage.set(max_positions=3)
    contract = stage.contract()

    def enter(_: int) -> str:
        try:
            return str(stage.place(stage.command(contract))["status"])
        except RiskLimitReached as refused:
            return refused.limit

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(enter, range(20)))

    assert outcomes.count("max_positions") == 17
    ((count,),) = stage.query("select count(*) from paper_trades where not is_locked")
    assert count == 3


def test_twenty_closes_at_once_sell_once(stage: Stage) -> None:
    """I-22: one call wins, the others are told of the newer state; nothing is sold twice."""
    trade = stage.place_bracketed()

    def close(_: int) -> str:
        try:
            return str(stage.close_trade(trade).trade["status"])
        except StaleVersion as stale:
            return "stale" if stale.current["version"] != trade["version"] else "not stale"

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(close, range(20)))

    assert outcomes.count("CLOSED") == 1
    assert outcomes.count("stale") == 19
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_two_syncs_at_once_give_what_one_gives(stage: Stage) -> None:
    """I-20: one worker at an account, the other finds it busy and changes nothing."""
    trade = stage.place_bracketed()
    stage.jump("AAPL", 1.3)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: stage.run("sync"), range(2)))

    assert stage.trade(trade)["close_reason"] == "TP_HIT"
    ((count,),) = stage.query("select count(*) from fills")
    assert count == 2


def test_an_instant_is_run_once(stage: Stage) -> None:
    """I-20: a message delivered twice is counted and does nothing."""
    stage.place()
    due = stage.clock.now()
    first = run_job(stage.container, "sync", due_at=due, payload={})
    second = run_job(stage.container, "sync", due_at=due, payload={})

    assert "skipped" not in first
    assert second == {"skipped": "this instant was run before"}


def test_a_late_worker_with_an_old_fencing_number_cannot_write(stage: Stage) -> None:
    """architecture.md, Data: the lease that ran out belongs to the next holder."""
    account = AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id="VA00000001")
    with account_lease(stage.env, account, wait_seconds=0) as lease:
        assert lease is not None
        with stage.env.database.transaction("alice") as connection:
            connection.execute(text("update leases set until = '-infinity'"))
            taken = take_lease(connection, "alice", lease.resource, "somebody else")
        assert taken is not None
        with pytest.raises(LeaseLost):
            run_held(stage.env.database, lease, lambda connection: touch_portfolio(connection, "alice"))


def test_a_held_account_leaves_the_work_to_sync(stage: Stage) -> None:
    """architecture.md, Data: an API call waits for the lease, then answers 202 and sends a message."""
    trade = stage.place_bracketed()
    account = AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id="VA00000001")
    with account_lease(stage.env, account, wait_seconds=0):
        outcome = stage.close_trade(trade)

    assert (outcome.status, outcome.trade["status"]) == (202, "CLOSING")
    assert stage.bus.sent[-1][0] == "sync"
    stage.sync()
    assert stage.trade(trade)["status"] == "CLOSED"


def test_a_full_quota_bars_entries_and_never_an_exit(stage: Stage) -> None:
    """I-24: what may be kept is a limit on entries; a close is stored all the same."""
    trade = stage.place_bracketed()
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update portfolio_revisions set stored_trades = 20000"))
    with pytest.raises(RiskLimitReached) as refused:
        stage.place()

    assert refused.value.limit == "quota"
    assert stage.close_trade(trade).trade["status"] == "CLOSED"


def test_a_risk_limit_is_a_service_error(stage: Stage) -> None:
    """A-07, 2: the daily loss and the heat block entries, with what is allowed."""
    stage.set(heat_limit_pct=0)
    with pytest.raises(ServiceError) as refused:
        stage.place()
    assert isinstance(refused.value, RiskLimitReached)

    assert refused.value.limit == "heat_limit_pct"
    assert str(refused.value).startswith("The limit heat_limit_pct is 0; this trade would make it ")
    assert stage.truth() == []


def test_what_another_worker_sent_since_the_look_is_not_sent_again(stage: Stage) -> None:
    """I-01, architecture.md, Never twice: under the trade's lock only an intent was surely never sent."""
    trade_id = UUID(stage.place(stage.command(qty=1))["id"])
    account = AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id="VA00000001")

    def read(connection: Connection) -> Sequence[Order]:
        return load_orders(connection, [trade_id])[trade_id]

    (stored,) = stage.env.database.run(read, username="alice")
    seen_before = replace(stored, status=OrderStatus.INTENT, broker_order_id=None)
    with account_lease(stage.env, account, wait_seconds=0) as lease:
        broker = stage.env.brokers.broker_for(account)
        sent = send_orders(
            AccountKeeper(env=stage.env, account=account, broker=broker, lease=lease),
            trade_id,
            [seen_before],
            lambda: pytest.fail("it was sent twice"),
            still_wanted=lambda _: True,
        )

    assert (sent.superseded, sent.broker_order_id) == (True, None)
    assert stage.env.database.run(read, username="alice") == (stored,)

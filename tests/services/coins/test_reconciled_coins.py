"""Accounts at Binance against the books, every two minutes: both ways, in every asset (C-06, C-12)."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.clocks.job_terms import Opens
from chalicelib.domain.clocks.jobs import JOBS
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.ai.account_figures import read_account
from chalicelib.services.sync import reconcile_coins
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.binance.trading.orders import Side
from tests.services.coins.exchange_stage import ACCOUNT, BTC, TESTNET, ExchangeStage

D = Decimal


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[ExchangeStage]:
    """Alice holds a hundredth of a bitcoin there, beside one of her own."""
    made = ExchangeStage(database_urls)
    made.place(made.wish(sl_price=made.level("0.9")))
    made.tick()
    yield made
    made.close()


def look(stage: ExchangeStage) -> dict[str, JsonValue]:
    """Go two minutes on, tick, and reconcile."""
    stage.tick(1)
    stage.tick(1)
    return stage.run("crypto_reconcile")


def told(stage: ExchangeStage) -> list[str]:
    """Return what Alice was told of, oldest first."""
    return [
        row.text for row in stage.query("select text from alerts where kind = 'moved_outside' order by id")
    ]


def test_money_that_is_paid_in_and_out_is_named_and_no_result(stage: ExchangeStage) -> None:
    """C-06: seen twice a minute apart, told once, worth what it is worth; P&L stays what fills say."""
    assert look(stage)["moved"] == 0
    before = read_account(stage.env, "alice", TESTNET)
    stage.desk.move_money(ACCOUNT, "USDT", D(-20_000))
    stage.desk.move_money(ACCOUNT, "ETH", D(2))
    assert (look(stage)["moved"], told(stage)) == (0, [])
    ran = look(stage)
    look(stage)

    assert (ran["moved"], ran["lacking"]) == (2, 0)
    (said,) = told(stage)
    worth = 2 * stage.desk.floor.till.last("ETHUSDT", stage.clock.now())
    assert said.startswith("BINANCE_TESTNET 354937868: 2 ETH (about ")
    assert "20000.00 USDT left, outside of every trade here" in said
    after = read_account(stage.env, "alice", TESTNET)
    assert before.equity is not None
    assert after.equity is not None
    assert abs(after.equity - (before.equity - 20_000 + worth)) < 500  # the market moves meanwhile
    assert (after.today_pnl, after.drawdown_pct) == (before.today_pnl, before.drawdown_pct)
    (kept,) = stage.query("select equity from account_readings where broker_mode = 'BINANCE_TESTNET'")
    assert abs(kept.equity - after.equity) < 500


def test_what_our_own_trades_move_is_never_named(stage: ExchangeStage) -> None:
    """C-06: bought, sold, stopped; a fee in kind and its dust; a fill that nobody has booked yet."""
    look(stage)
    second = stage.place(stage.wish("0.02", tp_price=stage.level("1.1"), sl_price=stage.level("0.8")))
    look(stage)
    third = stage.place(stage.wish(limit_price=stage.level("0.97"), sl_price=stage.level("0.8")))
    stage.leap("0.95")
    stage.run("crypto_reconcile")  # filled there, not yet known here
    look(stage), look(stage)
    stage.close_trade(stage.trade(second)), stage.close_trade(stage.trade(third))
    look(stage), look(stage)

    assert told(stage) == []
    assert stage.query("select 1 from alerts where kind in ('more_held', 'position_missing')") == []


def test_a_sale_by_hand_is_settled_and_what_was_her_own_is_named(stage: ExchangeStage) -> None:
    """C-06, I-31: the trade ends by the list's own price; of her own bitcoin and its money she is told."""
    look(stage)
    (order,) = [one for one in stage.book.orders.values() if one.is_open]
    stage.desk.cancel_by_hand(ACCOUNT, order.id, stage.clock.now())
    stage.desk.trade_by_hand(ACCOUNT, BTC, Side.SELL, D("1.00999"), stage.clock.now())
    lacking = look(stage)["found"]
    for _ in range(4):
        look(stage)

    (trade,) = stage.query("select status, close_reason from paper_trades")
    assert (trade.status, trade.close_reason) == ("CLOSED", "LIQUIDATED_BY_BROKER")
    assert lacking[0]["lacking"] == [BTC]  # type: ignore[index, call-overload]
    said = " ".join(told(stage))
    assert "1 BTC" in said or "1.00001 BTC" in said
    assert "USDT came in" in said


def test_an_answer_that_fails_concludes_nothing(stage: ExchangeStage) -> None:
    """I-06: what was known stays known, and the next look goes on from there."""
    look(stage)
    stage.fault("status", vendor="binance", method="GET", path="/account", times=200, code=500, body="")
    failed = stage.run("crypto_reconcile")
    stage.world.faults.clear()

    assert (failed["failed"], failed["moved"], told(stage)) == (1, 0, [])
    assert look(stage)["failed"] == 0
    assert told(stage) == []


def test_killed_between_two_lines_it_is_told_once(
    stage: ExchangeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known and what is told of it are one transaction."""
    look(stage)
    stage.desk.move_money(ACCOUNT, "USDT", D(7))
    look(stage)

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    stage.tick(2)
    with monkeypatch.context() as killed:
        killed.setattr(reconcile_coins, "_tell", dies)
        with pytest.raises(Killed):
            stage.run("crypto_reconcile")
    stage.advance(timedelta(minutes=3).total_seconds())  # the dead one's lease
    for _ in range(2):
        look(stage)

    assert [text.split(": ")[1].split(",")[0] for text in told(stage)] == ["7.00 USDT came in"]


def test_accounts_are_looked_at_in_parts_where_they_are_many(stage: ExchangeStage) -> None:
    """C-12: one account a part; the job opens users' keys and nothing else."""
    part = {"username": "alice", "broker_mode": "BINANCE_TESTNET", "account_id": ACCOUNT}
    assert stage.run("crypto_reconcile", **part)["accounts"] == 1
    assert JOBS["crypto_reconcile"].opens is Opens.USERS_SECRETS

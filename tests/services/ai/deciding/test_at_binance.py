"""A trader whose exchange is Binance enters, changes and leaves at the testnet by the same core (C-06)."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.domain.ai.decisions.decision import ChangeKind, DecisionOutcome
from chalicelib.domain.ai.traders.trader import TraderState
from chalicelib.domain.clocks.decide_messages import OneSignal
from chalicelib.services.ai import manage_traders
from chalicelib.services.ai.account_figures import read_account
from chalicelib.services.ai.deciding import carry_out
from chalicelib.services.ai.deciding.decide import decide
from chalicelib.services.ai.deciding.try_trader import try_trader
from chalicelib.services.ai.positions import close_all
from chalicelib.services.commands import originate
from chalicelib.store.ai import traders
from chalicelib.store.ai.traders import TraderRow
from infra.local.database.postgres import DatabaseUrls
from tests.services.ai.deciding.binance_stage import ACCOUNT, TESTNET, BinanceStage
from tests.services.ai.deciding.decision_stage import goes_long, says
from tests.services.ai.positions.trader_stage import of_targets
from tests.services.coins.exchange import BTC, ETH

D = Decimal
EXECUTED, FAILED = DecisionOutcome.EXECUTED, DecisionOutcome.VALIDATION_FAILED


class Killed(BaseException):
    """The process ends here."""


def dies(*_: object, **__: object) -> None:
    """End the process."""
    raise Killed


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[BinanceStage]:
    """Saturday noon, UTC."""
    made = BinanceStage(database_urls)
    yield made
    made.close()


def _state(stage: BinanceStage, trader: TraderRow) -> TraderState:
    with stage.env.database.transaction("alice") as connection:
        row = traders.read(connection, "alice", trader.id)
    assert row is not None
    return row.state


def test_from_the_signal_to_the_models_close(stage: BinanceStage) -> None:
    """C-06, C-13: entered and protected there, moved by the model, left by its word; nothing on paper."""
    stage.stir()
    bot = stage.bot_there(veto_seconds=0)
    stage.answers(goes_long())
    row = stage.decide(bot)
    stage.tick()
    (trade,) = stage.trades()
    assert (row.outcome, trade.status, trade.broker_mode) == (EXECUTED, "OPEN", "BINANCE_TESTNET")
    assert len(stage.bought()) == 1
    assert stage.working() == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]
    assert stage.holding() == 0

    move = {"kind": ChangeKind.MOVE_SL.value, "new_stop": 95_500, "reason": "structure broke higher"}
    empty = {"target_id": None, "new_targets": None, "distance_pct": None}
    stage.answers(says("MODIFY", modifications=[{**empty, **move}]))
    stage.close_candle()
    stage.tick()
    (stop,) = [one for one in stage.book.orders.values() if one.is_open and one.stop_price]
    assert (stage.outcome(), stop.stop_price) == (EXECUTED, D(95_500))

    stage.answers(says("CLOSE"))
    stage.close_candle()
    stage.tick()
    done = stage.trade({"id": str(trade.id)})
    assert (done["status"], done["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    assert stage.working() == []
    assert stage.book.balance("BTC").free < D("0.00002")  # dust at most


@pytest.mark.parametrize("at", ["the door", "the broker"])
def test_whoever_dies_leaves_it_to_the_next(
    stage: BinanceStage, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """C-02, C-06, I-01: before its row it is decided by the next; with it the core carries it on, once."""
    signal_id = stage.signal(stage.bot_there())
    stage.answers(goes_long(), goes_long())
    where: dict[str, tuple[Any, str]] = {
        "the door": (carry_out, "enter_for"),
        "the broker": (originate, "carry_on"),
    }
    with monkeypatch.context() as killed:
        killed.setattr(*where[at], dies)
        with pytest.raises(Killed):
            decide(stage.jobs, "alice", OneSignal(username="alice", signal_id=signal_id))
    decide(stage.jobs, "alice", OneSignal(username="alice", signal_id=signal_id))
    for _ in range(3):
        stage.tick()

    (trade,) = stage.trades()
    assert (trade.status, len(stage.bought())) == ("OPEN", 1)
    assert stage.working() == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]


def test_a_lost_answer_buys_nothing_twice(stage: BinanceStage) -> None:
    """C-06, I-05: the exchange took it, nobody heard; it is found by our own id."""
    stage.fault("timeout_after", vendor="binance", path="/order")
    stage.fault("status", vendor="binance", method="GET", path="/order", times=3, code=503, body="")
    stage.answers(goes_long())
    row = stage.decide(stage.bot_there())
    for _ in range(4):
        stage.tick()

    (trade,) = stage.trades()
    assert (row.outcome, trade.status, len(stage.bought())) == (EXECUTED, "OPEN", 1)
    assert stage.working() == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]


def test_an_exchange_that_says_nothing_lets_nobody_enter(stage: BinanceStage) -> None:
    """C-03: what the account has is not known: no entry, and the reason is named."""
    bot = stage.bot_there()
    stage.fault("status", vendor="binance", method="GET", path="/account", times=100, code=500, body="")
    stage.answers(goes_long())
    row = stage.decide(bot)

    assert row.outcome is FAILED
    assert "EXCHANGE" in stage.failed(row)
    assert stage.trades() == []
    assert stage.bought() == []


def test_without_a_connection_no_model_is_asked(stage: BinanceStage) -> None:
    """C-13: `paper` + BINANCE is the testnet; bob has no account there, which is named and costs nothing."""
    stage.set("bob", tier="elite")
    row = stage.decide(stage.bot_there(username="bob"))

    assert (row.outcome, stage.failed(row)) == (FAILED, {"EXCHANGE"})
    assert stage.asked() == []


def test_spot_knows_no_short(stage: BinanceStage) -> None:
    """C-02: a short is our own engine's alone; the model is told so."""
    stage.answers(says("SHORT", stop_loss=97_000))
    row = stage.decide(stage.bot_there())

    assert (row.outcome, stage.trades()) == (FAILED, [])
    assert "LIVE_SHORT" in stage.failed(row)
    assert stage.situation()["limits"]["shorts_allowed"] is False


def test_each_accounts_money_is_measured_by_itself(stage: BinanceStage) -> None:
    """C-03: sizes and falls are of the account that the trader trades; slots are the user's."""
    stage.desk.move_money(ACCOUNT, "USDT", D(-9_000))
    there, here = stage.bot_there(position_size_usd=100), stage.bot(max_total_drawdown_pct=10)
    stage.answers(goes_long(), goes_long())
    stage.decide(there), stage.decide(here)
    stage.tick()
    small, large = sorted(stage.trades(), key=lambda one: one.qty)
    assert (small.broker_mode, large.broker_mode) == ("BINANCE_TESTNET", "PAPER")
    shown = read_account(stage.env, "alice", TESTNET)
    assert shown.equity is not None
    assert 998 < shown.equity < 1_000
    assert stage.query("select count(*) from ai_falls where mode = 'testnet'") == [(2,)]

    limited = stage.bot_there(max_positions=1)
    stage.set(tier="pro")
    stage.entered(limited, "0.001", sl_price="95000")  # the third
    stage.answers(says("LONG", stop_loss=3_250))
    row = stage.decide(there, ETH)
    assert "TIER" in stage.failed(row)


def test_its_total_drawdown_locks_it_and_closes_what_it_holds_there(stage: BinanceStage) -> None:
    """C-03, C-07: the account's fall there locks who trades there, and nobody of our own engine."""
    stage.desk.move_money(ACCOUNT, "USDT", D(-9_000))
    there = stage.bot_there(position_size_usd=190, max_total_drawdown_pct=1.5, breakeven_at_pct=None)
    here = stage.bot(max_total_drawdown_pct=1.5)
    stage.answers(goes_long(stop_loss=86_500, take_profits=[]))
    assert stage.decide(there).outcome is EXECUTED
    stage.tick()
    stage.trades_at(BTC, 86_900)
    for _ in range(4):
        stage.tick()

    (trade,) = stage.trades()
    assert (_state(stage, there), _state(stage, here)) == (TraderState.LOCKED, TraderState.ON)
    assert (trade.status, trade.close_reason) == ("CLOSED", "DRAWDOWN_LIMIT")
    assert stage.working() == []


def test_a_trader_that_goes_elsewhere_keeps_what_it_holds(stage: BinanceStage) -> None:
    """C-02: a signal in a symbol that it holds in another account finds that position, and adds nothing."""
    bot = stage.bot_there()
    stage.answers(goes_long(), goes_long())
    stage.decide(bot)
    body = {**bot.body, "trading": {**bot.trading, "exchange": "PAPER"}}
    moved = manage_traders.change_trader(stage.env, "alice", bot.id, body, bot.version)
    row = stage.decide(moved)

    assert row.outcome is FAILED
    assert "POSITION" in stage.failed(row)
    assert [one.broker_mode for one in stage.trades()] == ["BINANCE_TESTNET"]


def test_a_target_that_its_pair_has_no_stop_left_for_is_kept_here(stage: BinanceStage) -> None:
    """C-06: five stops rest in a pair; the model's change stands, with its nearest target's and one more."""
    stage.stir()
    bot = stage.bot_there(veto_seconds=0, breakeven_at_pct=None)
    stage.answers(goes_long(take_profits=[{"price": 98_000, "share": 0.5}]))
    stage.decide(bot)
    thirds = [("98000", "0.5"), ("99000", "0.25")]
    stage.place(stage.wish("0.01", sl_price="90000", targets=thirds, broker_mode=TESTNET))
    stage.tick()
    (trade,) = stage.trades()
    change = of_targets(ChangeKind.ADD_TP, ("99500", "0.25"))
    stage.propose(stage.trade({"id": str(trade.id)}), change)
    stage.tick()

    assert stage.changes({"id": str(trade.id)})[-1]["state"] == "APPLIED"
    shown = stage.trade({"id": str(trade.id)})
    assert [one["state"] for one in shown["targets"]] == ["OPEN", "WAITING"]
    assert sum("STOP_LOSS_LIMIT" in one for one in stage.working()) == 5


def test_trying_a_trader_looks_at_its_own_account(stage: BinanceStage) -> None:
    """C-11: what would become of it, by the money at the testnet; nothing is sent."""
    stage.answers(goes_long())
    tried = try_trader(stage.env, "alice", stage.bot_there().id, BTC)

    assert tried.decision.outcome is EXECUTED
    assert not stage.book.orders


@pytest.mark.parametrize("who", ["its owner", "the longest holding"])
def test_what_is_being_closed_and_refused_again_and_again_waits(stage: BinanceStage, who: str) -> None:
    """C-07, I-35: a sale is tried again after growing waits, not with each tick (seeds 1500826, 1502515)."""
    stage.stir()
    bot = stage.bot_there(veto_seconds=0, max_holding_minutes=5 if who == "the longest holding" else None)
    stage.answers(goes_long())
    stage.decide(bot)
    stage.tick()
    (trade,) = stage.trades()
    refused = '{"code": -2010, "msg": "Account has insufficient balance for requested action."}'
    what = {"match": {"method": "POST", "path": "/v3/order"}, "code": 400, "body": refused, "times": 99}
    stage.world.faults.arm_from({"vendor": "binance", "kind": "status", **what})
    if who == "its owner":
        close_all.close_trader(stage.env, "alice", bot.id)
    else:
        stage.advance(4 * 60)
    for _ in range(8):
        stage.tick()
    tried = stage.query("select submitted_at from orders where role = 'EXIT' order by submitted_at")
    waits = [(later.submitted_at - one.submitted_at).total_seconds() for one, later in pairwise(tried)]
    stage.world.faults.clear()
    for _ in range(16):
        stage.tick()

    assert waits[1:] == sorted(waits[1:]), "they grow"
    assert 3 <= len(tried) <= 5, waits
    assert stage.trade({"id": str(trade.id)})["status"] == "CLOSED"

"""Traders with real money: what it needs, its caps, and that nothing of it happens by itself (C-08)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerName
from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.traders.trader import TraderState
from chalicelib.domain.clocks.decide_messages import OneSignal
from chalicelib.domain.people import Tier
from chalicelib.services.ai import control_traders, live_trader, manage_traders
from chalicelib.services.ai.account_figures import read_account
from chalicelib.services.ai.deciding.decide import decide
from chalicelib.services.commands import originate
from chalicelib.services.errors import Invalid, LiveRefused
from chalicelib.services.users.connecting import WantedConnection, connect, disconnect
from chalicelib.services.users.live_switch import switch_live
from chalicelib.store.ai import traders
from chalicelib.store.ai.traders import TraderRow
from infra.local.database.postgres import DatabaseUrls
from tests.services.ai.deciding.binance_stage import LIVE, LIVE_ACCOUNT, LIVE_KEY, BinanceStage
from tests.services.ai.deciding.decision_stage import goes_long, says
from tests.services.coins.exchange import BTC, ETH

D = Decimal
EXECUTED, FAILED = DecisionOutcome.EXECUTED, DecisionOutcome.VALIDATION_FAILED


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[BinanceStage]:
    """Alice has a live account, switched on, and lets orders go out at market there."""
    made = BinanceStage(database_urls)
    made.connect_live()
    made.set(allow_market_live=True)
    yield made
    made.close()


def _live(stage: BinanceStage, bot: TraderRow, account: str = LIVE_ACCOUNT, **more: bool) -> TraderRow:
    return live_trader.switch_live_on(
        stage.env, "alice", bot.id, account_id=account, **{"accepts_disclaimer": True, **more}
    )


def _row(stage: BinanceStage, bot: TraderRow) -> TraderRow:
    with stage.env.database.transaction("alice") as connection:
        found = traders.read(connection, "alice", bot.id)
    assert found is not None
    return found


def _lacks(stage: BinanceStage, bot: TraderRow, **said: Any) -> tuple[str, ...]:  # Any: as `_live`
    with pytest.raises(LiveRefused) as caught:
        _live(stage, bot, **said)
    return caught.value.missing


def test_each_thing_that_is_missing_is_named(stage: BinanceStage) -> None:
    """C-08, C-13: tier, paper trades, the account's own number and switch, the disclaimer; then it is on."""
    bot = stage.bot()
    stage.set(tier=Tier.PRO.value)
    stage.practised(bot, 49)
    assert _lacks(stage, bot, account="1", accepts_disclaimer=False) == (
        "ELITE",
        "PAPER_TRADES",
        "CONFIRMATION",
        "DISCLAIMER",
    )
    stage.set(tier=Tier.ELITE.value)
    stage.practised(bot, 1)
    assert _lacks(stage, bot, account="1") == ("CONFIRMATION",)
    switch_live(stage.env, "alice", enable=False, account_id=None, prove=lambda: 0, mode=LIVE)
    assert _lacks(stage, bot) == ("CONFIRMATION",)
    assert _row(stage, bot).trading["mode"] == "paper"
    stage.connect_live()

    on = _live(stage, bot)
    assert (on.live_enabled, on.trading["mode"], on.trading["exchange"]) == (True, "live", "BINANCE")
    assert _live(stage, on).version == on.version  # again says the same
    ((said, *_),) = [stage.told("live_on")]
    assert "trades with real money in account 22330044. Its first 100 trades" in said


def test_a_live_trade_lives_at_the_live_host_alone(stage: BinanceStage) -> None:
    """C-06, C-08, I-29: entered, protected and closed with real money; testnet and paper hear nothing."""
    bot = stage.bot_live()
    stage.answers(goes_long())
    row = stage.decide(bot)
    stage.tick()
    (trade,) = [one for one in stage.trades() if one.status != "CLOSED"]
    assert (row.outcome, trade.status, trade.broker_mode) == (EXECUTED, "OPEN", "BINANCE_LIVE")
    assert stage.working_live() == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]
    assert not stage.book.orders
    assert stage.holding() == 0
    shown = read_account(stage.env, "alice", LIVE)
    assert shown.equity is not None
    assert 9_990 < shown.equity < 10_000

    stage.answers(says("CLOSE"))
    stage.close_candle()
    stage.tick()
    done = stage.trade({"id": str(trade.id)})
    assert (done["status"], done["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    assert stage.working_live() == []


def test_the_first_hundred_are_small_and_two_at_a_time(stage: BinanceStage) -> None:
    """C-08: 100 USDT each, two positions over all traders; an owner lifts it afterwards, never before."""
    large = stage.bot_live(position_size_usd=101)
    stage.answers(goes_long())
    assert "LIVE_CAP" in stage.failed(stage.decide(large))

    small, other = stage.bot_live(), stage.bot_live()
    stage.answers(goes_long(), says("LONG", stop_loss=3_250, quantity=0.027), goes_long())
    assert [stage.decide(small).outcome, stage.decide(small, ETH).outcome] == [EXECUTED, EXECUTED]
    assert "LIVE_CAP" in stage.failed(stage.decide(other))

    stage.practised(large, 99, LIVE)
    with pytest.raises(Invalid) as caught:
        _live(stage, large, lifts_cap=True)
    assert caught.value.errors[0].message.endswith("this trader has had 99")
    stage.practised(large, 1, LIVE)
    stage.answers(goes_long(), goes_long())
    assert "LIVE_CAP" in stage.failed(stage.decide(large))
    assert stage.decide(_live(stage, large, lifts_cap=True)).outcome is EXECUTED


def test_killed_at_the_broker_it_buys_once(stage: BinanceStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """I-01, I-20: the row is there, the order went or did not; the tick carries it on, protected."""
    bot = stage.bot_live()
    signal_id = stage.signal(bot)
    stage.answers(goes_long(), goes_long())

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(originate, "carry_on", dies)
        with pytest.raises(Killed):
            decide(stage.jobs, "alice", OneSignal(username="alice", signal_id=signal_id))
    decide(stage.jobs, "alice", OneSignal(username="alice", signal_id=signal_id))
    stage.fault("timeout_after", vendor="binance", path="/order")
    for _ in range(4):
        stage.tick()

    assert len(stage.bought_live()) == 1
    assert stage.working_live() == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]


def test_what_is_switched_off_stops_entries_and_no_exit(stage: BinanceStage) -> None:
    """A-12, C-08: the account's switch ends live of its traders; what is held goes on and is closed."""
    bot = stage.bot_live()
    stage.answers(goes_long())
    stage.decide(bot)
    stage.tick()
    switch_live(stage.env, "alice", enable=False, account_id=None, prove=lambda: 0, mode=LIVE)
    off = _row(stage, bot)
    stage.answers(says("LONG", stop_loss=3_250, quantity=0.027))
    paper = stage.decide(off, ETH)

    assert (off.live_enabled, off.trading["mode"], off.state) == (False, "paper", TraderState.ON)
    assert [one.broker_mode for one in stage.trades() if one.id == paper.trade_id] == ["BINANCE_TESTNET"]
    assert stage.working_live() == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]
    body = {**off.body, "trading": {**off.trading, "mode": "live"}}
    with pytest.raises(Invalid):  # nor does its owner's hand switch it on past its own call
        manage_traders.change_trader(stage.env, "alice", bot.id, body, off.version)
    (held,) = [one for one in stage.trades() if one.broker_mode == "BINANCE_LIVE" and one.status == "OPEN"]
    assert stage.close_trade(stage.trade({"id": str(held.id)})).trade["status"] == "CLOSED"
    assert stage.working_live() == []


def test_another_account_is_confirmed_anew(stage: BinanceStage) -> None:
    """A-12: the confirmation speaks of the account in use, the account's and each trader's."""
    bot = stage.bot_live()
    stage.world.binance.desk.add_account("99887766", key="n" * 64, secret="u" * 64, balances={"USDT": D(500)})
    disconnect(stage.env, "alice", BrokerName.BINANCE, "live")
    wanted = WantedConnection(
        environment="live", account_id=None, credentials={"api_key": "n" * 64, "api_secret": "u" * 64}
    )
    standing = connect(stage.env, "alice", BrokerName.BINANCE, wanted)

    assert (standing.account_id, standing.live_enabled) == ("99887766", False)
    assert _row(stage, bot).live_enabled is False
    assert _lacks(stage, bot, account="99887766") == ("CONFIRMATION",)
    assert LIVE_KEY not in str(stage.query("select * from connections"))


def test_live_off_is_always_allowed(stage: BinanceStage) -> None:
    """C-08: from then on it enters on paper."""
    off = control_traders.switch_live_off(stage.env, "alice", stage.bot_live().id)

    assert (off.live_enabled, off.trading["mode"]) == (False, "paper")


def test_a_market_entry_wants_its_owners_leave(stage: BinanceStage) -> None:
    """A-12: `allow_market_live` is off until switched on, for traders too; a limit needs none."""
    stage.set(allow_market_live=False)
    bot = stage.bot_live()
    stage.answers(goes_long(), goes_long(entry_price=96_000))
    refused, taken = stage.decide(bot), stage.decide(bot)

    assert refused.outcome is FAILED
    assert "Market orders are switched off for live trading." in str(refused.validation)
    assert taken.outcome is EXECUTED
    assert BTC in {one.symbol for one in stage.live_book.orders.values()}

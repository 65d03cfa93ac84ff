"""Killed between two lines, told twice, decided side by side: one decision, one trade (C-02, I-20, I-24)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.clocks.decide_messages import OnePosition, OneQueued, OneSignal, parse_decide_work
from chalicelib.domain.clocks.job_messages import UnreadableWork
from chalicelib.services.ai.candle_closed import candles_closed
from chalicelib.services.ai.deciding import carry_out, scene
from chalicelib.services.ai.deciding.decide import decide
from chalicelib.services.commands import originate
from tests.services.ai.deciding.decision_stage import DecisionStage, goes_long, says
from tests.services.coins.coin_stage import SATURDAY
from tests.services.coins.exchange import ETH

EXECUTED = DecisionOutcome.EXECUTED


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", ["the question", "the rules", "the door", "the broker"])
def test_whoever_dies_leaves_it_to_the_next(
    stage: DecisionStage, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """C-02: before the row it is decided by the next; with the row the core carries its trade on."""
    bot = stage.bot()
    signal_id = stage.signal(bot)
    stage.answers(goes_long(), goes_long())
    where: dict[str, tuple[Any, str]] = {
        "the question": (scene, "ask"),
        "the rules": (carry_out, "judge_entry"),
        "the door": (carry_out, "enter_for"),
        "the broker": (originate, "carry_on"),
    }

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(*where[at], dies)
        with pytest.raises(Killed):
            decide(stage.jobs, "alice", OneSignal(username="alice", signal_id=signal_id))
    decide(stage.jobs, "alice", OneSignal(username="alice", signal_id=signal_id))
    stage.tick()

    (trade,) = stage.trades()
    (row,) = stage.decisions()
    assert (row.outcome, row.trade_id, trade.status) == (EXECUTED, trade.id, "OPEN")
    assert trade.sl_price is not None


def test_one_slot_is_taken_once_by_decisions_side_by_side(stage: DecisionStage) -> None:
    """I-24: both answers were judged while the slot was free; the door lets one through."""
    bot = stage.bot(max_positions=1)
    stage.answers(goes_long(), match={"symbol": "BTCUSDT"})
    stage.answers(says("LONG", stop_loss=3_250), match={"symbol": "ETHUSDT"})
    signals = [stage.signal(bot), stage.signal(bot, ETH)]
    works = [OneSignal(username="alice", signal_id=one) for one in signals]
    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(lambda work: decide(stage.jobs, "alice", work), works))

    assert sorted(str(one) for one in outcomes) == ["EXECUTED", "QUEUED"]
    assert len(stage.trades()) == 1


def test_a_signal_whose_message_was_lost_is_found(stage: DecisionStage) -> None:
    """C-02: the next closes look for what nobody decided; what is too late is kept as EXPIRED."""
    bot = stage.bot(timeframe="1h")
    signal_id = stage.signal(bot)
    stage.advance(60)
    early = candles_closed(stage.jobs, stage.clock.now())
    stage.advance(120)
    report = candles_closed(stage.jobs, stage.clock.now())
    stage.answers(says("NO_TRADE"))
    stage.deliver()

    assert (early.found, report.found) == (0, 1)
    assert [one.signal_id for one in stage.decisions()] == [signal_id]
    assert candles_closed(stage.jobs, stage.clock.now()).found == 0


def test_messages_say_what_they_mean() -> None:
    """Each kind is read as it was written; anything else fails instead of passing for work done."""
    for work in (
        OneSignal(username="alice", signal_id=UUID(int=1)),
        OnePosition(username="alice", trade_id=UUID(int=2), candle=SATURDAY),
        OneQueued(username="alice", decision_id=UUID(int=3)),
    ):
        assert parse_decide_work(work.payload()) == work
    for wrong in ({}, {"username": "alice"}, {"signal": "x"}, {"username": "alice", "signal": "x"}):
        with pytest.raises(UnreadableWork):
            parse_decide_work(wrong)

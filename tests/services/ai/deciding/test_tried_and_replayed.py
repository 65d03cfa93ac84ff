"""A trader tried without effect, and past situations answered anew (C-09, C-11)."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.replays.request import AnswerSource, ReplayRequest
from chalicelib.domain.clocks.replay_messages import AI_REPLAY, OneReplay
from chalicelib.services.ai.deciding.try_trader import try_trader
from chalicelib.services.ai.replays.ask_replay import ask_replay, read_replay
from chalicelib.services.errors import Invalid, NotFound
from chalicelib.store.ai.replays import ReplayRow
from chalicelib.store.ai.traders import TraderRow
from tests.services.ai.deciding.decision_stage import DecisionStage, goes_long, says
from tests.services.coins.exchange import BTC, ETH


def replayed_anew(stage: DecisionStage, trader: TraderRow) -> ReplayRow:
    """Ask for a replay of the last hour with fresh answers, and have its job carry it out."""
    now = stage.clock.now()
    wanted = ReplayRequest(
        from_at=now - timedelta(hours=1),
        to_at=now + timedelta(minutes=1),
        answers=AnswerSource.FRESH,
        variants=(),
    )
    row = ask_replay(stage.env, "alice", trader.id, wanted)
    stage.run(AI_REPLAY, **OneReplay(username="alice", replay_id=row.id).payload())
    return read_replay(stage.env, "alice", row.id)


def _symbol(situation: dict[str, Any]) -> str:  # Any: JSON
    return str(situation["symbol"])


def test_a_trader_is_tried_and_nothing_comes_of_it(stage: DecisionStage) -> None:
    """C-11: the model is asked and judged as for a decision; nothing is stored but its cost."""
    bot = stage.bot()
    stage.answers(goes_long())
    tried = try_trader(stage.env, "alice", bot.id, BTC)

    assert (tried.decision.outcome, len(stage.asked())) == (DecisionOutcome.EXECUTED, 1)
    assert tried.decision.validation is not None
    assert tried.decision.validation["is_valid"] is True
    assert (stage.trades(), stage.decisions()) == ([], [])
    assert stage.query("select from orders") == stage.query("select from signals") == []
    (cost,) = stage.query("select spent_usd, calls from ai_costs")
    assert (cost.spent_usd > 0, cost.calls) == (True, 1)


def test_a_tried_answer_is_judged_as_any_other(stage: DecisionStage) -> None:
    """C-03: what would be refused says so, by the constraint's name."""
    bot = stage.bot()
    stage.answers(goes_long(stop_loss=97_000))
    tried = try_trader(stage.env, "alice", bot.id, BTC)

    assert tried.decision.outcome is DecisionOutcome.VALIDATION_FAILED
    assert stage.failed(tried.decision) == {"STOP_SIDE", "TP_DISTANCE"}
    assert stage.trades() == []


def test_only_ones_own_traders_and_their_symbols_are_tried(stage: DecisionStage) -> None:
    """C-11, I-21: another's does not exist."""
    bot = stage.bot()
    with pytest.raises(NotFound):
        try_trader(stage.env, "bob", bot.id, BTC)
    with pytest.raises(Invalid):
        try_trader(stage.env, "alice", bot.id, "DOGEUSDT")

    assert stage.asked() == []


def test_situations_of_then_are_answered_anew(stage: DecisionStage) -> None:
    """C-09: the same words and figures as then go to the model again; its new answer is what is replayed."""
    bot = stage.bot()
    stage.answers(says("NO_TRADE"), says("NO_TRADE"))
    stage.decide(bot)
    stage.decide(bot, ETH)
    then = [stage.situation(0), stage.situation(1)]
    stage.answers(goes_long(), goes_long(stop_loss=None, take_profits=[]))
    found = replayed_anew(stage, bot)

    result: Any = found.result  # JSON
    assert found.status == "done", result
    told = result["answers"]
    assert (told["source"], told["asked"], told["answered"]) == ("fresh", 2, 2)
    again = [stage.situation(call) for call in range(2, len(stage.asked()))]
    assert sorted(again, key=_symbol) == sorted(then, key=_symbol)
    assert stage.trades() == []


def test_a_model_that_is_silent_ends_a_fresh_replay_with_a_reason(stage: DecisionStage) -> None:
    """I-28, C-09: what was accepted ends, and says why."""
    bot = stage.bot()
    stage.answers(says("NO_TRADE"))
    stage.decide(bot)
    stage.fault("status", status=402, vendor="openrouter")
    found = replayed_anew(stage, bot)

    assert (found.status, found.result) == ("failed", {"reason": "No model answered anew."})

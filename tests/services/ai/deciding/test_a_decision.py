"""The life of a decision (C-02, C-03): asked of a model, judged, carried out, kept."""

from decimal import Decimal

from chalicelib.domain.ai.decisions.decision import DecisionOutcome, DecisionSource
from chalicelib.services.ai.positions.pause_ai import pause_ai
from tests.services.ai.deciding.decision_stage import DecisionStage, goes_long, says
from tests.services.coins.exchange import BTC, ETH

D = Decimal


def test_a_signal_becomes_a_protected_trade(stage: DecisionStage) -> None:
    """C-02, C-12: signal, decision, validation, trade with stop and target; all of it kept."""
    bot = stage.bot()
    stage.answers(goes_long())
    decision = stage.decide(bot)
    (row,) = stage.trades()
    trade = stage.trade({"id": str(row.id)})

    assert decision.outcome is DecisionOutcome.EXECUTED
    assert (decision.trade_id, decision.source) == (row.id, DecisionSource.MODEL)
    assert (trade["status"], trade["originator"], trade["originator_id"]) == ("OPEN", "AI", str(bot.id))
    assert (trade["sl_price"], trade["tp_price"]) == (95_000, 98_000)
    assert D(str(trade["qty"])) == D("0.01041")  # 1,000 USDT at 96,000, on the lot
    assert {order["role"]: order["status"] for order in trade["orders"]}["STOP_LOSS"] == "OPEN"
    assert decision.validation is not None
    assert decision.validation["is_valid"] is True
    assert decision.cost_usd is not None
    assert decision.cost_usd > 0
    assert (decision.prompt_version, decision.model) == ("2026-02-a", stage.env.models.usual_model)
    assert decision.context_hash is not None
    assert decision.raw_answer is not None
    assert stage.failed(decision) == {"TP_DISTANCE"}  # a warning: nothing has moved, so ranges are 0


def test_a_signal_is_decided_once(stage: DecisionStage) -> None:
    """C-02, I-20: the same message again, and another for the same signal, do nothing."""
    bot = stage.bot()
    stage.answers(goes_long(), goes_long())
    signal_id = stage.signal(bot)
    for _ in range(3):
        stage.run("decide", username="alice", signal=str(signal_id))

    assert (len(stage.decisions()), len(stage.trades()), len(stage.asked())) == (1, 1, 1)


def test_what_is_not_traded_is_kept(stage: DecisionStage) -> None:
    """C-02: NO_TRADE and WATCH send nothing; what is watched is so until the third candle after."""
    bot = stage.bot()
    stage.answers(says("NO_TRADE"), says("WATCH"))
    first, second = stage.decide(bot), stage.decide(bot, ETH)

    assert [first.outcome, second.outcome] == [DecisionOutcome.NO_TRADE] * 2
    assert second.expires_at == second.candle + 3 * (bot.read().timeframe.length)
    assert stage.trades() == []
    stage.answers(says("NO_TRADE"))
    stage.decide(bot, ETH)
    assert stage.situation()["watched_since"] is not None


def test_an_open_position_is_decided_at_each_close(stage: DecisionStage) -> None:
    """C-02: with its words; the reason of its entry among them; once a candle."""
    bot = stage.bot()
    stage.answers(goes_long(), says("HOLD"))
    stage.decide(bot)
    (held,) = stage.close_candle()
    again = stage.close_candle(1)

    assert held == {"outcome": "EXECUTED"}
    assert again == []
    position = stage.situation()["position"]
    assert position["entry_reason"] == "A test says LONG."
    assert (position["stop"], position["targets"][0]["price"]) == (95_000, 98_000)
    assert stage.last().trade_id == stage.trades()[0].id


def test_a_model_leaves_a_position(stage: DecisionStage) -> None:
    """C-02: CLOSE and PARTIAL_TP go out at market, without a veto; what is left stays protected."""
    bot = stage.bot()
    stage.answers(goes_long(), says("PARTIAL_TP", partial_quantity=0.004), says("CLOSE"))
    trade = stage.decide(bot).trade_id
    stage.close_candle()
    (part,) = stage.trades()
    stops = stage.stops({"id": str(trade)})
    stage.close_candle()
    (done,) = stage.trades()

    assert (part.status, part.open_qty, stops) == ("OPEN", D("0.00641"), [D(95_000)])
    assert (done.status, done.close_reason) == ("CLOSED", "STRATEGY_EXIT")
    assert [one.outcome for one in stage.decisions()] == [DecisionOutcome.EXECUTED] * 3


def test_a_model_changes_levels_within_the_rules(stage: DecisionStage) -> None:
    """C-04: a tighter stop waits for its veto; C-03: a stop at 50 is refused, the old one untouched."""
    bot = stage.bot()
    looser = {"kind": "MOVE_SL", "reason": "room", "new_stop": 50}
    tighter = {"kind": "MOVE_SL", "reason": "higher low", "new_stop": 95_500}
    stage.answers(goes_long(), says("MODIFY", modifications=[looser]))
    trade = {"id": str(stage.decide(bot).trade_id)}
    stage.close_candle()
    refused = stage.last()
    stops = stage.stops(trade)
    stage.answers(says("MODIFY", modifications=[tighter]))
    stage.close_candle()
    stage.tick(2)

    assert refused.outcome is DecisionOutcome.VALIDATION_FAILED
    assert "STOP_ONLY_TIGHTER" in stage.failed(refused)
    assert (stops, stage.stops(trade)) == ([D(95_000)], [D(95_500)])
    assert stage.last().outcome is DecisionOutcome.EXECUTED


def test_nothing_is_added_to_a_position(stage: DecisionStage) -> None:
    """C-02: a second LONG in a held symbol is refused; a signal there is told of the position."""
    bot = stage.bot()
    stage.answers(goes_long(), goes_long())
    stage.decide(bot)
    second = stage.decide(bot)

    assert second.outcome is DecisionOutcome.VALIDATION_FAILED
    assert stage.failed(second) - {"TP_DISTANCE"} == {"POSITION"}
    assert stage.situation()["position"] is not None
    assert len(stage.trades()) == 1


def test_a_word_for_a_position_without_one_does_nothing(stage: DecisionStage) -> None:
    """C-02: HOLD, CLOSE, PARTIAL_TP, MODIFY need something that is held."""
    bot = stage.bot()
    for word in ("HOLD", "CLOSE", "PARTIAL_TP", "MODIFY"):
        stage.answers(says(word))
        assert stage.decide(bot, BTC).outcome is DecisionOutcome.VALIDATION_FAILED
    assert stage.trades() == []


def test_a_model_is_not_asked_about_a_position_that_it_was_taken_off(stage: DecisionStage) -> None:
    """C-07: rules and levels only; what is stored says why, and no call was paid for."""
    bot = stage.bot()
    stage.answers(goes_long())
    stage.decide(bot)
    (trade,) = stage.trades()
    pause_ai(stage.env, "alice", trade.id, paused=True, version=None)

    assert stage.close_candle() == [{"outcome": "NOT_EXECUTED"}]

    assert "paused the AI" in stage.last().reasoning
    assert stage.last().model is None

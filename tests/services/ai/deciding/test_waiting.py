"""Answers and slots that decisions wait for (C-07)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.ai.decisions.adjusted import Adjusted
from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.services.ai.control_traders import pause_trader
from chalicelib.services.ai.deciding import approving
from chalicelib.services.ai.deciding.approving import approve, reject
from chalicelib.services.errors import DecisionOver, Invalid, NotFound, StaleDecision
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.database import DatabaseUnavailable
from tests.services.ai.deciding.decision_stage import DecisionStage, goes_long, says
from tests.services.coins.exchange import BTC, ETH

D = Decimal
AWAITING, EXECUTED, EXPIRED, QUEUED = (
    DecisionOutcome.AWAITING_APPROVAL,
    DecisionOutcome.EXECUTED,
    DecisionOutcome.EXPIRED,
    DecisionOutcome.QUEUED,
)


def yes(stage: DecisionStage, row: DecisionRow, version: int | None = None, **adjusted: str) -> DecisionRow:
    change = Adjusted(**{name: D(value) for name, value in adjusted.items()})  # type: ignore[arg-type]
    return approve(stage.env, "alice", row.id, change, version)


def waits(stage: DecisionStage, **trading: Any) -> DecisionRow:
    """Have an entry wait for alice's word."""
    stage.answers(goes_long())
    return stage.decide(stage.bot(require_approval=True, **trading))


def test_an_entry_waits_for_its_owner(stage: DecisionStage) -> None:
    """C-01, C-07: nothing is sent before a yes; the yes makes one trade, and a second one none."""
    row = waits(stage)
    before = stage.trades()
    done = yes(stage, row, version=1)

    assert (row.outcome, before) == (AWAITING, [])
    assert row.expires_at == row.candle + timedelta(minutes=5)
    assert len(stage.told("ai_decision_waiting")) == 1
    (trade,) = stage.trades()
    assert (done.outcome, done.trade_id, trade.status) == (EXECUTED, trade.id, "OPEN")
    assert done.settled_at is not None
    with pytest.raises(DecisionOver):
        yes(stage, row)
    assert len(stage.trades()) == 1


def test_no_is_no(stage: DecisionStage) -> None:
    """C-07."""
    row = waits(stage)
    done = reject(stage.env, "alice", row.id, None)

    assert (done.outcome, stage.trades()) == (DecisionOutcome.USER_REJECTED, [])
    with pytest.raises(DecisionOver):
        yes(stage, row)


def test_a_yes_may_come_with_other_figures(stage: DecisionStage) -> None:
    """C-07: adjusted within the rules; what breaks one is refused and waits on."""
    row = waits(stage)
    with pytest.raises(Invalid) as wrong_side:
        yes(stage, row, stop_loss="97000")
    with pytest.raises(Invalid) as too_large:
        yes(stage, row, quantity="0.5")
    still = stage.last()
    done = yes(stage, row, quantity="0.005", stop_loss="95500")
    (trade,) = stage.trades()

    assert {one.field for one in wrong_side.value.errors} == {"stop_loss"}
    assert {one.field for one in too_large.value.errors} == {"quantity"}
    assert (still.outcome, still.version) == (AWAITING, 1)
    assert (done.outcome, trade.qty, trade.sl_price) == (EXECUTED, D("0.005"), D(95_500))


def asks_to_move_a_stop_set_by_hand(stage: DecisionStage) -> tuple[DecisionRow, Any]:  # Any: a row
    """Have a position whose stop its owner has set by hand, and a model that would move it."""
    tighter = {"kind": "MOVE_SL", "reason": "higher low", "new_stop": 95_500}
    stage.answers(goes_long(), says("MODIFY", modifications=[tighter]))
    trade_id = stage.decide(stage.bot(veto_seconds=0)).trade_id
    stage.adjust(stage.trade({"id": str(trade_id)}), new_sl=D(95_200))
    stage.close_candle()
    (trade,) = stage.trades()
    return stage.last(), trade


def test_a_yes_to_a_change_is_given_to_its_decision(stage: DecisionStage) -> None:
    """C-04, C-07: the change is carried out, and its decision says so."""
    row, trade = asks_to_move_a_stop_set_by_hand(stage)
    with pytest.raises(Invalid) as adjusted:
        yes(stage, row, stop_loss="95600")
    done = yes(stage, row, version=1)

    assert [one.field for one in adjusted.value.errors] == ["stop_loss"]

    assert (row.outcome, done.outcome) == (AWAITING, EXECUTED)
    assert row.expires_at is not None
    assert stage.stops({"id": str(trade.id)}) == [D(95_500)]
    with pytest.raises(DecisionOver):
        reject(stage.env, "alice", row.id, None)


def test_a_no_to_a_change_is_given_to_its_decision(stage: DecisionStage) -> None:
    """C-04, C-07."""
    row, trade = asks_to_move_a_stop_set_by_hand(stage)
    done = reject(stage.env, "alice", row.id, None)

    assert done.outcome is DecisionOutcome.USER_REJECTED
    assert stage.stops({"id": str(trade.id)}) == [D(95_200)]


def test_a_change_that_nobody_answers_lapses_with_its_decision(stage: DecisionStage) -> None:
    """C-07: whatever else waits, the minute goes on."""
    asks_to_move_a_stop_set_by_hand(stage)
    stage.tick(6)

    assert stage.last().outcome is EXPIRED


def test_an_approval_lapses_with_its_candle(stage: DecisionStage) -> None:
    """C-07: whoever looks first, the tick or an answer that is late."""
    first = waits(stage)
    stage.tick(4)
    early = stage.last().outcome
    stage.tick(1)
    late = waits(stage)
    stage.advance(300)

    assert (early, stage.decisions()[1].outcome) == (AWAITING, EXPIRED)
    assert first.expires_at == first.candle + timedelta(minutes=5)
    with pytest.raises(DecisionOver) as over:
        yes(stage, late)
    assert (over.value.current.outcome, stage.trades()) == (EXPIRED, [])


def test_an_approval_waits_five_minutes_of_a_longer_candle(stage: DecisionStage) -> None:
    """C-07."""
    row = waits(stage, timeframe="1h")

    assert row.expires_at == row.at + timedelta(minutes=5)


@pytest.mark.parametrize(("price", "outcome"), [(96_480, AWAITING), (96_490, EXPIRED), (90_000, AWAITING)])
def test_an_approval_lapses_when_the_price_leaves(
    stage: DecisionStage, price: int, outcome: DecisionOutcome
) -> None:
    """C-13: more than 0.5 % dearer, for a long; cheaper is not worse."""
    waits(stage)
    stage.exchange.move(BTC, price)
    stage.run("crypto_tick")

    assert stage.last().outcome is outcome


def test_a_dearer_price_is_refused_at_the_answer_too(stage: DecisionStage) -> None:
    """C-13: no tick in between."""
    row = waits(stage)
    stage.exchange.move(BTC, 96_490)
    with pytest.raises(DecisionOver):
        yes(stage, row)

    assert (stage.last().outcome, stage.trades()) == (EXPIRED, [])


def test_an_answer_names_what_it_saw_and_is_its_owners(stage: DecisionStage) -> None:
    """C-13, A-10: another version is refused; to others there is no such decision."""
    row = waits(stage)
    with pytest.raises(StaleDecision):
        yes(stage, row, version=2)
    with pytest.raises(NotFound):
        approve(stage.env, "bob", row.id, Adjusted(), None)
    with pytest.raises(NotFound):
        reject(stage.env, "bob", UUID(int=1), None)

    assert stage.last().outcome is AWAITING


def test_a_paused_trader_takes_no_yes(stage: DecisionStage) -> None:
    """C-07: pausing comes first, whoever waited."""
    row = waits(stage)
    pause_trader(stage.env, "alice", row.trader_id)
    with pytest.raises(DecisionOver):
        yes(stage, row)

    assert stage.trades() == []


def test_a_full_trader_queues_and_a_free_slot_decides_anew(stage: DecisionStage) -> None:
    """C-07: waits until its candle's third successor; not executed as stored but asked again."""
    bot = stage.bot(max_positions=1)
    eth = goes_long(stop_loss=3_250, take_profits=[])
    stage.answers(goes_long(), eth)
    stage.decide(bot)
    queued = stage.decide(bot, ETH)
    stage.tick()
    still = stage.deliver()
    stage.answers(says("CLOSE"), says("LONG", stop_loss=3_200, confidence=0.9))
    stage.close_candle()
    stage.tick()
    sent = stage.deliver()
    anew = next(one for one in stage.decisions() if one.id == queued.id)

    assert (queued.outcome, still) == (QUEUED, [])
    assert queued.expires_at == queued.candle + timedelta(minutes=15)
    assert stage.failed(queued) & {"MAX_POSITIONS_TRADER"}
    assert "Trade queued - will execute when position slot available" in stage.told("ai_trade_queued")[0]
    assert sent == [{"outcome": "EXECUTED"}]
    assert (anew.outcome, anew.confidence, anew.version) == (EXECUTED, D("0.9"), 2)
    assert [one.sl_price for one in stage.trades()] == [D(95_000), D(3_200)]


def test_the_best_of_the_queue_comes_first(stage: DecisionStage) -> None:
    """C-07: priority is confidence times setup score."""
    bot = stage.bot(max_positions=1)
    other = stage.bot()
    stage.answers(goes_long())
    stage.decide(bot)
    stage.answers(
        says("LONG", stop_loss=3_250, confidence=0.75), says("LONG", stop_loss=3_251, confidence=0.95)
    )
    worse, better = stage.decide(bot, ETH), stage.decide(bot, ETH)
    stage.answers(says("CLOSE"))
    stage.close_candle()
    stage.tick()
    sent = [payload for job, payload, _ in stage.bus.sent if job == "decide"]

    assert (worse.outcome, better.outcome, other.enabled) == (QUEUED, QUEUED, True)
    assert sent == [{"username": "alice", "queued": str(better.id)}]


def test_what_is_queued_and_never_taken_expires(stage: DecisionStage) -> None:
    """C-13."""
    bot = stage.bot(max_positions=1)
    stage.answers(goes_long(), says("LONG", stop_loss=3_250))
    stage.decide(bot)
    queued = stage.decide(bot, ETH)
    for _ in range(3):
        stage.tick(5)

    assert next(one for one in stage.decisions() if one.id == queued.id).outcome is EXPIRED


def test_a_limit_lapses_with_its_candle(stage: DecisionStage) -> None:
    """C-02: unfilled at the next candle close it is withdrawn; filled before, it stays."""
    bot = stage.bot()
    stage.answers(goes_long(entry_price=95_900), says("LONG", entry_price=3_290, stop_loss=3_250))
    first = stage.decide(bot)
    stage.decide(bot, ETH)
    stage.exchange.move(ETH, 3_280)
    stage.tick(4)
    waiting, filled = stage.trades()
    stage.tick(1)
    stage.sync_coins()
    gone, kept = stage.trades()

    assert first.expires_at == first.candle + timedelta(minutes=5)
    assert (waiting.status, filled.status) == ("PENDING", "OPEN")
    assert (gone.status, gone.close_reason, kept.status) == ("CANCELED", "CANCELED", "OPEN")


def away(*_: object, **__: object) -> None:
    """Stand for a database that has just gone away."""
    raise DatabaseUnavailable


def test_a_yes_that_was_carried_out_is_told_so_though_the_database_has_gone(
    stage: DecisionStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-34, C-07: the order was taken; that nothing was done would have its owner say yes again."""
    row = waits(stage)
    with monkeypatch.context() as gone:
        gone.setattr(approving, "_read", away)
        done = yes(stage, row)

    assert done.outcome is EXECUTED
    assert stage.last().outcome is EXECUTED
    assert len(stage.trades()) == 1

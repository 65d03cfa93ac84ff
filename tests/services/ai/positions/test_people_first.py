"""Its owner's hand on a trader's position comes before the model's and the rules' (C-04, C-07)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.services.ai.positions import carry_changes
from chalicelib.services.ai.positions.answer_changes import veto_change
from chalicelib.services.ai.positions.pause_ai import pause_ai
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.errors import Invalid, NotFound, RiskLimitReached, StaleVersion, TransitionRefused
from chalicelib.store.ai.silenced import read_silenced
from chalicelib.store.database import DatabaseUnavailable
from tests.services.ai.positions.trader_stage import TraderStage, move_stop
from tests.services.coins.exchange import BTC

D = Decimal


def test_a_vetoed_change_never_applies(stage: TraderStage) -> None:
    """C-04: nor does a message or a tick that comes later; the same veto twice is one."""
    trade = stage.with_position()
    stage.propose(trade, move_stop("95000"))
    seen = stage.trade(trade)
    after = stage.veto(seen, seen["version"])
    again = stage.veto(seen, seen["version"])
    stage.tick(2)

    assert [one["state"] for one in stage.changes(trade)] == ["VETOED"]
    assert after["version"] == again["version"] == seen["version"] + 1
    assert stage.stops(trade) == [94000]
    with pytest.raises(TransitionRefused):
        stage.apply(trade)


def test_a_veto_of_what_was_not_seen_is_refused(stage: TraderStage) -> None:
    trade = stage.with_position()
    stage.propose(trade, move_stop("95000"))

    with pytest.raises(StaleVersion):
        stage.veto(trade, trade["version"])
    with pytest.raises(NotFound):  # it is somebody else's
        veto_change(stage.env, "bob", UUID(trade["id"]), UUID(stage.changes(trade)[0]["id"]), None)


def test_its_owner_may_have_a_change_at_once(stage: TraderStage) -> None:
    """C-04: judged anew; what the rules do not allow now is told and waits on."""
    trade = stage.with_position()
    stage.propose(trade, move_stop("95900"))
    stage.exchange.move(BTC, 95_930)
    with pytest.raises(Invalid, match="MIN_SL_DISTANCE"):
        stage.apply(trade)
    assert [one["state"] for one in stage.changes(trade)] == ["PENDING"]

    stage.exchange.move(BTC, 96_000)
    after = stage.apply(trade)

    assert (after["sl_price"], after["override_count"]) == (95900, 0)
    assert stage.stops(trade) == [95900]
    assert stage.apply(trade)["version"] == after["version"]  # asked again it is done


def test_a_change_that_is_under_way_is_told_so_though_the_database_has_gone(
    stage: TraderStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-34, C-04: the stop was moved by then; that nothing was done would be wrong."""
    trade = stage.with_position()
    stage.propose(trade, move_stop("95000"))

    def carries_and_goes(*given: Any) -> Any:  # Any: what it is given and gives
        carry_on(*given)
        raise DatabaseUnavailable

    with monkeypatch.context() as gone:
        gone.setattr(carry_changes, "carry_on", carries_and_goes)
        answered = stage.apply(trade)

    assert answered["id"] == trade["id"]
    assert stage.stops(trade) == [95000]
    assert [one["state"] for one in stage.changes(trade)] == ["APPLIED"]


def test_a_change_by_hand_ends_what_the_model_had_in_mind(stage: TraderStage) -> None:
    """C-04: two at once: the first wins, and its owner is told."""
    trade = stage.with_position()
    stage.propose(trade, move_stop("95000"))
    stage.adjust(stage.trade(trade), new_tp=D(100_000))
    stage.tick(2)

    assert [one["state"] for one in stage.changes(trade)] == ["SUPERSEDED", "APPLIED"]
    assert stage.told("ai_change_updated") == ["AI suggestion updated based on your manual change"]
    assert stage.stops(trade) == [94000]


def test_after_a_stop_set_by_hand_the_model_asks(stage: TraderStage) -> None:
    """C-04: the proposal waits for its owner and is never carried out by itself."""
    trade = stage.with_position(veto_seconds=0)
    stage.adjust(stage.trade(trade), new_sl=D(94_500))
    asked = stage.propose(trade, move_stop("95000"))

    assert (asked.outcome, asked.apply_at) == (DecisionOutcome.AWAITING_APPROVAL, None)
    assert stage.told("ai_change_asks") == ["Manual stop detected. AI suggestion: 95000. Override?"]
    assert stage.stops(trade) == [94500]

    after = stage.apply(trade)

    assert after["sl_price"] == 95000
    assert stage.stops(trade) == [95000]
    stage.advance(300)
    stage.propose(trade, move_stop("95200"))  # the stop is the model's again
    assert stage.stops(trade) == [95200]


def test_a_question_lapses_with_the_next_candle(stage: TraderStage) -> None:
    trade = stage.with_position(veto_seconds=0)
    stage.adjust(stage.trade(trade), new_sl=D(94_500))
    stage.propose(trade, move_stop("95000"))
    stage.tick()

    assert [one["state"] for one in stage.changes(trade)] == ["APPLIED", "FAILED"]
    assert "nobody answered" in stage.changes(trade)[-1]["error"]
    with pytest.raises(TransitionRefused):
        stage.apply(trade)


def test_a_question_of_another_price_is_over(stage: TraderStage) -> None:
    trade = stage.with_position(veto_seconds=0)
    stage.adjust(stage.trade(trade), new_sl=D(94_500))
    stage.propose(trade, move_stop("95000"))
    stage.exchange.move(BTC, 96_481)

    with pytest.raises(TransitionRefused, match="moved away"):
        stage.apply(trade)
    assert stage.stops(trade) == [94500]


def test_a_person_loosens_a_stop_within_what_the_trader_may_risk(stage: TraderStage) -> None:
    """C-04: an override, counted; of 10,000 two per cent are 200: half of a hundredth's fall is less."""
    trade = stage.entered(stage.trader(), "0.1")
    after = stage.adjust(trade, new_sl=D(94_500)).trade
    assert after["override_count"] == 1

    with pytest.raises(RiskLimitReached, match="max_risk_pct"):
        stage.adjust(after, new_sl=D(94_000))
    with pytest.raises(RiskLimitReached):
        stage.adjust(after, new_sl=None)
    assert stage.stops(trade) == [94500]
    assert stage.adjust(after, new_sl=D(94_400)).trade["sl_price"] == 94400


def test_a_close_by_hand_silences_the_symbol_for_its_trader(stage: TraderStage) -> None:
    """C-07."""
    trader = stage.trader()
    trade = stage.entered(trader)
    stage.close_trade(trade, qty=D("0.005"))
    with stage.env.database.transaction("alice") as connection:
        assert read_silenced(connection, "alice", trader.id) == frozenset()

    done = stage.close_trade(stage.trade(trade)).trade

    assert done["close_reason"] == "MANUAL_CLOSE"
    with stage.env.database.transaction("alice") as connection:
        assert read_silenced(connection, "alice", trader.id) == {BTC}


def test_the_models_hand_is_taken_off_a_position(stage: TraderStage) -> None:
    """C-07: what it proposed is over, and it proposes nothing more; the levels stay."""
    trade = stage.with_position()
    stage.propose(trade, move_stop("95000"))
    seen = stage.trade(trade)
    paused = pause_ai(stage.env, "alice", UUID(trade["id"]), paused=True, version=seen["version"]).trade
    stage.tick(2)

    assert (paused["ai_paused"], paused["version"]) == (True, seen["version"] + 1)
    assert [one["state"] for one in stage.changes(trade)] == ["SUPERSEDED"]
    assert stage.stops(trade) == [94000]
    with pytest.raises(TransitionRefused):
        pause_ai(stage.env, "alice", UUID(stage.buy()["id"]), paused=True, version=None)

"""What a model changes of a position: judged, held back for a veto, carried out once (C-03, C-04)."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.ai.decisions.decision import ChangeKind, DecisionOutcome, Modification
from chalicelib.domain.clocks.job_messages import parse_change
from chalicelib.services.ai.positions.carry_changes import carry_change
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.engine import open_engine
from tests.services.ai.positions.trader_stage import TraderStage, move_stop, of_targets, trail
from tests.services.coins.exchange import BTC
from tests.services.test_closing_in_part import Dying, lapse

D = Decimal


def test_a_change_waits_for_its_veto_and_is_carried_out_at_its_time(stage: TraderStage) -> None:
    """C-04: stored with a deadline and armed; until then the position is as it was."""
    trade = stage.with_position()
    now = stage.clock.now()
    proposed = stage.propose(trade, move_stop("95000"))

    (change,) = stage.changes(trade)
    assert (proposed.outcome, proposed.apply_at) == (DecisionOutcome.EXECUTED, now + timedelta(seconds=60))
    assert (change["kind"], change["triggered_by"], change["state"]) == ("MOVE_SL", "AI_ANALYSIS", "PENDING")
    assert (change["before"]["sl_price"], change["after"]["sl_price"]) == (94000, 95000)
    assert stage.stops(trade) == [94000]
    ((job, payload, due_at),) = [one for one in stage.bus.sent if one[0] == "ai_change"]
    assert due_at == proposed.apply_at

    stage.advance(59)
    assert stage.run(job, **payload) == {"state": "PENDING"}  # a message that comes early changes nothing
    stage.advance(1)
    assert stage.run(job, **payload) == {"state": "APPLIED"}

    after = stage.trade(trade)
    assert (after["sl_price"], after["tp_price"], after["override_count"]) == (95000, 99000, 0)
    assert stage.stops(trade) == [95000]
    assert stage.run(job, **payload) == {"state": "APPLIED"}  # twice is once
    assert len(stage.changes(trade)) == 1


def test_the_tick_makes_up_for_a_message_that_was_lost(stage: TraderStage) -> None:
    trade = stage.with_position()
    stage.propose(trade, move_stop("95000"))

    stage.tick(2)

    assert [one["state"] for one in stage.changes(trade)] == ["APPLIED"]
    assert stage.stops(trade) == [95000]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (move_stop("93000"), "STOP_ONLY_TIGHTER"),
        (move_stop("95990"), "MIN_SL_DISTANCE"),
        (of_targets(ChangeKind.ADD_TP, ("96100", "0.5")), "TP_ONLY_EXTENDED"),
        (of_targets(ChangeKind.ADD_TP, ("99500", "0.5")), "TP_BEYOND_FEES"),  # all of it has a target already
    ],
)
def test_a_risky_change_leaves_the_position_as_it_is(
    stage: TraderStage, change: Modification, rule: str
) -> None:
    """C-03: blocked, kept with its reason, told; an inverted or absurd stop never reaches an order."""
    trade = stage.with_position(veto_seconds=0)
    proposed = stage.propose(trade, change)

    assert proposed.outcome is DecisionOutcome.VALIDATION_FAILED
    (kept,) = stage.changes(trade)
    assert kept["state"] == "FAILED"
    assert rule in kept["error"]
    assert stage.stops(trade) == [94000]
    assert stage.told("ai_change_blocked") == ["AI suggested a risky change - blocked by the safety rules"]


def test_without_time_for_a_veto_it_is_carried_out_at_once(stage: TraderStage) -> None:
    trade = stage.with_position(veto_seconds=0)
    (target,) = stage.trade(trade)["targets"]
    stage.propose(
        trade,
        move_stop("95000"),
        of_targets(ChangeKind.MODIFY_TP, ("99500", "0.5"), target_id=target["id"]),
        of_targets(ChangeKind.ADD_TP, ("101000", "0.25")),
    )

    after = stage.trade(trade)
    assert [(one["price"], one["share"]) for one in after["targets"]] == [(99500, 0.5), (101000, 0.25)]
    assert stage.stops(trade) == [95000, 95000, 95000]  # each target's share, and what none is over
    assert [one["kind"] for one in after["changes"]] == ["MOVE_BOTH"]


def test_a_model_changes_a_position_once_in_five_minutes(stage: TraderStage) -> None:
    """C-03: counted from the change that was carried out, at decision and again at its time."""
    trade = stage.with_position(veto_seconds=0)
    stage.propose(trade, move_stop("94500"))
    stage.advance(299)
    blocked = stage.propose(trade, move_stop("95000"))
    stage.advance(1)
    stage.propose(trade, move_stop("95000"))

    assert "CHANGE_INTERVAL" in blocked.validation.errors[0]
    assert [one["state"] for one in stage.changes(trade)] == ["APPLIED", "FAILED", "APPLIED"]


def test_what_holds_no_more_at_its_time_ends_with_the_reason(stage: TraderStage) -> None:
    """C-04: validated anew: the price has come to the stop meanwhile."""
    trade = stage.with_position()
    stage.propose(trade, move_stop("95800"))
    stage.exchange.move(BTC, 95_810)

    stage.tick(2)

    (change,) = stage.changes(trade)
    assert change["state"] == "FAILED"
    assert "MIN_SL_DISTANCE" in change["error"]
    assert stage.stops(trade) == [94000]


def test_a_newer_suggestion_takes_the_place_of_one_that_waits(stage: TraderStage) -> None:
    trade = stage.with_position(veto_seconds=600)
    stage.propose(trade, move_stop("94500"))
    stage.propose(trade, trail("1"))

    first, second = stage.changes(trade)
    assert (first["state"], second["state"], second["kind"]) == ("SUPERSEDED", "PENDING", "TRAIL_SL")
    assert second["after"]["sl_price"] == 95040


def test_a_low_confidence_changes_nothing(stage: TraderStage) -> None:
    trade = stage.with_position(veto_seconds=0)
    proposed = stage.propose(trade, move_stop("95000"), confidence="0.69")

    assert proposed.outcome is DecisionOutcome.BELOW_CONFIDENCE
    assert stage.changes(trade) == []


@pytest.mark.parametrize("calls", range(0, 18, 4))
def test_killed_between_any_two_lines(stage: TraderStage, calls: int) -> None:
    """C-04, I-28: whoever takes over carries it out, once; the position is never without its stop for it."""
    trade = stage.with_position()
    stage.propose(trade, move_stop("95000"))
    ((_, payload, _),) = [one for one in stage.bus.sent if one[0] == "ai_change"]
    stage.advance(60)
    database = Dying(open_engine(stage.urls.jobs), stage.clock)
    database.left = calls
    change = parse_change(payload)
    with suppress(DatabaseUnavailable):
        carry_change(
            replace(stage.jobs, database=database), change.username, change.trade_id, change.change_id
        )
    database.dispose()
    lapse(stage)

    stage.tick()
    stage.tick()

    (kept,) = stage.changes(trade)
    assert (kept["state"], kept["after"]["sl_price"]) == ("APPLIED", 95000)
    assert stage.stops(trade) == [95000]
    assert stage.trade(trade)["sl_price"] == 95000


def test_what_is_left_after_a_target_is_the_models_to_share(stage: TraderStage) -> None:
    """C-02, C-04: half is sold; of the rest the model keeps one target over all of it, and the stop stays."""
    stage.stir()
    trader = stage.trader(breakeven_at_pct=None, veto_seconds=0)
    trade = stage.entered(trader, targets=[("97000", "0.5"), ("98000", "0.5")])
    stage.exchange.move(BTC, 97_100)
    stage.tick()
    stage.tick()
    done, left = stage.trade(trade)["targets"]
    assert (done["state"], left["state"]) == ("FILLED", "OPEN")

    gone = stage.propose(trade, of_targets(ChangeKind.MODIFY_TP, ("99000", "1"), target_id=done["id"]))
    assert gone.outcome is DecisionOutcome.VALIDATION_FAILED  # it is sold
    stage.propose(trade, of_targets(ChangeKind.MODIFY_TP, ("99000", "1"), target_id=left["id"]))

    after = stage.trade(trade)
    assert [(one["price"], one["share"], one["quantity"]) for one in after["targets"]] == [(99000, 1, 0.005)]
    live = {(one["role"], one["quantity"]) for one in after["orders"] if one["status"] == "OPEN"}
    assert live == {("STOP_LOSS", 0.005), ("TAKE_PROFIT", 0.005)}
    stage.advance(300)
    last = of_targets(ChangeKind.CANCEL_TP, target_id=after["targets"][0]["id"])
    taken = stage.propose(trade, last)  # the last one is the model's to move, not to take
    assert "TP_ONLY_EXTENDED" in taken.validation.errors[0]

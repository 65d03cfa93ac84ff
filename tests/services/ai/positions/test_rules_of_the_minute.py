"""What our own rules do each minute with what traders hold (C-01, C-04)."""

from decimal import Decimal
from uuid import UUID

import pytest

from chalicelib.jobs import crypto_tick
from chalicelib.store.ai import closing
from tests.services.ai.positions.trader_stage import TraderStage, move_stop, trail
from tests.services.coins.exchange import BTC

D = Decimal
#: Entered at 96,000 slipped by a tenth of a per cent, both fees of a tenth besides, on the exchange's step.
BREAKEVEN = D("96288.20")


def test_a_stop_is_moved_to_the_entry_and_its_fees_once_the_profit_is_there(stage: TraderStage) -> None:
    """C-01: at 2 per cent of profit, never below; at once, without a veto, and once."""
    trade = stage.with_position(veto_seconds=600)
    stage.exchange.move(BTC, 98_000)
    stage.tick()
    stage.tick()
    assert stage.stops(trade) == [94000]

    stage.exchange.move(BTC, 98_020)
    stage.tick()
    stage.tick()
    stage.tick()

    (change,) = stage.changes(trade)
    assert (change["triggered_by"], change["kind"], change["state"]) == ("RULE_ENGINE", "MOVE_SL", "APPLIED")
    assert stage.stops(trade) == [BREAKEVEN]
    after = stage.trade(trade)
    assert (after["initial_sl"], after["override_count"], after["changes_count"]) == (94000, 0, 1)


def test_a_stop_follows_the_best_price_and_never_falls_back(stage: TraderStage) -> None:
    """C-01, C-04: by the trader's rule, from the best price that was seen."""
    trade = stage.with_position(breakeven_at_pct=None, trailing_pct=1)
    for price, stop in ((96_500, 95535), (97_000, 96030), (96_200, 96030)):
        stage.exchange.move(BTC, price)
        stage.tick()
        stage.tick()
        assert stage.stops(trade) == [stop]
    stage.exchange.move(BTC, 96_000)
    stage.tick()
    stage.tick()

    done = stage.trade(trade)
    # P&L is booked at the price that filled, not at a stop that was moved since.
    assert (done["close_reason"], done["close_price"]) == ("SL_HIT", 96030)
    assert done["realized_pnl"] == -2.58  # 0.66 of price, and the fees of both sides
    assert {one["kind"] for one in stage.changes(trade)} == {"TRAIL_SL"}


def test_a_distance_that_the_model_asked_for_is_followed(stage: TraderStage) -> None:
    """C-04, TRAIL_SL."""
    trade = stage.with_position(breakeven_at_pct=None, veto_seconds=0)
    stage.propose(trade, trail("0.5"))
    assert stage.stops(trade) == [95520]
    assert stage.trade(trade)["trailing_pct"] == 0.5

    stage.exchange.move(BTC, 97_000)
    stage.tick()
    stage.tick()

    assert stage.stops(trade) == [96515]
    assert [one["triggered_by"] for one in stage.changes(trade)] == ["AI_ANALYSIS", "RULE_ENGINE"]


def test_rules_leave_a_stop_where_a_person_set_it(stage: TraderStage) -> None:
    """C-04: unasked neither model nor rules move it."""
    trade = stage.with_position(trailing_pct=1)
    stage.adjust(stage.trade(trade), new_sl=D(95_000))
    stage.exchange.move(BTC, 98_900)
    stage.tick()
    stage.tick()

    assert stage.stops(trade) == [95000]
    assert stage.trade(trade)["trailing_pct"] is None


def test_what_is_held_too_long_is_closed(stage: TraderStage) -> None:
    """C-01: at market, STRATEGY_EXIT, as a change with its reason."""
    trade = stage.with_position(max_holding_minutes=90)
    stage.advance(89 * 60)
    stage.tick()
    assert stage.trade(trade)["status"] == "OPEN"

    stage.tick()

    done = stage.trade(trade)
    assert (done["status"], done["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    assert [(one["kind"], one["reason"]) for one in done["changes"]] == [("CLOSE", "held 90 minutes")]


def test_rules_go_on_while_the_model_is_off_a_position_or_its_change_waits(stage: TraderStage) -> None:
    """C-04, C-07: a change that waits is judged anew from where the rule left the stop."""
    trade = stage.with_position(veto_seconds=150)
    stage.propose(trade, move_stop("95000"))
    stage.exchange.move(BTC, 98_200)
    stage.tick()
    stage.tick()
    assert stage.stops(trade) == [BREAKEVEN]
    stage.advance(60)
    stage.tick()

    assert [one["state"] for one in stage.changes(trade)] == ["FAILED", "APPLIED"]
    assert "BREAKEVEN_LOCK" in stage.changes(trade)[0]["error"]
    assert stage.stops(trade) == [BREAKEVEN]


def test_a_position_shows_how_far_it_ran_and_fell(stage: TraderStage) -> None:
    """C-04: from its own marks and fills; another's peak is not its own."""
    trader = stage.trader(breakeven_at_pct=None)
    first = stage.entered(trader, tp_price="99000")
    stage.exchange.move(BTC, 98_000)
    stage.tick()
    stage.tick()
    stage.close_trade(stage.trade(first))
    second = stage.entered(trader, tp_price="101000", sl_price="97000")
    stage.exchange.move(BTC, 98_500)
    stage.tick()
    stage.tick()
    stage.exchange.move(BTC, 97_500)
    stage.tick()
    stage.tick()

    before, now = stage.trade(first), stage.trade(second)
    assert now["entry_price"] == 98049
    assert (now["max_gain"], now["drawdown_from_peak"]) == (4.51, -10)
    assert now["r_planned"] == 2.8132  # 2,951 of reward for 1,049 of risk
    assert now["r_achieved"] == -0.5234
    assert before["r_planned"] == 1.3855
    assert (before["r_achieved"], before["drawdown_from_peak"]) == (0.7925, -0.96)


def test_a_part_that_is_closed_leaves_the_rest_with_stop_and_targets(stage: TraderStage) -> None:
    """Complaint: a partial close removed stop and target, and the rest ran bare."""
    stage.stir()
    trade = stage.entered(
        stage.trader(breakeven_at_pct=None), sl_price="94000", targets=[("97000", "0.5"), ("98000", "0.5")]
    )
    stage.exchange.move(BTC, 97_100)
    stage.tick()
    stage.tick()
    held = stage.trade(trade)
    assert (held["open_qty"], held["sl_price"], held["tp_price"]) == (0.005, 94000, 98000)

    stage.close_trade(held, qty=D("0.002"))

    live = [one for one in stage.trade(trade)["orders"] if one["status"] == "OPEN"]
    assert {(one["role"], one["quantity"]) for one in live} == {("STOP_LOSS", 0.003), ("TAKE_PROFIT", 0.003)}


def test_a_defect_in_one_part_of_the_minute_keeps_no_other_from_it(
    stage: TraderStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-36: where fills fail, rules, deadlines and closings go on; what was wrong is raised last."""
    trader = stage.trader()
    trade, other = stage.entered(trader, tp_price="99000"), stage.entered(stage.trader())
    stage.stir()
    stage.propose(trade, move_stop("95000"))
    stage.tick()

    def broken(*_: object) -> None:
        raise LookupError("a defect")

    monkeypatch.setattr(crypto_tick, "tick", broken)
    with stage.env.database.transaction("alice") as connection:
        closing.ask(connection, "alice", [UUID(other["originator_id"])], stage.clock.now())
    with pytest.raises(LookupError):
        stage.tick()

    assert stage.stops(trade) == [95000]
    assert stage.trade(other)["status"] == "CLOSED"

"""A strategy judged before it is stored (B-14): a scan's own word, every stage's besides, and no effect."""

from collections.abc import Iterator
from typing import Any, Final, cast

import pytest

from chalicelib.domain.desk.kill_switch.rows import SwitchMode
from chalicelib.domain.desk.pipeline.evaluate import Decision
from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.services.desk.strategies.preview_strategy import StrategyPreview, preview_strategy
from chalicelib.services.desk.switch.kill_switch import Switching, reset_switch, set_switch
from chalicelib.services.errors import Invalid
from chalicelib.services.market.kept_answers import KeptAnswers
from infra.local.database.migrate import migrate
from infra.local.database.postgres import PostgresCluster, migrated_template, temporary_database
from tests.services.desk.desk_stage import (
    TEN,
    TradierStage,
    add_strategy,
    evaluations,
    scan,
    switch_on,
    told_by_the_operator,
)

CONDOR: Final = StrategyType.IRON_CONDOR


class Desk(TradierStage):
    """A stage with what its API's container has kept."""

    kept: KeptAnswers


@pytest.fixture(scope="module")
def desk(postgres_cluster: PostgresCluster) -> Iterator[Desk]:
    """Ten in the morning of the default day: every gate passes."""
    template = migrated_template(postgres_cluster, migrate)
    with temporary_database(postgres_cluster, template=template) as urls:
        stage = Desk(urls)
        told_by_the_operator(stage)
        stage.go_to(TEN)
        switch_on(stage)
        stage.kept = KeptAnswers(stage.clock)
        yield stage
        stage.close()


def preview(desk: Desk, kind: StrategyType = CONDOR, *, after_s: int = 60, **changes: Any) -> StrategyPreview:
    """Preview what the builder proposes, with changes; `entry` changes its block.

    A minute after the one before, unless said otherwise: so long lasts a share of calls.
    """
    if after_s:
        desk.advance(after_s)
    body: dict[str, Any] = {**proposed_body(kind, "SPY"), "name": ""}  # Any: JSON
    body["entry_conditions"] = {**body["entry_conditions"], **changes.pop("entry", {})}
    return preview_strategy(desk.env, desk.kept, "alice", {**body, **changes})


def stages(found: StrategyPreview) -> dict[str, bool]:
    """Return which stages were asked, and whether each passed."""
    return {one.stage.value: one.passed for one in found.rehearsal.verdicts}


def calls(stage: Desk) -> int:
    """Count what reached the vendors."""
    return sum(cast(int, vendor.calls()["total"]) for vendor in (stage.world.live, stage.world.sandbox))


def test_a_preview_says_what_the_scan_says_and_leaves_nothing(desk: Desk) -> None:
    """B-14, B-02: the same verdicts with the same figures; no row, no order, no trade."""
    found = preview(desk)
    before = (
        evaluations(desk),
        desk.query("select * from paper_trades"),
        desk.query("select * from strategies"),
    )
    strategy = add_strategy(desk)
    scan(desk)
    (row,) = evaluations(desk, strategy_id=strategy.id)
    said = {one.stage.value: (one.passed, dict(one.numbers)) for one in found.rehearsal.verdicts}

    assert before == ([], [], [])
    assert found.rehearsal.evaluation.decision is Decision.ENTER
    assert found.standing == ()
    assert row.decision == "ENTER"
    assert {one["stage"]: one["passed"] for one in row.gates} == {name: one[0] for name, one in said.items()}
    for stage in ("D", "E2", "F", "SIZING"):
        told = next(one["numbers"] for one in row.gates if one["stage"] == stage)
        assert told == said[stage][1]


def test_the_structure_is_drawn_now_and_at_its_expiry(desk: Desk) -> None:
    """B-14, B-04: credit, most to lose, break-evens and today's curve are of the legs that would be sold."""
    picture = preview(desk).picture
    assert picture is not None
    shorts = [leg.strike for leg in picture.legs if leg.units < 0]
    now = {float(price): float(result) for price, result in picture.now}
    at_spot = min(now, key=lambda price: abs(price - picture.spot))
    credit = picture.worth.credit

    assert [float(one) for one in picture.break_evens] == pytest.approx(
        [min(shorts) - credit, max(shorts) + credit], abs=0.01
    )
    assert float(picture.bounds.max_profit or 0) == pytest.approx(credit * 100, abs=0.01)
    assert float(picture.bounds.max_loss or 0) == pytest.approx(picture.worth.max_loss, abs=0.01)
    assert now[at_spot] == pytest.approx((credit - picture.worth.mid_credit) * 100, abs=0.5)
    assert min(now.values()) > -float(picture.bounds.max_loss or 0) - 1
    assert picture.book.before is not None
    assert picture.book.after is not None
    assert picture.book.after.vega < picture.book.before.vega


def test_every_stage_is_asked_past_the_one_that_ends_a_scan(desk: Desk) -> None:
    """B-14: "stopped by spread" and what else would stop it; the scan's own word stays the first failure."""
    found = preview(desk, entry={"adx_max": 1, "min_vrp": 0.9, "liquidity": {"max_spread_pct": 0.01}})
    asked = stages(found)

    assert found.rehearsal.evaluation.reason == "spread too wide"
    assert (asked["C1"], asked["E2"], asked["G3"], asked["EXECUTION"]) == (False, False, True, True)


def test_without_a_structure_only_what_needs_none_is_asked(desk: Desk) -> None:
    """B-16: no candidate, so nothing is drawn, and no stage judges what is not there."""
    found = preview(desk, entry={"min_credit": 90})

    assert found.picture is None
    assert found.rehearsal.evaluation.reason == "every credit is below the minimum"
    assert {"A", "B", "D", "E1", "H"} <= stages(found).keys()
    assert stages(found).keys().isdisjoint({"C1", "G3", "SIZING", "BOOK"})


def test_shares_are_drawn_with_a_covered_call(desk: Desk) -> None:
    """B-01: what is written against shares can lose them, and wins no more than to its strike."""
    picture = preview(desk, StrategyType.COVERED_CALL).picture
    assert picture is not None

    assert picture.bounds.max_profit is not None
    assert picture.bounds.max_loss is not None
    assert float(picture.bounds.max_loss) == pytest.approx(picture.spot * 100, rel=0.05)


def test_what_keeps_it_from_being_scanned_is_told_beside(desk: Desk) -> None:
    """B-02, B-08: its own hours, a broker that is not connected, the kill switch; the stages say on."""
    late = preview(desk, entry={"entry_from": "15:00"})
    away = preview(desk, preferred_broker="tastytrade")
    by_hand = Switching(username="alice", reason="a look round")
    set_switch(desk.env, by_hand, SwitchMode.SAFE_MODE)
    stopped = preview(desk)
    reset_switch(desk.env, by_hand)

    assert [one.cause for one in late.standing] == ["entry_window"]
    assert [one.cause for one in away.standing] == ["not_connected"]
    assert [one.cause for one in stopped.standing] == ["person"]
    assert late.rehearsal.evaluation.decision is Decision.ENTER


def test_typing_on_costs_one_call_a_preview(desk: Desk) -> None:
    """I-26, I-36: chains and the day's facts were just read; the price alone is asked for anew."""
    preview(desk)
    before = calls(desk)
    preview(desk, entry={"short_delta": 0.2}, after_s=0)

    assert calls(desk) - before == 1


def test_what_is_no_strategy_is_refused_by_its_fields(desk: Desk) -> None:
    """B-01: as when it is saved, but for the name, which comes last."""
    with pytest.raises(Invalid) as refused:
        preview(desk, entry={"dte_min": 70})

    assert [one.field for one in refused.value.errors] == ["entry_conditions.dte_min"]

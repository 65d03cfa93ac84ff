"""B-02, B-15: strategies are scanned each minute, decisions stored, entries made through the one door."""

from tests.services.desk.desk_stage import (
    TEN,
    add_strategy,
    desk_trades,
    evaluations,
    scan,
    switch_on,
    told_by_the_operator,
)
from tests.services.stage import Stage


def test_a_condor_on_a_quiet_morning_is_decided_stored_and_entered(stage: Stage) -> None:
    """B-02, I-40: the evaluation passed every gate, and the trade at the broker is the one that it made."""
    stage.go_to(TEN)
    told_by_the_operator(stage)
    strategy = add_strategy(stage)
    switch_on(stage)

    result = scan(stage)

    (row,) = evaluations(stage)
    assert (row.event, row.decision, row.reason) == ("ENTRY_SCAN", "ENTER", "every stage passed"), row.gates
    (trade,) = desk_trades(stage)
    assert row.trade_id == trade.id
    assert (trade.originator_id, trade.structure, trade.status) == (
        str(strategy.id),
        "IRON_CONDOR",
        "PENDING",
    )
    assert result == {
        "users": 1, "strategies": 1, "entered": 1, "rejected": 0, "blocked": 0, "failed": 0
    }  # fmt: skip

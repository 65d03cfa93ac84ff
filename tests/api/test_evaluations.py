"""/api/evaluations: what the desk decided and why, of its owner alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.store.desk.evaluations import link_trade, write_blocks, write_exits
from tests.api.support import Api, User
from tests.domain.desk.desk_support import AT, QUIET, judged
from tests.store.desk_rows import DeskRows
from tests.store.held_trades import hold

MINUTE = timedelta(minutes=1)
TRENDING = replace(QUIET.technicals, adx14=30.0)


@pytest.fixture
def desk(api: Api, alice: User) -> Iterator[DeskRows]:
    """Alice's condor."""
    alice.get("/api/me")
    made = DeskRows(api.urls)
    yield made
    made.close()


def test_an_evaluation_tells_everything_it_rests_on(alice: User, desk: DeskRows) -> None:
    """B-02, B-16: inputs, configuration, every gate with its figures, the order, the trade it made."""
    entered = desk.scanned(AT, desk.row(judged()))
    assert entered is not None
    with desk.app() as connection:
        trade_id = hold(connection)
        link_trade(connection, "alice", entered, trade_id)
    told = alice.get(f"/api/evaluations/{entered}").json

    assert (told["event"], told["decision"], told["reason"]) == ("ENTRY_SCAN", "ENTER", "every stage passed")
    assert (told["strategy_id"], told["trade_id"]) == (str(desk.strategy.id), str(trade_id))
    assert (told["count"], told["first_at"], told["at"]) == (1, "2026-02-19T15:00:00Z", told["first_at"])
    assert told["config"]["strategy"]["name"] == desk.strategy.name
    assert told["inputs"]["facts"]["spot"][0] == 600
    assert [gate["stage"] for gate in told["gates"]][:3] == ["A", "B", "C1"]
    assert all(gate["passed"] for gate in told["gates"])
    assert len(told["proposed_order"]["legs"]) == 4
    assert told["ended_by"] is told["scans"] is None


def test_failures_are_told_with_their_count_and_missing_data_as_such(alice: User, desk: DeskRows) -> None:
    """B-16, complaint: fail-open on missing earnings: they reject, say `missing`, and count as such."""
    for minute in range(3):
        desk.scanned(AT + minute * MINUTE, desk.row(judged(earnings=None)))
    (told,) = alice.get("/api/evaluations").json["items"]

    assert (told["decision"], told["ended_by"], told["count"]) == ("REJECT", "G1", 3)
    assert (told["first_at"], told["at"]) == ("2026-02-19T15:00:00Z", "2026-02-19T15:02:00Z")
    assert told["gates"][-1]["missing"] is True
    assert told["gates"][-1]["numbers"]["known"] is False


def test_blocks_and_exits_are_in_the_same_list(alice: User, desk: DeskRows) -> None:
    """B-16: BLOCKED with its cause, WAIT with the scans held so far; newest first."""
    with desk.app() as connection:
        trade_id = hold(connection)
    with desk.jobs() as connection:
        write_blocks(connection, uuid4(), AT, [desk.block("macro_window", AT, "CPI until 10:00")])
        write_exits(connection, uuid4(), AT + MINUTE, [desk.exit_of(trade_id, "WAIT", "stop_pct", 2)])
    waits, blocked = alice.get("/api/evaluations").json["items"]

    assert (blocked["event"], blocked["decision"], blocked["ended_by"]) == (
        "BLOCKED",
        "BLOCKED",
        "macro_window",
    )
    assert (blocked["reason"], blocked["gates"], blocked["inputs"]) == ("CPI until 10:00", [], None)
    assert (waits["event"], waits["decision"], waits["ended_by"], waits["scans"]) == (
        "EXIT",
        "WAIT",
        "stop_pct",
        2,
    )
    assert waits["trade_id"] == str(trade_id)


def test_evaluations_are_found_by_strategy_decision_and_time(api: Api, alice: User, desk: DeskRows) -> None:
    """B-15: inclusive bounds; a day is New York's."""
    other = DeskRows(api.urls)
    for minute, rows in enumerate((desk, other)):
        rows.scanned(AT + minute * MINUTE, rows.row(judged(technicals=TRENDING)))
    entered = desk.scanned(AT + 2 * MINUTE, desk.row(judged()))
    other.close()

    def found(query: str) -> list[tuple[str, str]]:
        items = alice.get(f"/api/evaluations?{query}").json["items"]
        return [(item["strategy_id"], item["decision"]) for item in items]

    mine, others = str(desk.strategy.id), str(other.strategy.id)
    assert found(f"strategy={mine}") == [(mine, "ENTER"), (mine, "REJECT")]
    assert found("decision=REJECT") == [(others, "REJECT"), (mine, "REJECT")]
    assert found("from=2026-02-19T15:01:00Z&to=2026-02-19T15:01:00Z") == [(others, "REJECT")]
    assert len(found("from=2026-02-19&to=2026-02-19")) == 3
    assert found("from=2026-02-20") == found(f"strategy={uuid4()}") == []
    assert entered is not None


def test_evaluations_are_paged(alice: User, desk: DeskRows) -> None:
    """api.md, Lists."""
    for minute in range(3):
        desk.scanned(AT + minute * MINUTE, desk.row(judged()))
    first = alice.get("/api/evaluations?limit=2").json
    rest = alice.get(f"/api/evaluations?limit=2&cursor={first['next_cursor']}").json
    ats = [item["at"] for item in first["items"] + rest["items"]]

    assert ats == sorted(ats, reverse=True)
    assert len(set(ats)) == 3
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("strategy=condor", "strategy"),
        ("decision=MAYBE", "decision"),
        ("from=yesterday", "from"),
        ("limit=0", "limit"),
        ("cursor=zzz", "cursor"),
        ("stage=A", "stage"),
    ],
)
def test_query_values_have_bounds(anyone: User, query: str, field: str) -> None:
    """422 with the field."""
    assert anyone.get(f"/api/evaluations?{query}").fields == {field}


def test_gates_are_counted_with_what_merged_rows_count(api: Api, alice: User, desk: DeskRows) -> None:
    """B-02: how many scans each gate stopped in 30 days; stopped by data and for want of data apart."""
    api.clock.at = AT + timedelta(days=1)
    for minute in range(4):
        desk.scanned(AT + minute * MINUTE, desk.row(judged(technicals=TRENDING)))
    desk.scanned(AT + 4 * MINUTE, desk.row(judged(vix3m=None)))
    desk.scanned(AT + 5 * MINUTE, desk.row(judged()))
    desk.scanned(AT - timedelta(days=31), desk.row(judged(vix3m=None)))
    answer = alice.get("/api/evaluations/gates").json
    counted = {item.pop("stage"): item for item in answer["items"]}

    assert [*counted][:3] == ["A", "B", "C1"]
    assert len(counted) == 20
    assert counted["A"] == {"passed": 6, "failed": 0, "missing": 0}
    assert counted["E1"] == {"passed": 5, "failed": 0, "missing": 1}
    assert counted["E2"] == {"passed": 1, "failed": 4, "missing": 0}
    assert counted["EXECUTION"] == {"passed": 1, "failed": 0, "missing": 0}
    assert alice.get("/api/evaluations/gates?days=90").json["items"][8]["missing"] == 2
    assert alice.get("/api/evaluations/gates?days=0").fields == {"days"}


def test_nobody_reads_anothers(alice: User, bob: User, desk: DeskRows) -> None:
    """A-10, I-21: bob finds nothing of alice's, by list, by id, by count."""
    evaluation_id = desk.scanned(AT, desk.row(judged()))

    assert alice.get(f"/api/evaluations/{evaluation_id}").status == 200
    assert bob.get(f"/api/evaluations/{evaluation_id}").status == 404
    assert bob.get(f"/api/evaluations?strategy={desk.strategy.id}").json["items"] == []
    assert {item["passed"] for item in bob.get("/api/evaluations/gates").json["items"]} == {0}


def test_a_removed_strategys_evaluations_stay(alice: User, desk: DeskRows) -> None:
    """B-02: every evaluation is stored; what was decided is told after its strategy is gone."""
    evaluation_id = desk.scanned(AT, desk.row(judged()))

    assert alice.delete(f"/api/strategies/{desk.strategy.id}?version=1").status == 204
    assert alice.get(f"/api/evaluations/{evaluation_id}").status == 200

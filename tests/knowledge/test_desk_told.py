"""A-16 over the options desk: strategies, a decision in words, and why a day brought no entry."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.domain.desk.kill_switch.rows import SwitchMode, set_by_person
from chalicelib.store.desk import kill_switch
from chalicelib.store.desk.evaluations import link_trade, write_blocks, write_exits
from tests.api.support import Api
from tests.domain.desk.desk_support import AT, QUIET, judged
from tests.knowledge.conftest import Knowledge
from tests.store.desk_rows import DeskRows
from tests.store.held_trades import hold

MINUTE = timedelta(minutes=1)
TRENDING = replace(QUIET.technicals, adx14=30.0)


@pytest.fixture
def desk(api: Api, alices: Knowledge) -> Iterator[DeskRows]:
    """Alice's condor, at ten in the morning."""
    api.clock.at = AT
    made = DeskRows(api.urls)
    yield made
    made.close()


def reasons(alices: Knowledge, **asked: object) -> tuple[list[str], list[str]]:
    """Return what is said of the day, and of the one strategy."""
    told = alices.ask("why_nothing_traded", **asked)
    (item,) = told["items"]
    return told["reasons"], item["reasons"]


def test_strategies_are_listed_with_the_bots_switch(alices: Knowledge, desk: DeskRows) -> None:
    """Issue 11: what the desk is told to trade."""
    told = alices.ask("list_strategies")

    assert told["bot"] == {"on": False, "since": None}
    assert [(one["id"], one["underlying"]) for one in told["items"]] == [(str(desk.strategy.id), "SPY")]


def test_an_evaluation_is_explained_gate_by_gate(alices: Knowledge, desk: DeskRows) -> None:
    """B-02, I-40: each gate in a sentence with its figures; its inputs judged again say the same."""
    evaluation_id = desk.scanned(AT, desk.row(judged(technicals=TRENDING)))
    told = alices.ask("explain_evaluation", evaluation_id=str(evaluation_id))

    assert told["summary"] == (
        "1 scan from 2026-02-19T15:00:00Z to 2026-02-19T15:00:00Z ended at the regime (E2): "
        "the market trends too strongly."
    )
    assert told["gates"][0] == {
        "stage": "A",
        "title": "the underlying",
        "passed": True,
        "sentence": "The underlying passed (price 600, 4 expirations listed).",
    }
    assert told["gates"][-1]["sentence"].startswith("The regime ended it: the market trends too strongly (")
    assert told["judged_again_says_the_same"] is True


def test_a_trades_evaluation_is_found_by_the_trade(alices: Knowledge, desk: DeskRows) -> None:
    """B-14: every trade links to the evaluation that made it."""
    entered = desk.scanned(AT, desk.row(judged()))
    assert entered is not None
    with desk.app() as connection:
        trade_id, other = hold(connection), hold(connection)
        link_trade(connection, "alice", entered, trade_id)
    told = alices.ask("explain_evaluation", trade_id=str(trade_id))

    assert (told["id"], told["decision"], told["trade_id"]) == (str(entered), "ENTER", str(trade_id))
    assert len(told["proposed_order"]["legs"]) == 4
    assert "no such" in alices.refusal("explain_evaluation", trade_id=str(other))
    assert "evaluation_id or trade_id" in alices.refusal("explain_evaluation")


def test_exits_and_blocks_are_explained_too(alices: Knowledge, desk: DeskRows) -> None:
    """B-16: WAIT with the scans held so far, EXIT with its cause, BLOCKED with what stood."""
    with desk.app() as connection:
        trade_id = hold(connection)
    waits, blocked = desk.exit_of(trade_id, "WAIT", "stop_pct", 2), desk.block("macro_window", AT, "CPI")
    leaves = desk.exit_of(trade_id, "EXIT", "zero_dte_buffer", 0)
    with desk.jobs() as connection:
        write_exits(connection, uuid4(), AT, [waits, leaves])
        write_blocks(connection, uuid4(), AT, [blocked])

    def summary(evaluation_id: object) -> str:
        told = alices.ask("explain_evaluation", evaluation_id=str(evaluation_id))
        assert told["judged_again_says_the_same"] is None
        return str(told["summary"])

    assert summary(waits.id).startswith("stop_pct has held on 2 scans running")
    assert "to leave at 2026-02-19T15:00:00Z for zero_dte_buffer" in summary(leaves.id)
    assert "left out for macro_window: CPI." in summary(blocked.id)


def test_why_it_did_not_trade_has_an_answer(alices: Knowledge, desk: DeskRows) -> None:
    """B-02, complaint: "why did it not trade?" without an answer: gates that ended scans, and blocks."""
    alices.api.user("alice").post("/api/bot/on")
    for minute in range(3):
        desk.scanned(AT + minute * MINUTE, desk.row(judged(technicals=TRENDING)))
    desk.scanned(AT + 3 * MINUTE, desk.row(judged(earnings=None)))
    with desk.jobs() as connection:
        write_blocks(
            connection, uuid4(), AT + 4 * MINUTE, [desk.block("macro_window", AT, "CPI until 16:30")]
        )
    general, of_it = reasons(alices)
    stops = alices.ask("why_nothing_traded")["items"][0]["stopped_by"]

    assert general == []
    assert of_it == [
        "3 scans ended at the regime (E2): the market trends too strongly; last at 2026-02-19T15:02:00Z.",
        "1 scan left out for macro_window: CPI until 16:30; last at 2026-02-19T15:04:00Z.",
        "1 scan ended at earnings (G1): earnings dates not known, and what is not known lets nothing be "
        "entered; last at 2026-02-19T15:03:00Z.",
    ]
    assert [(one["cause"], one["scans"], one["missing"]) for one in stops] == [
        ("E2", 3, False),
        ("macro_window", 1, False),
        ("G1", 1, True),
    ]


def test_what_stops_all_strategies_is_said_once(api: Api, alices: Knowledge, desk: DeskRows) -> None:
    """B-08, B-15: the bot's switch and each row of the kill switch, with what ends it."""
    row = set_by_person(SwitchMode.SAFE_MODE, "holiday", "alice", AT)
    with desk.app() as connection:
        kill_switch.insert_row(connection, "alice", row, uuid4())
    general, of_it = reasons(alices)

    assert general == [
        "The bot was never switched on, so that nothing is scanned for entries.",
        "The kill switch is in safe_mode since 2026-02-19T15:00:00Z (user, person: holiday), set by alice; "
        "it ends when: a person resets it.",
    ]
    assert of_it == ["No scan of it is stored."]


def test_another_day_and_a_day_without_a_session_can_be_asked_for(
    api: Api, alices: Knowledge, desk: DeskRows
) -> None:
    """Days are New York's."""
    desk.scanned(AT, desk.row(judged(technicals=TRENDING)))
    api.clock.at = AT + timedelta(days=2)
    today, _ = reasons(alices)
    _, before = reasons(alices, day="2026-02-19")
    later, _ = reasons(alices, day="2026-02-23")

    assert today[0] == "The market has no session on 2026-02-21."
    assert "ended at the regime" in before[0]
    assert later[0] == "The session of 2026-02-23 begins at 2026-02-23T14:30:00Z."


def test_entries_that_were_decided_are_told_with_what_became_of_them(
    alices: Knowledge, desk: DeskRows
) -> None:
    """B-05: a walk that ended without a fill, and a decision that no trade came of."""
    entered = desk.scanned(AT, desk.row(judged()))
    assert entered is not None
    desk.scanned(AT + MINUTE, desk.row(judged()))
    with desk.app() as connection:
        trade_id = hold(connection)
        link_trade(connection, "alice", entered, trade_id)
    _, of_it = reasons(alices)

    assert of_it[0].endswith(f"trade {trade_id} is OPEN.")
    assert "no trade came of it" in of_it[1]
    assert alices.ask("why_nothing_traded")["entries_decided"] == 2


def test_a_disabled_strategy_and_its_window_are_named(alices: Knowledge, desk: DeskRows) -> None:
    """B-01, B-02: scanned only when enabled, inside its own window."""
    user = alices.api.user("alice")
    strategy = user.get(f"/api/strategies/{desk.strategy.id}").json
    strategy["entry_conditions"]["entry_from"] = "10:30"
    user.put(f"/api/strategies/{desk.strategy.id}", {**strategy, "enabled": False})

    assert reasons(alices)[1] == [
        "It is disabled now.",
        "It looks for entries from 10:30 to the close, New York.",
        "No scan of it is stored.",
    ]


def test_rare_reasons_are_summed(alices: Knowledge, desk: DeskRows) -> None:
    """What a model can read: the five most frequent, the rest in a number."""
    with desk.jobs() as connection:
        for number in range(7):
            write_blocks(connection, uuid4(), AT + number * MINUTE, [desk.block(f"cause_{number}", AT)])

    assert reasons(alices)[1][-1] == "2 scans more ended for 2 other reasons."


def test_nobody_learns_of_anothers_desk(alices: Knowledge, bobs: Knowledge, desk: DeskRows) -> None:
    """A-10, I-21."""
    evaluation_id = desk.scanned(AT, desk.row(judged()))

    assert bobs.ask("list_strategies")["items"] == []
    assert bobs.ask("why_nothing_traded")["items"] == []
    assert "There is no strategy." in bobs.ask("why_nothing_traded")["reasons"]
    assert bobs.refusal("explain_evaluation", evaluation_id=str(evaluation_id)) == bobs.refusal(
        "explain_evaluation", evaluation_id=str(uuid4())
    )

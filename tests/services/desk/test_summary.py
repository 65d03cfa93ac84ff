"""B-13: the desk's day in one info alert, fifteen minutes after the close."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from chalicelib.domain.desk.kill_switch.rows import SwitchMode, set_by_person
from chalicelib.domain.spelling import as_result
from chalicelib.services.desk.told.summarise_desk import words
from chalicelib.store.desk import kill_switch
from chalicelib.store.desk.days import DeskDay
from infra.local.database.postgres import DatabaseUrls
from tests.services.desk.desk_stage import TEN, add_strategy, scan, switch_on, told_by_the_operator
from tests.services.desk.desk_trades import alerts, open_for_desk
from tests.services.stage import Stage, eastern
from tests.services.structures import TODAY


def test_a_day_is_told_once_with_result_trades_and_gates(stage: Stage) -> None:
    """B-13: P&L, what was opened and closed, which gates stopped most; told once however often it runs."""
    stage.go_to(TEN)
    told_by_the_operator(stage)
    strategy = add_strategy(stage, entry={"min_credit": 4.9})
    switch_on(stage)
    trade = open_for_desk(stage, strategy)
    for _ in range(3):
        stage.run("risk_book")
        scan(stage)
        stage.advance(60)
    closed = stage.close_trade(stage.trade(trade)).trade
    assert closed["status"] == "CLOSED"
    stage.run("risk_book")
    held = open_for_desk(stage, strategy)
    stage.go_to(eastern(TODAY, 16, 5))
    assert stage.run("desk_summary") == {"users": 1}
    assert stage.run("desk_summary") == {"skipped": "no desk has anything to tell of today"}

    (told,) = alerts(stage, "desk_summary")
    assert (told.severity, told.username) == ("info", "alice")
    marked = as_result(Decimal(str(stage.trade(held)["unrealized_pnl"] or 0)))
    realized = as_result(Decimal(str(closed["realized_pnl"])))
    assert told.text == (
        f"Feb 19, 2026, the desk: 2 trades opened, 1 closed; realized {realized}; "
        f"1 open position at {marked}; stopped most by F (3)."
    )


def test_a_desk_that_did_nothing_says_nothing(stage: Stage) -> None:
    stage.go_to(eastern(TODAY, 16, 15))

    assert stage.run("desk_summary") == {"skipped": "no desk has anything to tell of today"}


def test_entries_that_were_blocked_all_session_are_told_of(database_urls: DatabaseUrls) -> None:
    """B-13: a warning, with the cause that stood from the open to the close."""
    stage = Stage(database_urls, start=eastern(TODAY, 9, 25))
    try:
        add_strategy(stage)
        switch_on(stage)
        row = set_by_person(SwitchMode.SAFE_MODE, "a quiet day", "alice", stage.clock.now())
        with stage.env.database.transaction("alice") as connection:
            assert kill_switch.insert_row(connection, "alice", row, uuid4())
        for hour, minute in ((9, 31), (12, 0), (15, 59)):
            stage.go_to(eastern(TODAY, hour, minute))
            scan(stage)
        stage.go_to(eastern(TODAY, 16, 15))
        stage.run("desk_summary")

        (told,) = alerts(stage, "entries_blocked")
        assert told.severity == "warning"
        assert "person" in told.text
    finally:
        stage.close()


def test_the_words_of_a_day() -> None:
    day = DeskDay(
        opened=1,
        closed=0,
        realized=Decimal("-12.5"),
        held=2,
        unrealized=Decimal(3),
        stopped=[("E2", 210), ("G3", 98)],
    )

    assert words(date(2026, 2, 19), day) == (
        "Feb 19, 2026, the desk: 1 trade opened, 0 closed; realized −$12.50; "
        "2 open positions at +$3.00; stopped most by E2 (210), G3 (98)."
    )

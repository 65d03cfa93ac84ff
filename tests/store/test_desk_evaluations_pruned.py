"""Decisions of the desk are kept 90 days and 50 MB a user and month; what concerns a trade stays (B-13)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from chalicelib.store.desk.evaluations import link_trade
from chalicelib.store.operations.pruning import FILED, Kept, decisions_beyond, prune_and_tell
from infra.local.database.postgres import DatabaseUrls
from tests.domain.desk.desk_support import AT, QUIET, judged
from tests.store.desk_rows import DeskRows
from tests.store.held_trades import hold

BEYOND = "strategy_evaluations beyond a month's room"
REJECTED = judged(technicals=replace(QUIET.technicals, adx14=30.0))
DAY = timedelta(days=1)


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[DeskRows]:
    """Alice's condor."""
    made = DeskRows(database_urls)
    yield made
    made.close()


def pruned(desk: DeskRows, what: str, *, days_later: int = 0) -> int:
    """Prune one batch as the job does."""
    return prune(desk, FILED[what], days_later=days_later)


def prune(desk: DeskRows, kept: Kept, *, days_later: int) -> int:
    """Prune one batch by these terms."""
    with desk.jobs() as connection:
        return len(prune_and_tell(connection, kept, AT + days_later * DAY))


def test_decisions_go_after_90_days_but_for_what_made_a_trade(desk: DeskRows) -> None:
    """B-13, I-40: an open trade names the evaluation that made it, however long it is held."""
    entered = desk.scanned(AT, desk.row(judged()))
    assert entered is not None
    with desk.app() as connection:
        assert link_trade(connection, "alice", entered, hold(connection))
    desk.scanned(AT + DAY, desk.row(REJECTED))
    desk.scanned(AT + 2 * DAY, desk.row(REJECTED))

    assert pruned(desk, "strategy_evaluations", days_later=90) == 0
    assert pruned(desk, "strategy_evaluations", days_later=92) == 1
    assert [row.decision for row in desk.stored()] == ["ENTER", "REJECT"]


def test_of_a_month_beyond_its_room_the_newest_stay(database_urls: DatabaseUrls, desk: DeskRows) -> None:
    """B-13: 50 MB a user and month; another user's month and another month are left alone."""
    bobs = DeskRows(database_urls, username="bob")
    for number in range(5):
        for rows in (desk, bobs) if number < 2 else (desk,):
            rows.scanned(AT + number * DAY, rows.row(REJECTED))
    desk.scanned(AT + 20 * DAY, desk.row(REJECTED))
    bobs.close()
    with desk.jobs() as connection:
        size = connection.execute(text("select max(pg_column_size(e.*)) from strategy_evaluations e"))
        room = 2 * size.scalar_one()
    tight = Kept(age=FILED[BEYOND].age, delete=decisions_beyond(room, 2))

    assert prune(desk, tight, days_later=20) == 3
    assert prune(desk, tight, days_later=20) == 0
    left = [(row.username, (row.at - AT).days) for row in desk.stored()]
    assert sorted(left) == [("alice", 3), ("alice", 4), ("alice", 20), ("bob", 0), ("bob", 1)]


def test_a_month_within_its_room_is_left_alone(desk: DeskRows) -> None:
    """B-13: nothing goes that has room."""
    desk.scanned(AT, desk.row(REJECTED))

    assert pruned(desk, BEYOND) == 0

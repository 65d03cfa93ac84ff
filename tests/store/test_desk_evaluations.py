"""What scans decided, as rows (B-02): each once, alike failures counted, small, of their owner alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chalicelib.domain.desk.pipeline.company_dates import NextEarnings
from chalicelib.domain.desk.pipeline.evaluate import Evaluation
from chalicelib.domain.desk.pipeline.facts import MacroWindow, Reading
from chalicelib.store.desk.configs import keep_configs
from chalicelib.store.desk.evaluations import link_trade, write_blocks, write_exits, write_scan
from infra.local.database.postgres import DatabaseUrls
from tests.domain.desk.desk_support import AT, EXPIRIES, QUIET, judged
from tests.store.desk_rows import DeskRows
from tests.store.held_trades import hold

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[DeskRows]:
    """Alice with a condor."""
    made = DeskRows(database_urls)
    yield made
    made.close()


def trending(adx: float) -> Evaluation:
    """Return an evaluation that E2 ends."""
    return judged(technicals=replace(QUIET.technicals, adx14=adx))


def backwardation() -> Evaluation:
    """Return an evaluation that E1 ends."""
    return judged(vix=Reading(value=20.0, at=AT))


def test_failures_that_are_alike_and_follow_one_another_are_one_row(desk: DeskRows) -> None:
    """B-02: identical failures in a row are stored once with a count; the figures are the last one's."""
    first = desk.scanned(AT, desk.row(trending(30.0)))
    second = desk.scanned(AT + MINUTE, desk.row(trending(31.0)))
    desk.scanned(AT + 2 * MINUTE, desk.row(backwardation()))
    last = desk.scanned(AT + 3 * MINUTE, desk.row(trending(32.0)))
    rows = desk.stored()

    assert first == second != last
    assert [(row.ended_by, row.count, row.first_at, row.at) for row in rows] == [
        ("E2", 2, AT, AT + MINUTE),
        ("E1", 1, AT + 2 * MINUTE, AT + 2 * MINUTE),
        ("E2", 1, AT + 3 * MINUTE, AT + 3 * MINUTE),
    ]
    assert rows[0].gates[-1]["numbers"]["adx"] == 31.0
    assert rows[0].inputs["facts"]["technicals"]["adx14"] == 31.0


def test_what_differs_in_configuration_or_day_is_a_row_of_its_own(desk: DeskRows) -> None:
    """B-02: a count never spans two versions of what was asked, nor two days of the market."""
    desk.scanned(AT, desk.row(trending(30.0)))
    desk.strategy = replace(desk.strategy, version=2)
    with desk.jobs() as connection:
        other = keep_configs(connection, [desk.config()])[desk.strategy.id]
    desk.scanned(AT + MINUTE, desk.row(trending(30.0), config_id=other))
    desk.scanned(AT + timedelta(days=1), desk.row(trending(30.0), config_id=other))

    assert other != desk.config_id
    assert [row.count for row in desk.stored()] == [1, 1, 1]


def test_missing_data_are_not_counted_with_what_data_say(desk: DeskRows) -> None:
    """B-02: a gate that fails for want of data is told apart from one that fails by them."""
    desk.scanned(AT, desk.row(judged(vix3m=None)))
    desk.scanned(AT + MINUTE, desk.row(backwardation()))

    assert [(row.ended_by, row.is_missing) for row in desk.stored()] == [("E1", True), ("E1", False)]


def test_entries_are_never_counted_together(desk: DeskRows) -> None:
    """I-40: each entry rests on an evaluation of its own."""
    desk.scanned(AT, desk.row(judged()))
    desk.scanned(AT + MINUTE, desk.row(judged()))

    assert [(row.decision, row.count, row.ended_by) for row in desk.stored()] == [("ENTER", 1, None)] * 2


@pytest.mark.parametrize("evaluation", [judged(), trending(30.0)], ids=["enters", "rejects"])
def test_a_scan_that_is_delivered_twice_is_stored_once(desk: DeskRows, evaluation: Evaluation) -> None:
    """B-02: and says so, so that nobody acts on it twice."""
    scan_id = uuid4()
    desk.scanned(AT - MINUTE, desk.row(evaluation))
    first = desk.scanned(AT, desk.row(evaluation), scan_id)
    again = desk.scanned(AT, desk.row(evaluation), scan_id)

    assert first is not None
    assert again is None
    assert sum(row.count for row in desk.stored()) == 2


def test_a_scan_of_many_strategies_is_one_statement(database_urls: DatabaseUrls, desk: DeskRows) -> None:
    """B-02: of several users, each into the row that is its own."""
    bobs = DeskRows(database_urls, username="bob")
    desk.scanned(AT, desk.row(trending(30.0)))
    with desk.jobs() as connection:
        rows = [desk.row(trending(30.0)), bobs.row(judged())]
        stored = write_scan(connection, uuid4(), AT + MINUTE, rows)
    bobs.close()

    assert stored.keys() == {desk.strategy.id, bobs.strategy.id}
    assert {(row.username, row.decision, row.count) for row in desk.stored()} == {
        ("alice", "REJECT", 2),
        ("bob", "ENTER", 1),
    }


def test_a_cause_that_stands_has_one_row_a_strategy(desk: DeskRows) -> None:
    """B-02, B-16: one BLOCKED row per strategy and cause, not one a minute; when it comes again, another."""
    again_since = AT + 10 * MINUTE
    for minute, since in ((0, AT), (1, AT), (2, AT), (11, again_since), (12, again_since)):
        scan_id = uuid4()
        for _ in range(2):
            with desk.jobs() as connection:
                write_blocks(connection, scan_id, AT + minute * MINUTE, [desk.block("macro_window", since)])
    with desk.jobs() as connection:
        write_blocks(connection, uuid4(), AT + 12 * MINUTE, [desk.block("daily_loss", AT)])

    assert [(row.ended_by, row.count, row.first_at, row.at) for row in desk.stored()] == [
        ("macro_window", 3, AT, AT + 2 * MINUTE),
        ("macro_window", 2, AT + 11 * MINUTE, AT + 12 * MINUTE),
        ("daily_loss", 1, AT + 12 * MINUTE, AT + 12 * MINUTE),
    ]


def test_an_exits_cause_has_one_row_whose_scans_rise(desk: DeskRows) -> None:
    """B-16: WAIT with the scans held so far becomes EXIT in that row, for good; a scan twice counts once."""
    with desk.app() as connection:
        trade_id = hold(connection)
    for number, decision in ((1, "WAIT"), (2, "WAIT"), (3, "EXIT"), (1, "WAIT")):
        scan_id = uuid4()
        for _ in range(2):
            with desk.jobs() as connection:
                told = desk.exit_of(trade_id, decision, "stop_pct", number)
                write_exits(connection, scan_id, AT + number * MINUTE, [told])
    (row,) = desk.stored()

    assert (row.event, row.decision, row.ended_by, row.scans, row.count) == ("EXIT", "EXIT", "stop_pct", 3, 3)
    assert (row.first_at, row.at) == (AT + MINUTE, AT + 3 * MINUTE)


def test_a_trade_names_the_one_evaluation_that_made_it(desk: DeskRows) -> None:
    """I-40, B-14: a trade is linked once, to an evaluation that entered."""
    entered = desk.scanned(AT, desk.row(judged()))
    rejected = desk.scanned(AT + MINUTE, desk.row(trending(30.0)))
    other = desk.scanned(AT + 2 * MINUTE, desk.row(judged()))
    assert entered is not None
    assert rejected is not None
    assert other is not None
    with desk.app() as connection:
        first, second = hold(connection), hold(connection)

    def linked(evaluation_id: UUID, trade_id: UUID) -> bool:
        with desk.app() as connection:
            return link_trade(connection, "alice", evaluation_id, trade_id)

    assert linked(entered, first)
    assert not linked(entered, second)
    assert not linked(rejected, second)
    with pytest.raises(IntegrityError):
        linked(other, first)


def test_nobody_links_anothers_evaluation(database_urls: DatabaseUrls, desk: DeskRows) -> None:
    """A-10: bob's call touches nothing of alice's."""
    entered = desk.scanned(AT, desk.row(judged()))
    assert entered
    bobs = DeskRows(database_urls, username="bob")
    with bobs.app() as connection:
        assert not link_trade(connection, "bob", entered, uuid4())
        assert not link_trade(connection, "alice", entered, uuid4())
    bobs.close()


def test_a_row_takes_two_kilobytes_at_most_on_average(desk: DeskRows) -> None:
    """Issue 11: as the database keeps it, with as many entries as rejections of each sort."""
    early = judged(windows=(MacroWindow(name="CPI", starts_at=AT, ends_at=AT + timedelta(hours=1)),))
    late = judged(earnings=NextEarnings(on=EXPIRIES[0]))
    for number, one in enumerate((early, trending(30.0), late, judged())):
        desk.scanned(AT + number * MINUTE, desk.row(one))
    with desk.jobs() as connection:
        size = connection.execute(text("select avg(pg_column_size(e.*)) from strategy_evaluations e"))

    assert size.scalar_one() <= 1800


def test_configurations_are_kept_once_for_each_pair_of_versions(desk: DeskRows) -> None:
    """B-02: rows share what they were made under."""
    with desk.jobs() as connection:
        again = keep_configs(connection, [desk.config()])
    assert again == {desk.strategy.id: desk.config_id}


def test_nothing_to_store_asks_nothing(desk: DeskRows) -> None:
    """A scan without strategies makes no statement."""
    with desk.jobs() as connection:
        assert write_scan(connection, uuid4(), AT, []) == {}
        assert keep_configs(connection, []) == {}
        write_blocks(connection, uuid4(), AT, [])
        write_exits(connection, uuid4(), AT, [])
    assert desk.stored() == []

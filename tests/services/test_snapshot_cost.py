"""What a cycle of snapshots costs in statements (performance.md), counted and not timed."""

import pytest

from chalicelib.services.market import take_snapshots as module
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.store.market import snapshots as written
from chalicelib.store.market.snapshots import SnapshotKind
from infra.bench.statements import Statement, noted
from tests.services.stage import Stage
from tests.services.structures import CALL, LONG, PUT, SHORT, legs_of, structure

TICKERS = ("AAPL", "MSFT", "QQQ")


def of_a_cycle(stage: Stage) -> list[Statement]:
    """Take one cycle's snapshots; returns what it said about them, vendors' budgets left out."""
    env = stage.container.jobs_environment()
    with noted() as said:
        report = take_snapshots(env, open_legs(env), kind=SnapshotKind.INTRADAY, due_at=stage.clock.now())
    assert report.written == report.legs
    about = ("from paper_trades t join trade_legs", "price_snapshots", "update paper_trades", "revisions")
    return [one for one in said if any(words in one.sql for words in about)]


def test_a_cycle_says_the_same_four_statements_however_many_legs_are_held(stage: Stage) -> None:
    """performance.md, snapshot cycle: the legs, their rows, their marks, their portfolios."""
    stage.place(stage.command(stage.contract(TICKERS[0]), qty=1))
    stage.advance(61)
    of_one = of_a_cycle(stage)
    for username, ticker in (("alice", TICKERS[1]), ("bob", TICKERS[2])):
        stage.place(stage.command(stage.contract(ticker), qty=1), username=username)
    stage.advance(61)
    of_three = of_a_cycle(stage)

    assert [one.sql for one in of_three] == [one.sql for one in of_one]
    assert len(of_three) == 4


def test_a_column_is_written_once_for_rows_and_marks(stage: Stage) -> None:
    """performance.md, snapshot cycle: what both statements want is the same text."""
    stage.place(stage.command(stage.contract(TICKERS[0]), qty=1))
    stage.advance(61)
    _, rows, marks, _ = (one.parameters for one in of_a_cycle(stage))

    assert isinstance(rows, dict)
    assert isinstance(marks, dict)
    assert all(marks[name] is rows[name] for name in ("trade_id", "mark_price", "delayed"))


def test_a_cycle_written_in_parts_is_one_cycle(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A-02, W-02: legs of a structure may be written in different parts; its mark is of all of them."""
    condor = ((LONG, PUT, -4), (SHORT, PUT, -2), (SHORT, CALL, 2), (LONG, CALL, 4))
    placed = stage.place(structure(legs_of(stage, *condor), "-0.05"))
    stage.place(stage.command(stage.contract(TICKERS[0]), qty=1))
    stage.advance(61)
    env = stage.container.jobs_environment()
    monkeypatch.setattr(module, "_PART", 1)
    legs = open_legs(env)

    report = take_snapshots(env, [*legs[2:], *legs[:2]], kind=SnapshotKind.INTRADAY, due_at=stage.clock.now())

    assert (report.legs, report.written, report.unusable) == (5, 6, 0)
    (own,) = stage.query(
        "select mark_price from price_snapshots where trade_id = :id and leg_no = 0 order by timestamp desc"
        " limit 1",
        id=placed["id"],
    )
    assert stage.trade(placed)["current_price"] == float(own[0])


def test_the_columns_of_a_snapshot_are_the_tables(stage: Stage) -> None:
    """A-02: a field without its column, or a column that a cycle leaves out, is seen here."""
    columns = stage.query(
        "select column_name, udt_name from information_schema.columns where table_name = 'price_snapshots'"
        " and table_schema = 'public'"
    )
    kinds = {"bool": "boolean", "int2": "smallint", "varchar": "text"}
    table = {row[0]: kinds.get(row[1], row[1]) for row in columns}

    assert {name: written.KINDS[name] for name in written.Snapshot._fields} == {
        name: table[name] for name in written.Snapshot._fields
    }
    assert set(table) - set(written.Snapshot._fields) == set()

"""B-12: a backtest's market out of loaded files; daily facts by who has them, and nothing guessed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from chalicelib.domain.backtest.loading.daily import Kind
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.services.backtests.loaded import LoadedHistory, open_loaded
from chalicelib.services.backtests.no_history import NoHistory
from chalicelib.services.environment import Environment
from chalicelib.store.files.histories import write_daily_facts
from infra.history.chains import LoadTerms, load_chains
from infra.history.daily import load_daily
from infra.local.aws.objects import MemoryObjects
from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from tests.domain.backtest.backtest_support import CONDOR
from tests.history.support import row, table, written
from tests.services.stage import Stage

FIRST, LAST = date(2026, 2, 2), date(2026, 2, 6)
CALENDAR = MarketCalendar()


def strategy(underlying: str = "SPY") -> Strategy:
    found = read_strategy({**CONDOR, "underlying": underlying}, uuid4(), 1)
    assert isinstance(found, Strategy), found
    return found


def asked(source: str, file: str | None = None, underlying: str = "SPY") -> BacktestRequest:
    return BacktestRequest(strategy=strategy(underlying), first=FIRST, last=LAST, source=source, file=file)


def days(*of_month: int, **cells: object) -> list[str]:
    return [row(quote_date=f"2026-02-{day:02}", expiration="2026-03-20", **cells) for day in of_month]


class Shelf:
    """The stage's jobs with a bucket of histories."""

    def __init__(self, stage: Stage, scratch: Path) -> None:
        self.store = MemoryObjects()
        self.env: Environment = replace(stage.container.jobs_environment(), histories=self.store)
        self._scratch = scratch

    def chains(self, name: str, *lines: str) -> None:
        path = table(self._scratch / f"{name}.csv", *lines)
        load_chains([path], LoadTerms(loader="optopsy", name=name), self.store, lambda _: None)

    def daily(self, kind: Kind, symbol: str, *lines: str) -> None:
        for file in load_daily(kind, [written(self._scratch / f"{kind}.csv", lines)], symbol):
            write_daily_facts(self.store, file)

    def open(self, request: BacktestRequest) -> LoadedHistory:
        return open_loaded(self.env, request, CALENDAR)


@pytest.fixture
def shelf(stage: Stage, tmp_path: Path) -> Shelf:
    return Shelf(stage, tmp_path)


def test_chains_are_read_by_day_and_gaps_are_told(shelf: Shelf) -> None:
    shelf.chains(
        "spy", *days(2, 3, 6), row(quote_date="2026-02-06", expiration="2026-03-20", strike=5, bid=9)
    )

    history = shelf.open(asked("optopsy"))

    assert [len(history.chains(date(2026, 2, day))) for day in range(2, 8)] == [1, 1, 0, 0, 1, 0]
    (moment,) = history.chains(FIRST)
    assert (moment.at, moment.spot, moment.bid.tolist()) == (
        datetime(2026, 2, 2, 21, tzinfo=UTC),
        470.10,
        [8.10],
    )
    assert history.notes[:2] == (
        "chains are optopsy/spy of spy.csv, quotes of 16:00",
        "no chains on 2 sessions of the range: 2026-02-04, 2026-02-05",
    )
    assert "crossed: 1 left out, first spy.csv row 5: bid 9, ask 8.2" in history.notes


def test_stored_takes_the_set_with_most_of_the_days_and_a_file_is_named_where_there_are_two(
    shelf: Shelf,
) -> None:
    shelf.chains("short", *days(2))
    shelf.chains("long", *days(2, 3, 4))

    assert shelf.open(asked("stored")).notes[0].startswith("chains are optopsy/long")
    assert shelf.open(asked("optopsy", "short")).notes[0].startswith("chains are optopsy/short")
    with pytest.raises(NoHistory, match="say which file: long, short"):
        shelf.open(asked("optopsy"))
    with pytest.raises(NoHistory, match="orats has no chains of SPY; loaded is optopsy/long, optopsy/short"):
        shelf.open(asked("orats"))
    with pytest.raises(NoHistory, match="stored has no chains of QQQ; loaded is nothing"):
        shelf.open(asked("stored", underlying="QQQ"))


def test_what_was_loaded_comes_before_what_the_product_has(shelf: Shelf, stage: Stage) -> None:
    """Files first; the database's closes, IV and windows; the broker's bars; nobody's is None."""
    shelf.chains("spy", *days(2, 3))
    with stage.container.jobs_environment().database.transaction(None) as connection:
        connection.execute(
            text("insert into index_closes (symbol, day, close, source) values ('VIX', :day, 20.9, 'x')"),
            {"day": FIRST},
        )

    bare = shelf.open(asked("optopsy")).daily
    shelf.daily(Kind.CLOSES, "VIX", "DATE,CLOSE", "2026-02-02,17.5")
    shelf.daily(Kind.BARS, "SPY", "date,open,high,low,close,volume", "2026-02-02,1,2,1,1.5,7")
    loaded = shelf.open(asked("optopsy")).daily

    assert bare.vix is not None
    assert bare.vix.value.tolist() == [20.9]
    assert bare.bars is not None
    assert len(bare.bars.day) > 240, "the broker's history reaches back a year before"
    assert (bare.vix3m, bare.iv) == (None, None)
    assert bare.earnings is not None
    assert bare.earnings.has_none, "a fund tells none"
    assert loaded.vix is not None
    assert loaded.vix.value.tolist() == [17.5]
    assert loaded.bars is not None
    assert loaded.bars.close.tolist() == [1.5]


def test_a_vendor_that_refuses_leaves_the_source_missing_and_says_so(shelf: Shelf, stage: Stage) -> None:
    shelf.chains("spy", *days(2, 3))
    stage.world.faults.arm(Fault(vendor=Vendor.ORATS, kind=FaultKind.STATUS, path="/dailies", times=20))

    history = shelf.open(asked("optopsy"))

    assert history.daily.bars is None
    assert any(note.startswith("bars could not be asked for") for note in history.notes)


def test_a_chain_without_a_price_of_the_underlying_takes_the_days_close(shelf: Shelf) -> None:
    shelf.chains("spy", *days(2, 3, underlying_price=""))
    shelf.daily(Kind.BARS, "SPY", "date,open,high,low,close,volume", "2026-02-02,1,480,1,471.5,7")

    history = shelf.open(asked("optopsy"))

    assert [history.chains(date(2026, 2, day))[0].spot for day in (2, 3)] == [471.5, None]


def test_the_fingerprint_is_the_datas_own(shelf: Shelf) -> None:
    shelf.chains("spy", *days(2, 3))
    first = shelf.open(asked("optopsy")).fingerprint
    again = shelf.open(asked("optopsy")).fingerprint
    shelf.daily(Kind.CLOSES, "VIX", "DATE,CLOSE", "2026-02-02,17.5")
    with_vix = shelf.open(asked("optopsy")).fingerprint
    shelf.chains("spy", *days(2, 3, bid=8.15))

    assert first == again
    assert len({first, with_vix, shelf.open(asked("optopsy")).fingerprint}) == 3


def test_a_part_that_is_damaged_ends_the_backtest_with_its_name(shelf: Shelf) -> None:
    shelf.chains("spy", *days(2, 3))
    history = shelf.open(asked("optopsy"))
    (part,) = (key for key in shelf.store.keys("history/") if key.endswith(".npz"))
    shelf.store.put_stream(part, [b""], content_type="application/octet-stream")

    with pytest.raises(NoHistory, match="its bytes are not those that were written"):
        history.chains(FIRST)

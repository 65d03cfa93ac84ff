"""Vendor calls of one tick go side by side, and what they bring is booked in order (architecture.md, 22)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock, get_ident
from typing import Any, TypeVar

import pytest

from chalicelib.domain.ports import InTurn, SideBySide
from chalicelib.marketdata.interface import Chain, MarketData, MarketDataError
from chalicelib.observability.facts import bound, present_facts
from chalicelib.services.environment import Environment
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.store.market.snapshots import SnapshotKind
from chalicelib.system import Threads
from infra.local.database.postgres import DatabaseUrls
from tests.services.stage import Stage

T = TypeVar("T")
TICKERS = ("AAPL", "MSFT", "QQQ", "SPY", "IWM", "NVDA")


class SlowSource:
    """A source that takes a moment, and remembers who asked beside whom."""

    def __init__(self, env: Environment, *, refuses: str = "") -> None:
        self._directory = env.market_data
        self._lock = Lock()
        self._refuses = refuses
        self.at_once = self.most_at_once = 0
        self.threads: set[int] = set()

    def serves_all(self) -> bool:
        return True

    def serves_underlyings_to(self, username: str) -> bool:
        return self._directory.serves_underlyings_to(username)

    def for_user(self, username: str | None, **asked: Any) -> MarketData:  # Any: passed on
        self._source = self._directory.for_user(username, **asked)
        return self  # type: ignore[return-value]  # all of it that a cycle asks for

    def option_quotes(self, ticker: str, symbols: Sequence[str]) -> Chain:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.threads.add(get_ident())
        time.sleep(0.1)
        with self._lock:
            self.at_once -= 1
        if ticker == self._refuses:
            raise MarketDataError("not now")
        return self._source.option_quotes(ticker, symbols)


class Watched:
    """Threads, and how many tasks each tick gave them."""

    def __init__(self) -> None:
        self.tasks: list[int] = []

    def each(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Carry them out side by side."""
        self.tasks.append(len(tasks))
        return Threads().each(tasks)


def cycle(stage: Stage, side_by_side: SideBySide, source: SlowSource) -> list[tuple[Any, ...]]:
    """Take one cycle's snapshots; returns what was written, in the order it was written in."""
    env = stage.container.jobs_environment()
    looked = replace(env, market_data=source, side_by_side=side_by_side)
    due_at = stage.clock.now()
    take_snapshots(looked, open_legs(looked), kind=SnapshotKind.INTRADAY, due_at=due_at)
    rows = stage.query(
        "select trade_id, mark_price, bid, ask, reason from price_snapshots"
        " where kind = 'INTRADAY' and timestamp = :due_at order by ctid",
        due_at=due_at,
    )
    return [tuple(row) for row in rows]


@pytest.fixture
def six_open(stage: Stage) -> Stage:
    """A stage with six trades open."""
    for ticker in TICKERS:
        stage.place(stage.command(stage.contract(ticker), qty=1))
    stage.advance(61)
    return stage


def test_underlyings_are_asked_side_by_side_and_written_as_in_turn(six_open: Stage) -> None:
    """22: one connection to the database, six vendors' calls at once, and the same rows in the same order."""
    env = six_open.container.jobs_environment()
    in_turn, threaded = SlowSource(env, refuses="QQQ"), SlowSource(env, refuses="QQQ")
    first = cycle(six_open, InTurn(), in_turn)
    six_open.advance(40)
    second = cycle(six_open, Threads(), threaded)

    assert (in_turn.most_at_once, threaded.most_at_once) == (1, len(TICKERS))
    assert [row[0] for row in first] == [row[0] for row in second]
    assert [row[-1] for row in first] == [row[-1] for row in second]
    assert sum(row[-1] is None for row in second) == len(TICKERS) - 1


def test_accounts_are_synced_side_by_side_under_their_own_leases(database_urls: DatabaseUrls) -> None:
    """22, I-06: two accounts at a slow broker, by one connection to the database."""
    threads = Watched()
    stage = Stage(database_urls, side_by_side=threads)
    try:
        placed = {name: stage.place_bracketed(username=name) for name in ("alice", "bob")}
        result = stage.sync()

        assert (result["accounts"], result["failed"], threads.tasks) == (2, 0, [2])
        for name, trade in placed.items():
            assert stage.trade(trade, username=name)["status"] == "OPEN"
    finally:
        stage.close()


def test_thirty_calls_of_a_moment_take_a_fifth_of_their_sum() -> None:
    """22: at a second each they end within six."""
    threads = Threads()
    began = time.monotonic()
    answers = threads.each([partial(_after, 0.05, index) for index in range(30)])
    took = time.monotonic() - began

    assert answers == list(range(30))
    assert took < 30 * 0.05 / 5


def test_the_first_failure_in_order_is_raised_when_none_is_running() -> None:
    """A tick that is broken has no thread that works on after it."""
    ended: list[int] = []

    def fail(index: int) -> int:
        time.sleep(0.01 * (3 - index))
        ended.append(index)
        raise ValueError(index)

    with pytest.raises(ValueError, match="0"):
        Threads().each([partial(fail, index) for index in range(3)])
    assert sorted(ended) == [0, 1, 2]


def test_log_lines_of_a_thread_have_the_facts_of_their_run() -> None:
    """A-17: one can follow a run."""
    with bound(run="7"):
        seen = Threads().each([lambda: dict(present_facts()) for _ in range(2)])

    assert seen == [{"run": "7"}] * 2


def _after(seconds: float, answer: T) -> T:
    time.sleep(seconds)
    return answer

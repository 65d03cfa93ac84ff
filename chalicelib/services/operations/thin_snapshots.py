"""Thin what is old (A-01): intraday snapshots by age, and rows that nobody will ask for any more.

A trade's rows are thinned only once forensics has read them (A-09). Work is bounded: one transaction takes
the rows of a few trades of one user in one month, which is one partition; a run that is killed or runs out of
its share is taken up by the next.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.operations.file_decisions import file_batch
from chalicelib.store.database import Isolation
from chalicelib.store.market.thinning import AgedTrade, find_aged_trades, thin_snapshots
from chalicelib.store.operations.job_runs import last_good_instant
from chalicelib.store.operations.pruning import (
    BATCH_ROWS_MAX,
    FILED,
    KEPT,
    forget_free_positions,
    prune_batch,
)

#: A trade's month is some 12,000 rows a leg (585 a day): a transaction sorts 120,000, in about a second.
TRADES_A_BATCH: Final = 10
#: How many batches one table is pruned by in one night; a flood goes over several.
BATCHES_A_NIGHT_MAX: Final = 200
#: Runs overlap by so much: what was analysed while the last one ran is looked at once more.
_OVERLAP: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Rows older than `age` are kept as buckets of `width`."""

    age: timedelta
    width: timedelta


#: A-01, the wider first: what is due for it needs no narrower thinning before.
LEVELS: Final = (
    Level(age=timedelta(days=90), width=timedelta(minutes=5)),
    Level(age=timedelta(days=7), width=timedelta(minutes=1)),
)


@dataclass(slots=True, kw_only=True)
class ThinReport:
    """What one night did: trades looked at, snapshots deleted, rows pruned by what they were."""

    trades: int = 0
    snapshots: int = 0
    pruned: dict[str, int] = field(default_factory=dict)


def thin(env: Environment, now: datetime) -> ThinReport:
    """Thin and prune everything that is due at `now`; a second run at once finds nothing to do."""
    report = ThinReport()
    last = env.database.run(
        lambda connection: last_good_instant(connection, "thin", before=now), username=None
    )
    since = None if last is None else last - _OVERLAP
    for level in LEVELS:
        _thin_level(env, level, now, since, report)
    pruned = {what: _prune(env, partial(prune_batch, kept=kept, now=now)) for what, kept in KEPT.items()}
    pruned |= {what: _prune(env, partial(file_batch, env, kept, now)) for what, kept in FILED.items()}
    pruned["positions of the tier Free"] = _prune(env, partial(forget_free_positions, now=now))
    report.pruned.update((what, count) for what, count in pruned.items() if count)
    return report


def _thin_level(
    env: Environment, level: Level, now: datetime, since: datetime | None, report: ThinReport
) -> None:
    older_than = now - level.age
    aged = env.database.run(
        lambda connection: find_aged_trades(connection, older_than=older_than, age=level.age, since=since),
        username=None,
    )
    report.trades += len(aged)
    for username, of_user in groupby(aged, key=lambda trade: trade.username):
        for trades in _batches(list(of_user)):
            report.snapshots += _thin_batch(env, username, trades, older_than, level.width)


def _thin_batch(
    env: Environment, username: str, trades: Sequence[AgedTrade], older_than: datetime, width: timedelta
) -> int:
    """Thin some trades of one user month by month, each month in a transaction of its own."""
    trade_ids = [trade.id for trade in trades]
    begin = min(trade.entered_at for trade in trades)
    end = min(max(trade.ended_at for trade in trades) + width, _whole_buckets(older_than, width))

    def thin_month(connection: Connection, from_at: datetime, to_at: datetime) -> int:
        return thin_snapshots(connection, trade_ids, from_at=from_at, to_at=to_at, width=width)

    return sum(
        env.database.run(
            partial(thin_month, from_at=from_at, to_at=to_at),
            username=username,
            isolation=Isolation.READ_COMMITTED,
        )
        for from_at, to_at in _months(begin, end)
    )


def _whole_buckets(limit: datetime, width: timedelta) -> datetime:
    """Return where the bucket begins that `limit` lies in: it is left until it is old as a whole."""
    seconds = width.total_seconds()
    return datetime.fromtimestamp(limit.timestamp() // seconds * seconds, UTC)


def _months(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield [begin, end) cut at the firsts of months in UTC, as the partitions are."""
    at = begin.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at < end:
        following = (at + timedelta(days=32)).replace(day=1)
        yield at, min(following, end)
        at = following


def _batches(trades: Sequence[AgedTrade]) -> Iterator[Sequence[AgedTrade]]:
    for start in range(0, len(trades), TRADES_A_BATCH):
        yield trades[start : start + TRADES_A_BATCH]


def _prune(env: Environment, take_batch: Callable[[Connection], int]) -> int:
    """Take batches until one is not full; returns how many rows went."""
    pruned = 0
    for _ in range(BATCHES_A_NIGHT_MAX):
        gone = env.database.run(take_batch, username=None, isolation=Isolation.READ_COMMITTED)
        pruned += gone
        if gone < BATCH_ROWS_MAX:
            break
    return pruned

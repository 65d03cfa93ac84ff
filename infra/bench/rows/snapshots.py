"""A cycle of snapshots over 10,000 open legs against its bare SQL, and bulk writes against COPY."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import psycopg

from chalicelib.services.environment import Environment
from chalicelib.services.market.judge_snapshot import snapshot_of
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.store.database import Isolation
from chalicelib.store.market.open_legs import OpenLeg
from chalicelib.store.market.snapshots import Snapshot, SnapshotKind, write_snapshots
from infra.bench.canned_market import CannedMarket, quote_of
from infra.bench.ground import MORNING, Database, Ground, counted_product, run_sql
from infra.bench.measure import Timing, compared, timed
from infra.bench.relay import talk_of
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.seeding import seed_open_trades, seed_structures
from infra.bench.statements import Statement, noted

_UNDERLYING_PRICE: Final = Decimal("512.34")
_TRADES_A_USER: Final = 50
_LEGS_OF_A_CONDOR: Final = 4


def measure(ground: Ground) -> list[Outcome]:
    """Measure the cycle, then the writing of rows alone."""
    return [*_of_single_legs(ground), *_of_structures(ground)]


def _of_structures(ground: Ground) -> list[Outcome]:
    """Measure the cycle over as many legs, four to a trade."""
    sizes = ground.sizes
    trades = sizes.legs // _LEGS_OF_A_CONDOR
    each = min(_TRADES_A_USER, trades)
    with ground.database() as database, ground.product(database) as product:
        seed_structures(database, users=trades // each, each=each, chains=sizes.chains)
        env = product.container.jobs_environment()
        market = canned_market(open_legs(env))
        row = _cycle(ground, database, replace(env, market_data=market), market)
    return [replace(row, name="snapshot-cycle-structures", what=f"{row.what}, four to a trade")]


def _of_single_legs(ground: Ground) -> list[Outcome]:
    sizes = ground.sizes
    each = min(_TRADES_A_USER, sizes.legs)
    with ground.database() as database, ground.product(database) as product:
        seed_open_trades(database, users=sizes.legs // each, each=each, chains=sizes.chains)
        env = product.container.jobs_environment()
        legs = open_legs(env)
        market = canned_market(legs)
        return [
            _cycle(ground, database, replace(env, market_data=market), market),
            _small_write(ground, database, env, legs),
            _bulk_write(ground, database, env, legs),
        ]


def canned_market(legs: Sequence[OpenLeg], *, answer_seconds: float = 0.0) -> CannedMarket:
    """Return a market that quotes these legs, each answer after this long."""
    quotes: dict[str, dict[str, Any]] = {}  # Any: quotes, by underlying and symbol
    for number, leg in enumerate(legs):
        quotes.setdefault(leg.ticker, {})[leg.symbol] = quote_of(leg.symbol, number, MORNING)
    return CannedMarket(quotes, _UNDERLYING_PRICE, answer_seconds)


def _cycle_of(env: Environment) -> None:
    take_snapshots(env, open_legs(env), kind=SnapshotKind.INTRADAY, due_at=MORNING)


def _cycle(ground: Ground, database: Database, env: Environment, market: CannedMarket) -> Row:
    cycle = partial(_cycle_of, env)
    market.calls = 0
    with noted() as statements:
        cycle()
    calls = market.calls
    _forget(database)
    with counted_product(ground, database) as (counted, relay):
        far = replace(counted.container.jobs_environment(), market_data=market)
        open_legs(far)  # the first connection's own talk is no cycle's
        talk = talk_of(relay, partial(_cycle_of, far))
    with psycopg.connect(database.urls.jobs) as connection:
        ours, floor = compared(
            cycle,
            lambda: _bare(connection, statements),
            rounds=ground.sizes.rounds,
            before_each=lambda: _forget(database),
        )
    return Row(
        name="snapshot-cycle",
        what=f"snapshot cycle, {ground.sizes.legs:,} open legs on {ground.sizes.chains} chains",
        value=ours.wall_ms,
        unit="ms",
        cpu_ms=ours.cpu_ms,
        peer=Peer(name="its bare SQL, parameters ready", value=floor.wall_ms),
        bar=Bar(bound=Bound.RATIO_MOST, limit=1.3),
        detail={
            **talk,
            "vendor_calls": calls,
            "legs_per_second": round(ground.sizes.legs / ours.wall_ms * 1000),
        },
    )


def _bare(connection: "psycopg.Connection[Any]", statements: Sequence[Statement]) -> None:
    """Send the cycle's statements as the driver got them, and fetch what they answer."""
    for statement in statements:
        cursor = statement.run(connection)
        if cursor.description is not None:
            cursor.fetchall()
    connection.commit()


def _forget(database: Database) -> None:
    """Take the rows away again: the same instant a second time would write nothing."""
    run_sql(database, "truncate price_snapshots")


def _small_write(ground: Ground, database: Database, env: Environment, legs: Sequence[OpenLeg]) -> Row:
    snapshots = _snapshots(legs, ground.sizes.small_write_rows)
    taken = _timed_write(ground, database, env, snapshots)
    return Row(
        name="write-small",
        what=f"writing {len(snapshots):,} snapshot rows, committed",
        value=taken.wall_ms,
        unit="ms",
        cpu_ms=taken.cpu_ms,
        bar=Bar(bound=Bound.VALUE_MOST, limit=50.0),
    )


def _timed_write(
    ground: Ground, database: Database, env: Environment, snapshots: Sequence[Snapshot]
) -> Timing:
    timings = compared(
        lambda: _write(env, snapshots),
        lambda: None,
        rounds=ground.sizes.rounds,
        before_each=lambda: _forget(database),
    )
    return timings[0]


def _bulk_write(ground: Ground, database: Database, env: Environment, legs: Sequence[OpenLeg]) -> Row:
    snapshots = _snapshots(legs, ground.sizes.bulk_rows)
    _write(env, snapshots)
    rows = _read_back(database)
    with psycopg.connect(database.urls.jobs) as connection:
        ours, copied = compared(
            lambda: _write(env, snapshots),
            lambda: _copy(connection, rows),
            rounds=ground.sizes.rounds,
            before_each=lambda: _forget(database),
        )
        singles = _timed_way(ground, database, lambda: _many(connection, rows))
    return Row(
        name="write-bulk",
        what=f"writing {len(snapshots):,} snapshot rows, committed",
        value=ours.wall_ms,
        unit="ms",
        cpu_ms=ours.cpu_ms,
        peer=Peer(name="COPY to a temporary table, INSERT ON CONFLICT", value=copied.wall_ms),
        bar=Bar(bound=Bound.RATIO_MOST, limit=1.5),
        detail={
            "rows_per_second": round(len(snapshots) / ours.wall_ms * 1000),
            "copy_rows_per_second": round(len(snapshots) / copied.wall_ms * 1000),
            "executemany_rows_per_second": round(len(snapshots) / singles.wall_ms * 1000),
        },
    )


def _timed_way(ground: Ground, database: Database, work: Callable[[], object]) -> Timing:
    def fresh() -> None:
        _forget(database)
        work()

    return timed(fresh, rounds=max(1, ground.sizes.rounds // 3))


def _snapshots(legs: Sequence[OpenLeg], count: int) -> list[Snapshot]:
    """Return so many snapshots of these legs, as many instants as that takes."""
    market = canned_market(legs)
    found = []
    for number in range(count):
        leg, at = legs[number % len(legs)], MORNING + timedelta(seconds=40 * (number // len(legs)))
        found.append(
            snapshot_of(
                leg,
                market.option_quotes(leg.ticker, []).quotes[leg.symbol],
                kind=SnapshotKind.INTRADAY,
                timestamp=at,
                now=MORNING,
                underlying=_UNDERLYING_PRICE,
            )
        )
    return found


def _write(env: Environment, snapshots: Sequence[Snapshot]) -> None:
    env.database.run(
        lambda connection: write_snapshots(connection, snapshots),
        username=None,
        isolation=Isolation.READ_COMMITTED,
    )


def _read_back(database: Database) -> list[tuple[object, ...]]:
    """Read the written rows as the driver's own values: what COPY and executemany are given."""
    with psycopg.connect(database.superuser) as connection:
        return connection.execute("select * from price_snapshots").fetchall()


def _copy(connection: "psycopg.Connection[Any]", rows: Sequence[tuple[object, ...]]) -> None:
    connection.execute("create temporary table incoming (like price_snapshots) on commit drop")
    with connection.cursor().copy("copy incoming from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute("insert into price_snapshots select * from incoming on conflict do nothing")
    connection.commit()


def _many(connection: "psycopg.Connection[Any]", rows: Sequence[tuple[object, ...]]) -> None:
    places = ", ".join(["%s"] * len(rows[0]))
    statement = f"insert into price_snapshots values ({places}) on conflict do nothing"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement.encode(), rows)
    connection.commit()

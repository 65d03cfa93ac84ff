"""Row security on against off over 1,000,000 snapshots, for what pages ask of the database."""

from collections.abc import Mapping
from typing import Any, Final

import psycopg

from chalicelib.domain.trading.trades import read_statuses
from chalicelib.services.reading.read_trades import TradeFilter, list_trades
from infra.bench.ground import Database, Ground, Product, run_sql
from infra.bench.measure import compared
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.seeding import HERE, seed_open_trades
from infra.bench.statements import Statement, acting_as, noted

USERS: Final = 20
EACH: Final = 50
USERNAME: Final = "user7"
#: A chart and an excursion over all of a user's marks; the list is the product's own statement.
QUERIES: Final[Mapping[str, str]] = {
    "a chart": """
        select * from price_snapshots where trade_id = %(trade_id)s order by "timestamp", kind, leg_no""",
    "a user's marks": """
        select trade_id, count(*), min(mark_price), max(mark_price) from price_snapshots
        where username = %(username)s group by trade_id""",
}
_REPEATS: Final = 3


def measure(ground: Ground) -> list[Outcome]:
    """Measure each query as the application's role, and as one that row security lets through."""
    rows = ground.sizes.policy_rows
    with ground.database() as database, ground.product(database) as product:
        seed_open_trades(database, users=USERS, each=EACH, chains=20)
        _fill(database, rows)
        with acting_as(database.urls.app, USERNAME) as held, _past_row_security(database) as free:
            found = free.execute(
                "select min(id::text)::uuid from paper_trades where username = %s", (USERNAME,)
            ).fetchone()
            assert found is not None
            values = {"username": USERNAME, "trade_id": found[0]}
            asked = [Statement(sql=query, parameters=values) for query in QUERIES.values()]
            names = ["the list of trades", *QUERIES]
            return [
                _row(ground, name, held, free, statement)
                for name, statement in zip(names, [_list_statement(product), *asked], strict=True)
            ]


def _list_statement(product: Product) -> Statement:
    """Return what GET /api/trades sends for the open trades."""
    wanted = TradeFilter(statuses=read_statuses("OPEN"))
    with noted() as statements:
        list_trades(product.container.api_environment(), USERNAME, wanted)
    return next(one for one in statements if "row_to_json" in one.sql)


def _past_row_security(database: Database) -> "psycopg.Connection[Any]":
    """Connect as a role that no policy holds."""
    return psycopg.connect(database.superuser, autocommit=True, prepare_threshold=None)


def _fill(database: Database, rows: int) -> None:
    """Make the month's partition as its first writer would, then fill it."""
    with psycopg.connect(database.urls.jobs) as connection:
        connection.execute("select ensure_snapshot_partition('2026-02-02T15:00:00Z')")
        connection.execute("select ensure_snapshot_partition('2026-03-02T15:00:00Z')")
    words = {"rows": rows, "trades": USERS * EACH}
    run_sql(database, (HERE / "row_security.sql").read_text().format(**words), "vacuum analyze")


def _row(
    ground: Ground,
    name: str,
    held: "psycopg.Connection[Any]",
    free: "psycopg.Connection[Any]",
    statement: Statement,
) -> Row:
    seen = [len(statement.run(connection).fetchall()) for connection in (held, free)]
    if seen[0] != seen[1] or not seen[0]:
        raise AssertionError(f"{name}: {seen[0]} rows with row security, {seen[1]} without")

    def ask(connection: "psycopg.Connection[Any]") -> None:
        for _ in range(_REPEATS):
            statement.run(connection).fetchall()

    ours, floor = compared(lambda: ask(held), lambda: ask(free), rounds=ground.sizes.rounds)
    return Row(
        name=f"row-security: {name}",
        what=f"row security at {ground.sizes.policy_rows:,} rows: {name}",
        value=ours.wall_ms / _REPEATS,
        unit="ms",
        peer=Peer(name="without row security", value=floor.wall_ms / _REPEATS),
        bar=Bar(bound=Bound.RATIO_MOST, limit=1.1),
        detail={"rows_returned": seen[0]},
    )

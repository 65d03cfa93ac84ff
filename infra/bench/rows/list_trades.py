"""`GET /api/trades` with 50 open trades: whole answers against one raw query of the same JSON, and 304s."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import psycopg

from infra.bench.function import Event, Function, get_event
from infra.bench.ground import Ground, Product, counted_product
from infra.bench.measure import compared
from infra.bench.relay import talk_of
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.seeding import seed_open_trades, seed_structures
from infra.bench.statements import Statement, acting_as, noted

USERNAME: Final = "user0"
_CALLS: Final = 10
"""Calls a round: one alone is too short for a clock."""


def measure(ground: Ground) -> list[Outcome]:
    """Measure the list in full, and unchanged."""
    return [*_of_single_legs(ground), *_of_structures(ground)]


def _of_single_legs(ground: Ground) -> list[Outcome]:
    with ground.database() as database, ground.product(database) as product:
        seed_open_trades(database, users=3, each=ground.sizes.open_trades, chains=20)
        polls = Polls(product, USERNAME)
        with counted_product(ground, database) as (counted, relay):
            again = Polls(counted, USERNAME)
            whole, unchanged = talk_of(relay, again.whole), talk_of(relay, again.unchanged)
        with acting_as(database.urls.app, USERNAME) as connection:
            return [
                _whole(ground, polls, connection, whole),
                _unchanged(ground, polls, connection, unchanged),
            ]


def _of_structures(ground: Ground) -> list[Outcome]:
    with ground.database() as database, ground.product(database) as product:
        seed_structures(database, users=3, each=ground.sizes.open_trades, chains=20)
        polls = Polls(product, USERNAME)
        with counted_product(ground, database) as (counted, relay):
            talk = talk_of(relay, Polls(counted, USERNAME).whole)
        with acting_as(database.urls.app, USERNAME) as connection:
            row = _whole(ground, polls, connection, talk)
    return [replace(row, name="list-structures", what=f"{row.what} of four legs")]


class Polls:
    """The list as the page asks for it, with an access token."""

    def __init__(self, product: Product, username: str) -> None:
        self._function = Function(product.context)
        self._token = product.sign_in.access_token(username)
        self._tag = str(self.whole()["headers"]["ETag"])

    def whole(self, *, limit: int = 200) -> Event:
        """Ask for the open trades."""
        query = {"status": "OPEN", "limit": str(limit)}
        return self._function.answer(get_event("/api/trades", token=self._token, query=query))

    def unchanged(self) -> Event:
        """Ask again with the tag that the first answer had."""
        query, held = {"status": "OPEN", "limit": "200"}, {"if-none-match": self._tag}
        return self._function.answer(get_event("/api/trades", token=self._token, query=query, headers=held))


def _whole(
    ground: Ground, polls: Polls, connection: "psycopg.Connection[Any]", talk: Mapping[str, int]
) -> Row:
    with noted() as statements:
        answered = polls.whole()
    bare = next(one for one in statements if "row_to_json" in one.sql)
    items = json.loads(answered["body"])["items"]
    if items != json.loads(_bare_list(bare, connection)):
        raise AssertionError("the raw query does not return the same JSON")

    ours, floor = compared(
        lambda: [polls.whole() for _ in range(_CALLS)],
        lambda: [_bare_list(bare, connection) for _ in range(_CALLS)],
        rounds=ground.sizes.rounds,
    )
    return Row(
        name="list",
        what=f"GET /api/trades, {len(items)} open trades",
        value=ours.wall_ms / _CALLS,
        unit="ms",
        cpu_ms=ours.cpu_ms / _CALLS,
        peer=Peer(name="one raw psycopg query of the same JSON", value=floor.wall_ms / _CALLS),
        bar=Bar(bound=Bound.RATIO_MOST, limit=1.3),
        detail={**talk, "bytes": len(answered["body"])},
    )


def _unchanged(
    ground: Ground, polls: Polls, connection: "psycopg.Connection[Any]", talk: Mapping[str, int]
) -> Row:
    with noted() as statements:
        answered = polls.unchanged()
    assert answered["statusCode"] == 304
    bare = statements[-1]
    ours, floor = compared(
        lambda: [polls.unchanged() for _ in range(_CALLS)],
        lambda: [bare.run(connection).fetchall() for _ in range(_CALLS)],
        rounds=ground.sizes.rounds,
    )
    return Row(
        name="list-unchanged",
        what="GET /api/trades answered 304: one indexed row",
        value=ours.wall_ms / _CALLS,
        unit="ms",
        cpu_ms=ours.cpu_ms / _CALLS,
        peer=Peer(name="its one raw query", value=floor.wall_ms / _CALLS),
        bar=Bar(bound=Bound.VALUE_MOST, limit=30.0),
        detail={**talk, "sql": " ".join(bare.sql.split())},
    )


def _bare_list(statement: Statement, connection: "psycopg.Connection[Any]") -> str:
    return "[" + ",".join(row[2] for row in statement.run(connection)) + "]"

"""Array literals are read by PostgreSQL as the values they were written from."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.store.arrays import array_literal, joined
from infra.local.database.postgres import PostgresCluster

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@pytest.fixture(scope="module")
def connection(postgres_cluster: PostgresCluster) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres_cluster.superuser_url(), autocommit=True) as made:
        yield made


def read_back(
    connection: psycopg.Connection[tuple[object, ...]], kind: str, values: list[object]
) -> list[object]:
    row = connection.execute(
        f"select cast(%s as {kind}[])".encode(), (array_literal(kind, values),)
    ).fetchone()
    assert row is not None
    found = row[0]
    assert isinstance(found, list)
    return found


@QUIET
@given(values=st.lists(st.none() | TEXTS, max_size=6))
def test_texts_come_back_whatever_they_hold(
    connection: psycopg.Connection[tuple[object, ...]], values: list[object]
) -> None:
    assert read_back(connection, "text", values) == values


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", ["NULL", "null", "", " ", "{}", 'a"b', "a\\b", "a,b", "é", None]),
        ("numeric", [Decimal("0.10"), Decimal("1E+3"), Decimal("-0.00000001"), None]),
        ("smallint", [1, 4, None]),
        ("boolean", [True, False, None]),
        ("uuid", [UUID(int=7), None]),
        (
            "timestamptz",
            [
                datetime(2026, 2, 19, 14, 40, 0, 123456, tzinfo=UTC),
                datetime(2026, 2, 19, 9, 40, tzinfo=timezone(timedelta(hours=-5))),
                None,
            ],
        ),
    ],
)
def test_every_kind_comes_back(
    connection: psycopg.Connection[tuple[object, ...]], kind: str, values: list[object]
) -> None:
    assert read_back(connection, kind, values) == values


def test_joined_literals_are_one_array(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    parts = [
        array_literal("text", ["a, b", None]),
        array_literal("text", ['"']),
        array_literal("text", ["{}"]),
    ]
    (row,) = connection.execute("select cast(%s as text[])", (joined(parts),)).fetchall()
    assert row[0] == ["a, b", None, '"', "{}"]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        array_literal("jsonb", [])

"""A-16: structures, short legs and shares that came of them are backed up, restored and held to the laws."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.services.environment import BackupParts
from chalicelib.services.operations.back_up import back_up
from chalicelib.store.files.whole_database import open_snapshot
from infra.local.aws.objects import MemoryObjects
from infra.local.database.postgres import DatabaseUrls, PostgresCluster, temporary_database
from infra.restore.laws import broken_laws
from infra.restore.load import restore
from tests.services.live import go_live
from tests.services.stage import Stage
from tests.services.structures import close_of_now, expire, legs_of, strike, structure
from tests.services.test_structures import vertical
from tests.services.test_structures_analysed import condor, held_and_left

NUMBER = UUID("019c7a00-0000-7000-8000-000000000001")
take = partial(back_up, taken_at=datetime(2026, 2, 20, 7, tzinfo=UTC), number=NUMBER)


@pytest.fixture
def target(postgres_cluster: PostgresCluster) -> Iterator[DatabaseUrls]:
    """Nothing yet."""
    with temporary_database(postgres_cluster) as urls:
        yield urls


def put_assigned(stage: Stage) -> dict[str, Any]:  # Any: JSON
    """Sell a put that ends in the money at a broker that delivers; return the trade with its shares."""
    go_live(stage, allow_market=True)
    stage.set(close_before_expiry=False, heat_limit_pct=Decimal(100))
    legs = legs_of(stage, (LegSide.SHORT, OptionType.PUT, -1))
    placed = stage.place(structure(legs, "0.05", names_legs=True))
    assert placed["structure"] == "SHORT_PUT"
    stage.jump("SPY", float((strike(legs[0]) - 3) / close_of_now(stage)))
    expire(stage)
    held = stage.trade(placed)
    assert [leg["quantity"] for leg in held["legs"]] == [0, 100]
    return held


@pytest.fixture
def kept(stage: Stage) -> Stage:
    """A vertical that was left in two parts, a condor that is held, and a put that was assigned."""
    held_and_left(stage, vertical(stage, qty=2), minutes=1)
    stage.place(condor(stage, qty=2))
    put_assigned(stage)
    return stage


def test_structures_come_back_as_they_were(kept: Stage, target: DatabaseUrls) -> None:
    """A-16: legs, orders' documents and fills by leg round-trip; every law holds there as here."""
    objects = MemoryObjects()
    manifest = take(BackupParts(snapshot=partial(open_snapshot, kept.urls.backup), objects=objects))
    restore(objects, manifest, target.owner, say=lambda _: None)
    again = take(BackupParts(snapshot=partial(open_snapshot, target.backup), objects=MemoryObjects()))

    assert {t.name: t.sha256 for t in again.tables} == {t.name: t.sha256 for t in manifest.tables}
    with psycopg.connect(target.backup) as connection:
        found = connection.execute("select count(*) from orders where legs <> '[]'").fetchone()
        assert found == (3,)
        found = connection.execute("select count(*) from trade_legs where origin = 'ASSIGNED'").fetchone()
        assert found == (1,)
    assert broken_laws(target.owner) == []


#: What a law of one leg alone would not see.
BREAKS: dict[str, LiteralString] = {
    "I-03 a combined": "update fills set quantity = 1 where leg_no = 3",
    "I-13 every fill": "update fills set leg_no = 7 where leg_no = 4",
    "I-13 what is held": "update trade_legs set apart_qty = 99 where origin is not null",
    "I-13 realised": "update fills set price = price + 0.01 where leg_no = 2 and not is_buy",
    "I-38": "update trade_legs set side = 'LONG' where leg_no = 2",
    "W-02": "update trade_legs set entry_price = entry_price + 0.01 where leg_no = 4",
}


@pytest.mark.parametrize("law", BREAKS)
def test_the_laws_look_at_each_leg_of_a_structure(kept: Stage, law: str) -> None:
    """I-13, I-38: what lies apart of one leg is found, and what the product left is whole."""
    owner = kept.urls.owner
    assert broken_laws(owner) == []
    with psycopg.connect(owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for table in ("paper_trades", "orders", "fills", "trade_legs"):
            connection.execute(f"alter table {table} disable trigger user")
        connection.execute(BREAKS[law])

    assert any(broken.law.startswith(law) for broken in broken_laws(owner))

"""A-16: a backup comes back as it was, into an empty database, by its owner's rights alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import LiteralString

import psycopg
import pytest
from alembic import command

from chalicelib.services.environment import BackupParts
from chalicelib.services.operations.back_up import back_up
from chalicelib.store.files.backup_format import BackupDamaged, Manifest, manifest_key
from chalicelib.store.files.whole_database import open_snapshot, partition_month
from infra.local.aws.objects import MemoryObjects
from infra.local.database.migrate import alembic_config, migrate
from infra.local.database.postgres import DatabaseUrls
from infra.restore.laws import broken_laws, law_count
from infra.restore.load import CannotRestore, restore
from tests.backup.conftest import NIGHT, NUMBER
from tests.backup.rows import fill_tables

take = partial(back_up, taken_at=NIGHT, number=NUMBER)
UNFORCED = """
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'username'
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relforcerowsecurity
"""


SPOIL = """
    create function spoil() returns trigger language plpgsql as
        $$ begin new.reason := 'spoiled'; return new; end $$;
    create trigger spoil before insert on orders for each row execute function spoil()
"""


def quiet(_text: str) -> None:
    """Say nothing."""


def test_a_restored_database_is_the_one_that_was_backed_up(parts: BackupParts, target: DatabaseUrls) -> None:
    """A backup of what was restored has the same hash for every table; all laws hold."""
    manifest = take(parts)
    restored = restore(parts.objects, manifest, target.owner, say=quiet)
    again = take(BackupParts(snapshot=partial(open_snapshot, target.backup), objects=MemoryObjects()))

    assert {t.name: t.sha256 for t in again.tables} == {t.name: t.sha256 for t in manifest.tables}
    assert [t.name for t in again.tables] == [t.name for t in manifest.tables]
    assert [t.partitions for t in again.tables] == [t.partitions for t in manifest.tables]
    assert restored.rows == manifest.rows > 30
    assert broken_laws(target.owner) == []
    assert law_count() >= 8


def test_a_restored_database_guards_its_rows_as_before(parts: BackupParts, target: DatabaseUrls) -> None:
    """A-10, I-23: row security is forced again on tables and partitions, ledgers stay unchangeable."""
    restore(parts.objects, take(parts), target.owner, say=quiet)

    with psycopg.connect(target.owner) as connection:
        assert connection.execute(UNFORCED).fetchall() == []
        assert connection.execute("select count(*) from paper_trades").fetchone() == (0,)
    with psycopg.connect(target.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', true)")
        assert connection.execute("select count(*) from price_snapshots").fetchone() == (3,)
        assert connection.execute("select bool_or(is_locked) from paper_trades").fetchone() == (True,)
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update fills set price = 1")


def test_nothing_is_overwritten(parts: BackupParts, filled: DatabaseUrls) -> None:
    with pytest.raises(CannotRestore, match="not empty"):
        restore(parts.objects, take(parts), filled.owner, say=quiet)


def test_a_damaged_backup_leaves_no_row_and_a_whole_one_can_follow(
    parts: BackupParts, target: DatabaseUrls
) -> None:
    """The load is one transaction: what was loaded before the damage was met is gone too."""
    manifest = take(parts)
    last = manifest.tables[-1]
    body = b"".join(parts.objects.read(last.key))
    parts.objects.put_stream(last.key, [body[:-8]], content_type="application/gzip")
    with pytest.raises(BackupDamaged):
        restore(parts.objects, manifest, target.owner, say=quiet)
    parts.objects.put_stream(last.key, [body], content_type="application/gzip")

    assert restore(parts.objects, manifest, target.owner, say=quiet).rows == manifest.rows


def changed(manifest: Manifest, table: str, **values: object) -> Manifest:
    tables = [one.model_copy(update=values) if one.name == table else one for one in manifest.tables]
    return manifest.model_copy(update={"tables": tuple(tables)})


@pytest.mark.parametrize(
    ("what", "why"),
    [("revision", "is unknown here"), ("table", "lacks tables"), ("columns", "not what revision")],
)
def test_a_manifest_that_does_not_fit_its_schema_is_refused(
    parts: BackupParts, target: DatabaseUrls, what: str, why: str
) -> None:
    manifest = take(parts)
    misfits = {
        "revision": manifest.model_copy(update={"revision": "9999"}),
        "table": manifest.model_copy(update={"tables": manifest.tables[1:]}),
        "columns": changed(manifest, "fills", columns=("id",)),
    }

    with pytest.raises(CannotRestore, match=why):
        restore(parts.objects, misfits[what], target.owner, say=quiet)


def test_rows_that_came_out_differently_are_not_kept(parts: BackupParts, target: DatabaseUrls) -> None:
    """The comparison is with the database, not with the file: a trigger that changed a row is found."""
    manifest = take(parts)
    migrate(target.owner)
    with psycopg.connect(target.owner) as connection:
        connection.execute(SPOIL)
    with pytest.raises(CannotRestore, match="orders came out differently"):
        restore(parts.objects, manifest, target.owner, say=quiet)

    with psycopg.connect(target.backup) as connection:
        assert connection.execute("select count(*) from paper_trades").fetchone() == (0,)


def test_a_backup_of_an_older_revision_is_brought_up_to_date(
    empty_database: DatabaseUrls, target: DatabaseUrls
) -> None:
    """It is loaded into the schema of its day, which is then migrated."""
    command.upgrade(alembic_config(empty_database.owner), "0002")
    with psycopg.connect(empty_database.owner) as connection:
        # Reading the revision is granted by a later one.
        connection.execute("grant select on alembic_version to papertape_backup")
    fill_tables(empty_database.owner)
    objects = MemoryObjects()
    manifest = take(BackupParts(snapshot=partial(open_snapshot, empty_database.backup), objects=objects))
    restore(objects, manifest, target.owner, say=quiet)

    assert manifest.revision == "0002"
    assert "tool_calls" not in {table.name for table in manifest.tables}
    with psycopg.connect(target.backup) as connection:
        assert connection.execute("select version_num > '0002' from alembic_version").fetchone() == (True,)
        assert connection.execute("select count(*) from tool_calls").fetchone() == (0,)
        assert connection.execute("select count(*) from paper_trades").fetchone() == (4,)
        sealed = "select distinct broker_mode, sealed from connections"
        assert connection.execute(sealed).fetchall() == [("TRADIER_SANDBOX", "k1:c2VhbGVk")]


def test_triggers_of_the_schema_leave_inserts_alone(database_urls: DatabaseUrls) -> None:
    """What loading rests on: it cannot switch triggers off, and has none to switch off."""
    on_insert = "select tgname from pg_trigger where not tgisinternal and (tgtype & 4) <> 0"
    identities = "select attname from pg_attribute where attidentity <> '' and attrelid > 16384"
    with psycopg.connect(database_urls.owner) as connection:
        assert connection.execute(on_insert).fetchall() == []
        assert connection.execute(identities).fetchall() == []


BREAKS = {
    "I-03": "update orders set filled_quantity = 0.5 where role = 'EXIT'",
    "I-08": "update orders set status = 'OPEN' where role = 'EXIT'",
    "I-13 realised": "update paper_trades set realized_pnl = realized_pnl + 0.01 where is_locked",
    "I-13 a trade's fees": "update paper_trades set fees = 0 where is_locked",
    "I-13 what is held": "delete from fills where not is_buy",
    "I-13 every trade has a leg": "delete from trade_legs",
    "I-13 every fill": "update orders set symbol = 'SPY260320P00600000' where role = 'EXIT'",
    "I-23 the transitions": "delete from state_transitions where to_status = 'CLOSED'",
    "I-23 each transition": "delete from state_transitions where to_status = 'OPEN'",
    "I-21": "alter table fills no force row level security",
}


@pytest.mark.parametrize("law", BREAKS)
def test_each_law_bites(filled: DatabaseUrls, law: str) -> None:
    """A law that a broken row passes unseen proves nothing."""
    assert broken_laws(filled.owner) == []
    with psycopg.connect(filled.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for table in ("paper_trades", "orders", "fills", "state_transitions"):
            connection.execute(f"alter table {table} disable trigger user")
        connection.execute(BREAKS[law])

    assert any(broken.law.startswith(law) for broken in broken_laws(filled.owner))


@pytest.mark.parametrize("sold_to_open", [True, False])
def test_what_is_held_short_was_sold_to_open(filled: DatabaseUrls, sold_to_open: bool) -> None:
    """A-16: shares that a put delivered are sold first; restores that hold some are whole (I-13)."""
    with psycopg.connect(filled.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for table in ("paper_trades", "orders", "fills"):
            connection.execute(f"alter table {table} disable trigger user")
        connection.execute("delete from fills where not is_buy")
        connection.execute("update trade_legs set side = 'SHORT'")
        connection.execute("update fills set is_buy = not %s", [sold_to_open])
        connection.execute(
            "update paper_trades set open_qty = 1, status = 'OPEN', close_reason = null where is_locked"
        )

    held = [broken for broken in broken_laws(filled.owner) if broken.law.startswith("I-13 what is held")]
    assert (held == []) is sold_to_open


#: Makes closed trades verticals whose second leg, of a tenth the size, was sold at 1 and bought back at 0.8.
VERTICAL: tuple[LiteralString, ...] = (
    """insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
                               option_type, strike, expiry)
       select gen_random_uuid(), username, id, 2, 'OPTION', 'SPY260320C00610000', 10, 'SHORT', 1,
              'CALL', 610, '2026-03-20' from paper_trades where is_locked""",
    """insert into orders (id, username, trade_id, role, tag, type, side, symbol, quantity, filled_quantity,
                           duration, status)
       select gen_random_uuid(), username, id, role, gen_random_uuid()::text, 'market', side,
              'SPY260320C00610000', 1, 1, 'day', 'FILLED'
       from paper_trades, (values ('ENTRY', 'sell_to_open'), ('EXIT', 'buy_to_close')) news (role, side)
       where is_locked""",
    """insert into fills (id, username, trade_id, order_id, is_buy, quantity, price, fees, fill_rule,
                          filled_at, order_filled_quantity, leg_no)
       select gen_random_uuid(), username, trade_id, id, role = 'EXIT', 1,
              case role when 'EXIT' then 0.8 else 1 end, 0.35, 'BROKER', now(), 1, 2
       from orders where symbol = 'SPY260320C00610000'""",
    "update paper_trades set fees = 1.4, realized_pnl = 50.6 where is_locked",
)
#: What lies apart over the legs and evens out in the sum of a trade.
COVERED_UP: Mapping[str, LiteralString] = {
    "I-13 what is held": "update fills set leg_no = 1 where leg_no = 2 and is_buy",
    "I-13 realised": "update paper_trades set realized_pnl = 68.6 where is_locked",
    "I-13 every fill": "update fills set leg_no = 3 where leg_no = 2 and is_buy",
}


@pytest.mark.parametrize("law", COVERED_UP)
def test_a_law_looks_at_each_leg(filled: DatabaseUrls, law: str) -> None:
    """I-13: what one leg was bought too much hides no lack of another; each leg has its own multiplier."""
    with psycopg.connect(filled.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for table in ("paper_trades", "orders", "fills"):
            connection.execute(f"alter table {table} disable trigger user")
        for statement in VERTICAL:
            connection.execute(statement)
    assert broken_laws(filled.owner) == []
    with psycopg.connect(filled.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        connection.execute(COVERED_UP[law])

    assert any(broken.law.startswith(law) for broken in broken_laws(filled.owner))


def test_a_partitions_month_stands_in_its_name() -> None:
    assert partition_month("price_snapshots_202612") == datetime(2026, 12, 1, tzinfo=UTC).date()


def test_the_manifests_key_is_under_its_name() -> None:
    assert manifest_key("n") == "backups/n/manifest.json"

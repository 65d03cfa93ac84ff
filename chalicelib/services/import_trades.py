"""Past trades taken over from a spreadsheet: ended, of mode IMPORTED, outside all broker checks.

All or nothing: one row that cannot be read keeps the whole file out. The same row again, in this file's next
version or another file, is found by its fingerprint and left alone.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.money import ZERO
from chalicelib.domain.past_trades import ReadFile, RowFault, read_past_trades
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.past_trades import IDS_A_TRADE, insert_past_trades, known_fingerprints

FAULTS_SHOWN_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What a file holds and what became of it; `imported` is 0 for a dry run."""

    rows: int
    imported: int
    duplicates: int
    total_pnl: Decimal
    faults: tuple[RowFault, ...]
    trade_ids: tuple[UUID, ...]


def import_trades(env: Environment, username: str, text: str, *, dry_run: bool) -> ImportReport:
    """Take a file's trades over, or say what would be taken over. Raises Invalid for a file with faults."""
    read = read_past_trades(text, now=env.clock.now())
    if read.faults and not dry_run:
        raise Invalid([_field_error(fault) for fault in read.faults[:FAULTS_SHOWN_MAX]])
    return env.database.run(
        lambda connection: _import(env, connection, username, read, dry_run=dry_run), username=username
    )


def _field_error(fault: RowFault) -> FieldError:
    place = f"row {fault.row}" + (f", {fault.column}" if fault.column else "")
    return FieldError(field=place, message=fault.message)


def _import(
    env: Environment, connection: Connection, username: str, read: ReadFile, *, dry_run: bool
) -> ImportReport:
    known = known_fingerprints(connection, username, read.trades)
    new = [trade for trade in read.trades if trade.fingerprint not in known]
    taken = [] if dry_run else [(trade, _new_ids(env)) for trade in new]
    insert_past_trades(connection, username, taken)
    return ImportReport(
        rows=len(read.trades) + len({fault.row for fault in read.faults}),
        imported=len(taken),
        duplicates=len(read.trades) - len(new),
        total_pnl=sum((trade.net_pnl for trade in new), ZERO),
        faults=read.faults[:FAULTS_SHOWN_MAX],
        trade_ids=tuple(ids[0] for _, ids in taken),
    )


def _new_ids(env: Environment) -> list[UUID]:
    now = env.clock.now()
    return [env.randomness.uuid7(now) for _ in range(IDS_A_TRADE)]

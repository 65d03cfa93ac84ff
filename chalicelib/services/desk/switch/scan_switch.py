"""The end of a desk scan: what it saw trips the kill switch, or lifts what tripped by itself (B-08)."""

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import ITSELF, SwitchCause, SwitchRow
from chalicelib.domain.desk.kill_switch.tripping import ScanFacts, SwitchUpdate, after_scan
from chalicelib.services.desk.switch.tell_switch import tell_lifted, tell_tripped
from chalicelib.services.environment import Environment
from chalicelib.store.desk import kill_switch as store
from chalicelib.store.desk.kill_switch import Ended
from chalicelib.store.turns import take_turn


def apply_scan(
    env: Environment, connection: Connection, username: str, facts: ScanFacts, calendar: MarketCalendar
) -> SwitchUpdate:
    """Store what a scan makes of a user's switch, and tell them; returns it. The same scan again: nothing.

    Inside the caller's transaction, at READ COMMITTED: it takes the user's turn, so that an entry is counted
    before or after, never beside it.
    """
    take_turn(connection, username)
    store.rows_ahead(connection, username)
    watch = store.read_watch(connection, username)
    rows = store.read_rows_of(connection, username)
    update = after_scan(rows, watch, facts, calendar)
    if update.watch == watch:
        return update
    known = set(rows)
    store.write_watch(connection, username, update.watch)
    store.end_rows(connection, username, update.lifted, Ended(at=facts.scan_at, by=ITSELF, reason="lifted"))
    store.count_rows(connection, username, [row for row in update.rows if _counts(row) and row not in known])
    for row in update.lifted:
        tell_lifted(env, connection, username, row, row.lifts_when)
    for row in update.tripped:
        if store.insert_row(connection, username, row, env.randomness.uuid7(facts.scan_at)):
            tell_tripped(env, connection, username, row)
    return update


def _counts(row: SwitchRow) -> bool:
    """Say whether a row counts towards its lifting: neither a person's nor one that nobody understands."""
    return row.cause not in {SwitchCause.PERSON, SwitchCause.UNREADABLE}

"""Turns per user: who counts against a limit or moves an account does so alone (docs/adr/0003)."""

from typing import Final

from sqlalchemy import Connection, text

from chalicelib.store.ahead import later

_TAKE_TURN: Final = text("select pg_advisory_xact_lock(hashtextextended('limits:' || :username, 0))")


def take_turn(connection: Connection, username: str) -> None:
    """Wait for the user's turn, with what is said next, and keep it until the transaction ends.

    The statements after it see what the turn before wrote only at READ COMMITTED.
    """
    later(connection, _TAKE_TURN, {"username": username})

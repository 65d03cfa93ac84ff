"""Erase who left once their time is up (C-09), and have sold until then what could not be sold at once."""

import logging
from datetime import datetime
from typing import Final

from chalicelib.services.commands.ask_to_close import ask_to_close
from chalicelib.services.environment import Environment
from chalicelib.services.errors import ServiceError
from chalicelib.services.operations.file_decisions import files_of
from chalicelib.store.database import Isolation
from chalicelib.store.users import people as store

_LOG: Final = logging.getLogger("papertape.people")


def erase_leavers(env: Environment, now: datetime) -> int:
    """Erase everybody whose time is up and who holds nothing; returns of how many something went.

    Live records stay as long as this deployment's owner says, reduced; a later night takes them.
    """
    for username in env.database.run(store.read_leavers, username=None):
        _ask_again(env, username)
    kept_since = now.replace(year=now.year - env.live_records_years, day=min(now.day, 28))
    due = env.database.run(lambda connection: store.read_due_leavers(connection, now), username=None)
    return sum(_erase(env, username, kept_since) for username in due)


def _erase(env: Environment, username: str, kept_since: datetime) -> bool:
    """Erase the files of a person, then the rows: killed in between, the next night does both again."""
    if env.backup is not None:
        for key in env.backup.objects.keys(files_of(username)):
            env.backup.objects.delete(key)
    return env.database.run(
        lambda connection: store.erase(connection, username, live_kept_since=kept_since),
        username=username,
        isolation=Isolation.READ_COMMITTED,
    )


def _ask_again(env: Environment, username: str) -> None:
    """Ask for what is still held to be sold; sync carries it out."""
    held = env.database.run(lambda connection: store.open_trades(connection, username), username=username)
    for trade_id in held:
        try:
            ask_to_close(env, username, trade_id)
        except ServiceError as error:
            _LOG.warning("a close of who left is asked for again: %s", type(error).__name__)

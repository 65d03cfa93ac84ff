"""The operator's switch over all traders (C-07): while it is off none enters; what is held is managed on."""

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.store.ai import switches as store


def are_entries_on(env: Environment, username: str) -> bool:
    """Say whether traders may enter."""
    return env.database.read(store.are_entries_on, username=username)


def set_entries(env: Environment, username: str, *, enabled: bool) -> bool:
    """Set whether traders may enter; returns it."""

    def work(connection: Connection) -> bool:
        store.set_entries(connection, enabled=enabled, set_by=username)
        return enabled

    return env.database.run(work, username=username)

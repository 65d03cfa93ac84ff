"""A user's signals, newest first (C-12)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.listing import Listing
from chalicelib.services.requests.places import write_place
from chalicelib.store.ai import signals as store
from chalicelib.store.ai.signals import SignalRow


def list_signals(
    env: Environment,
    username: str,
    *,
    trader_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Listing[SignalRow]:
    """List signals of all traders or one, below a place."""

    def work(connection: Connection) -> list[SignalRow]:
        return store.page(connection, username, trader_id=trader_id, before=before, limit=limit + 1)

    rows = env.database.read(work, username=username)
    last = rows[limit - 1] if len(rows) > limit else None
    next_cursor = None if last is None else write_place(last.at, last.id)
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)

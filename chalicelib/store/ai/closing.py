"""Closing all that traders hold (C-07): since when it is asked for, and what is still open or resting."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, text, update

from chalicelib.domain.trading.orders import OUTSTANDING
from chalicelib.store.literals import in_words
from chalicelib.store.schema import traders

_C: Final = traders.c
_RESTING: Final = f"""exists (
    select from orders o where o.username = t.username and o.trade_id = t.id
      and o.status in ({in_words(OUTSTANDING)}))"""
#: A trade is left when nothing of it is open, nor any order of it rests.
_LEFT: Final = text(
    f"""
    select t.id from paper_trades t
    where t.username = :username and t.originator = 'AI' and t.originator_id = any (:trader_ids)
      and (not t.is_locked or {_RESTING})
    order by t.id
    """  # noqa: S608 - as above
)
#: What a person asked for counts for what was there then; a lock for everything, until it is taken off. The
#: first condition follows from the second: by it the few traders are found among all, and then their trades.
_DUE: Final = text(
    f"""
    select t.id, t.username, r.id as trader_id, r.locked_at is not null as is_locked
    from traders r join paper_trades t
      on t.username = r.username and t.originator = 'AI' and t.originator_id = r.id::text
    where (r.locked_at is not null or r.closing_all_at is not null)
      and (r.locked_at is not null or t.created_at <= r.closing_all_at)
      and (not t.is_locked or {_RESTING})
    order by t.username, t.id
    """  # noqa: S608 - as above
)
_DONE: Final = text(
    f"""
    update traders r set closing_all_at = null
    where r.closing_all_at is not null and not exists (
        select from paper_trades t
        where t.username = r.username and t.originator = 'AI' and t.originator_id = r.id::text
          and t.created_at <= r.closing_all_at and (not t.is_locked or {_RESTING}))
    """  # noqa: S608 - as above
)
_ALL: Final = select(_C.id).where(_C.username == bindparam("of_user"), _C.removed_at.is_(None))


class DueClose(NamedTuple):
    """A trade that is to be closed, and whether its trader's lock asks for it or a person did."""

    id: UUID
    username: str
    trader_id: UUID
    is_locked: bool


def ask(connection: Connection, username: str, trader_ids: Collection[UUID], now: datetime) -> None:
    """Note that everything these traders have open now is to be closed."""
    mine = update(traders).where(_C.username == username, _C.id.in_(trader_ids))
    connection.execute(mine.values(closing_all_at=now))


def read_all(connection: Connection, username: str) -> list[UUID]:
    """Read a user's traders."""
    return list(connection.execute(_ALL, {"of_user": username}).scalars())


def read_left(connection: Connection, username: str, trader_ids: Collection[UUID]) -> list[UUID]:
    """Read which trades of traders have something open or resting."""
    asked = {"username": username, "trader_ids": [str(one) for one in trader_ids]}
    return list(connection.execute(_LEFT, asked).scalars())


def read_due(connection: Connection) -> list[DueClose]:
    """Read what is to be closed and is not yet, of all users; for jobs, that act for nobody."""
    return [DueClose(*row) for row in connection.execute(_DUE)]


def note_done(connection: Connection) -> None:
    """Note where nothing is left of what was to be closed; for jobs."""
    connection.execute(_DONE)

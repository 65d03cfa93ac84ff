"""Trades that a kill switch may concern: entries that are not withdrawn yet, holdings that nothing closes."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.structures.shapes import called
from chalicelib.domain.trading.trades import Originator

_STOPPABLE: Final = text(
    """
    select username, id, originator, status <> 'OPEN' and cancel_requested_at is null as is_entering,
           status <> 'PENDING' and (close_requested_at is null or closing_qty is not null) as is_holding
    from paper_trades
    where not is_locked and status in ('PENDING', 'PARTIALLY_FILLED', 'OPEN')
      and (cast(:username as text) is null or username = :username)
    order by username, id
    """
)
#: A close that the kill switch asked for and that has not begun: it waits for the session.
_WAITING: Final = text(
    """
    select id from paper_trades
    where username = :username and not is_locked and status in ('PARTIALLY_FILLED', 'OPEN')
      and close_requested_at is not null and closing_reason = 'KILL_SWITCH'
    order by id
    """
)
_WHOSE_WAIT: Final = text(
    "select distinct username from paper_trades where not is_locked and close_requested_at is not null "
    "and closing_reason = 'KILL_SWITCH' and status in ('PARTIALLY_FILLED', 'OPEN')"
)
_NAMED: Final = text(
    """
    select t.ticker, t.structure, t.unrealized_pnl, s.name from paper_trades t
    left join strategies s
        on t.originator = 'DESK' and s.id = cast(t.originator_id as uuid) and s.username = t.username
    where t.id = any(:ids) order by t.id
    """
)


class Stoppable(NamedTuple):
    """A trade with what a switch would have to do to it."""

    username: str
    trade_id: UUID
    originator: Originator
    is_entering: bool
    is_holding: bool


def read_stoppable(connection: Connection, username: str | None) -> list[Stoppable]:
    """Read them, of one user or, when None, of all."""
    return [
        Stoppable(row.username, row.id, Originator(row.originator), row.is_entering, row.is_holding)
        for row in connection.execute(_STOPPABLE, {"username": username})
    ]


def waiting_closes(connection: Connection, username: str) -> list[UUID]:
    """Read the trades whose close by the kill switch waits for the session."""
    return list(connection.execute(_WAITING, {"username": username}).scalars())


def users_with_waiting_closes(connection: Connection) -> list[str]:
    """Read who has such a close."""
    return list(connection.execute(_WHOSE_WAIT).scalars())


def told_with_results(connection: Connection, trade_ids: Sequence[UUID]) -> str:
    """Name trades in a sentence, each with its strategy and its open result in dollars, where it has them."""
    rows = connection.execute(_NAMED, {"ids": list(trade_ids)})
    return "; ".join(_told(called(row.ticker, row.structure), row.name, row.unrealized_pnl) for row in rows)


def _told(name: str, strategy: str | None, result: object) -> str:
    whose = "" if strategy is None else f" of {strategy}"
    return f"{name}{whose}" if result is None else f"{name}{whose} ({result:+.2f} $)"

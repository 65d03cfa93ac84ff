"""Shadows whose trade is being left, or has ended: they leave, too (B-11)."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

#: By the index over what has not ended; a live entry that never filled leaves a shadow that did.
_LEFT_BEHIND: Final = text(
    """
    select s.username, s.id, t.closing_hurried_at is not null as is_hurried
    from paper_trades s join paper_trades t on t.id = s.shadow_of
    where s.shadow_of is not null and not s.is_locked and s.open_qty > 0
      and s.status in ('OPEN', 'PARTIALLY_FILLED') and (t.is_locked or t.status = 'CLOSING')
    order by s.username, s.id
    """
)


class LeftBehind(NamedTuple):
    """A shadow that is held while its trade is not; `is_hurried`: that one takes the VIX path."""

    username: str
    id: UUID
    is_hurried: bool


def read_left_behind(connection: Connection) -> Sequence[LeftBehind]:
    """Read everybody's shadows that are to leave, by user."""
    return [LeftBehind._make(row) for row in connection.execute(_LEFT_BEHIND)]

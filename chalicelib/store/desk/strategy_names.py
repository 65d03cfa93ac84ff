"""How an alert names a trade of the desk: what it is of, and of which strategy (B-13)."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.structures.shapes import called

_NAMED: Final = text(
    """
    select t.ticker, t.structure, s.name from paper_trades t
    left join strategies s
        on t.originator = 'DESK' and s.id = cast(t.originator_id as uuid) and s.username = t.username
    where t.id = :id
    """
)


def told_as(connection: Connection, trade_id: UUID) -> str:
    """Return a trade's name in a sentence: `SPY iron condor of Morning condors`."""
    row = connection.execute(_NAMED, {"id": trade_id}).one()
    name = called(row.ticker, row.structure)
    return name if row.name is None else f"{name} of {row.name}"

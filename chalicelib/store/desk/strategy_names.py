"""How an alert names a trade of the desk: what it is of, of which strategy, and why it is left (B-13)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.structures.shapes import called

_NAMED: Final = text(
    """
    select t.ticker, t.structure, s.name, x.state ->> 'leaving' as leaving from paper_trades t
    left join strategies s
        on t.originator = 'DESK' and s.id = cast(t.originator_id as uuid) and s.username = t.username
    left join exit_states x on x.trade_id = t.id
    where t.id = :id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A trade in a sentence: `SPY iron condor of Morning condors`; `leaving` is the cause of its exit."""

    name: str
    leaving: str | None


def told_as(connection: Connection, trade_id: UUID) -> Told:
    """Return what a trade is called."""
    row = connection.execute(_NAMED, {"id": trade_id}).one()
    name = called(row.ticker, row.structure)
    return Told(name=name if row.name is None else f"{name} of {row.name}", leaving=row.leaving)

"""Rows of `trade_amendments`: what a broker's later word would make of a trade. Added, never changed."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, insert, text

from chalicelib.store.schema import trade_amendments

_MAY: Final = text("select has_table_privilege('trade_amendments', 'insert')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What a late fill makes of its trade: dollars net of fees, and what it would hold (negative: short)."""

    id: UUID
    username: str
    trade_id: UUID
    fill_id: UUID
    reason: str
    realized_pnl: Decimal
    held_qty: Decimal


def may_amend(connection: Connection) -> bool:
    """Say whether the role of this connection is the one that may amend."""
    return bool(connection.execute(_MAY).scalar_one())


def insert_amendment(connection: Connection, amendment: Amendment) -> None:
    """Store it."""
    connection.execute(insert(trade_amendments).values(asdict(amendment)))

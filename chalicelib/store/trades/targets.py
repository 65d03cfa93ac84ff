"""Rows of `trade_targets`: at which prices which shares of a trade are to be sold (W-03)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, insert, select, update

from chalicelib.domain.trading.protection import WHOLE, Target
from chalicelib.domain.trading.trades import Trade
from chalicelib.store.ahead import later
from chalicelib.store.schema import trade_targets

_LAST: Final = select(func.coalesce(func.max(trade_targets.c.no), WHOLE)).where(
    trade_targets.c.trade_id == bindparam("trade_id")
)


def last_target_no(connection: Connection, trade_id: UUID) -> int:
    """Read the highest number that a target of this trade ever had; WHOLE where it had none."""
    return int(connection.execute(_LAST, {"trade_id": trade_id}).scalar_one())


def replace_targets(
    connection: Connection, trade: Trade, targets: Sequence[Target], ids: Sequence[UUID], now: datetime
) -> None:
    """Put these targets in the place of those in force, which stay on record."""
    in_force = (trade_targets.c.trade_id == trade.id) & trade_targets.c.replaced_at.is_(None)
    later(connection, update(trade_targets).where(in_force).values(replaced_at=now))
    insert_targets(connection, trade.username, trade.id, targets, ids)


def insert_targets(
    connection: Connection, username: str, trade_id: UUID, targets: Sequence[Target], ids: Sequence[UUID]
) -> None:
    """Put targets in force where there are none."""
    for target, target_id in zip(targets, ids, strict=True):
        row = {"id": target_id, "username": username, "trade_id": trade_id, **written(target)}
        later(connection, insert(trade_targets).values(row))


def written(target: Target) -> dict[str, Any]:  # Any: numbers, and texts that stand for them
    """Return a target as it is kept in documents; exact numbers as texts."""
    return {"no": target.no, "price": str(target.price), "share": str(target.share)}


def targets_from(value: Sequence[Mapping[str, Any]] | None) -> tuple[Target, ...]:  # Any: JSON
    """Read targets from a document."""
    return tuple(
        Target(no=one["no"], price=Decimal(one["price"]), share=Decimal(one["share"])) for one in value or ()
    )

"""Rows of `trade_changes`: changes of stop and target, asked for, under way and settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Connection, RowMapping, Uuid, any_, bindparam, insert, select, update

from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import ChangeState, PendingChange, Trade, Trigger
from chalicelib.store.ahead import later, read_ahead
from chalicelib.store.schema import trade_changes
from chalicelib.store.trades.targets import targets_from, written

#: Put together once: each sync asks for these.
_PENDING: Final = select(trade_changes).where(
    trade_changes.c.trade_id == any_(bindparam("trade_ids", type_=ARRAY(Uuid))),
    trade_changes.c.state == ChangeState.PENDING.value,
)


def insert_change(
    connection: Connection, trade: Trade, change: PendingChange, *, kind: str, reason: str | None
) -> None:
    """Store a change of stop or target that was asked for."""
    later(
        connection,
        insert(trade_changes).values(
            id=change.id,
            username=trade.username,
            trade_id=trade.id,
            at=change.at,
            triggered_by=change.triggered_by,
            kind=kind,
            reason=reason,
            before=_protection_json(change.before),
            after=_protection_json(change.after),
        ),
    )


def settle_change(
    connection: Connection, change_id: UUID, *, state: ChangeState, error: str | None, now: datetime
) -> None:
    """Record how a change ended."""
    later(
        connection,
        update(trade_changes)
        .where(trade_changes.c.id == change_id)
        .values(state=state, error=error, settled_at=now),
    )


def newest_change_state(connection: Connection, trade_id: UUID) -> tuple[ChangeState, str | None]:
    """Read how a trade's newest change of stop or target stands, and why it failed."""
    row = connection.execute(
        select(trade_changes.c.state, trade_changes.c.error)
        .where(trade_changes.c.trade_id == trade_id)
        .order_by(trade_changes.c.id.desc())
        .limit(1)
    ).one()
    return ChangeState(row.state), row.error


def load_pending_change(connection: Connection, trade_id: UUID) -> PendingChange | None:
    """Read the change of stop or target that waits or is under way, if there is one."""
    return load_pending_changes(connection, [trade_id]).get(trade_id)


def load_pending_changes(connection: Connection, trade_ids: Sequence[UUID]) -> dict[UUID, PendingChange]:
    """Read the changes that wait or are under way for these trades; the database allows one each."""
    rows = connection.execute(_PENDING, {"trade_ids": list(trade_ids)}).mappings()
    return {row["trade_id"]: _change_from_row(row) for row in rows}


def changes_ahead(connection: Connection, trade_ids: Sequence[UUID]) -> None:
    """Read the changes that wait or are under way for these trades together with what is read next."""
    read_ahead(connection, _PENDING, {"trade_ids": list(trade_ids)})


def _protection_json(protection: Protection) -> dict[str, Any]:  # Any: JSON
    prices = {
        name: None if price is None else str(price)
        for name, price in (("sl_price", protection.sl_price), ("tp_price", protection.tp_price))
    }
    targets = [written(target) for target in protection.targets]
    return {**prices, "targets": targets} if targets else prices


def _protection_from_json(value: Mapping[str, Any]) -> Protection:  # Any: JSON
    stop, target = value.get("sl_price"), value.get("tp_price")
    return Protection(
        sl_price=None if stop is None else Decimal(stop),
        tp_price=None if target is None else Decimal(target),
        targets=targets_from(value.get("targets")),
    )


def _change_from_row(row: RowMapping) -> PendingChange:
    return PendingChange(
        id=row["id"],
        at=row["at"],
        triggered_by=Trigger(row["triggered_by"]),
        before=_protection_from_json(row["before"]),
        after=_protection_from_json(row["after"]),
    )

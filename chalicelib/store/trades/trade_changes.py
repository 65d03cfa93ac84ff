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
    # What a model proposed is the core's once it is claimed (C-04).
    ~trade_changes.c.waits,
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
            before=protection_json(change.before),
            after=protection_json(change.after, change.trailing_pct),
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


def end_changes(
    connection: Connection, trade_id: UUID, *, state: ChangeState, error: str, now: datetime
) -> None:
    """Record that a trade's changes are over, what is under way and what a model proposed: the trade is."""
    pending = (trade_changes.c.trade_id == trade_id, trade_changes.c.state == ChangeState.PENDING.value)
    later(connection, update(trade_changes).where(*pending).values(state=state, error=error, settled_at=now))


def newest_change_state(connection: Connection, trade_id: UUID) -> tuple[ChangeState, str | None]:
    """Read how the newest change of stop or target that a person asked for stands, and why it failed."""
    row = connection.execute(
        select(trade_changes.c.state, trade_changes.c.error)
        .where(trade_changes.c.trade_id == trade_id, trade_changes.c.triggered_by == Trigger.USER_MANUAL)
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


def protection_json(
    protection: Protection, trailing_pct: Decimal | None = None
) -> dict[str, Any]:  # Any: JSON
    """Return stop and targets as they are kept in documents; exact numbers as texts."""
    prices = {
        name: None if price is None else str(price)
        for name, price in (("sl_price", protection.sl_price), ("tp_price", protection.tp_price))
    }
    targets = [written(target) for target in protection.targets]
    trailing = {} if trailing_pct is None else {"trailing_pct": str(trailing_pct)}
    return {**prices, **trailing, "targets": targets} if targets else {**prices, **trailing}


def protection_from(value: Mapping[str, Any]) -> Protection:  # Any: JSON
    """Read stop and targets from a document."""
    stop, target = value.get("sl_price"), value.get("tp_price")
    return Protection(
        sl_price=None if stop is None else Decimal(stop),
        tp_price=None if target is None else Decimal(target),
        targets=targets_from(value.get("targets")),
    )


def trailing_from(value: Mapping[str, Any]) -> Decimal | None:  # Any: JSON
    """Read from a document at which distance in per cent the stop follows; None for a stop that stands."""
    distance = value.get("trailing_pct")
    return None if distance is None else Decimal(distance)


def _change_from_row(row: RowMapping) -> PendingChange:
    return PendingChange(
        id=row["id"],
        at=row["at"],
        triggered_by=Trigger(row["triggered_by"]),
        before=protection_from(row["before"]),
        after=protection_from(row["after"]),
        trailing_pct=trailing_from(row["after"]),
    )

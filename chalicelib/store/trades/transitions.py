"""Rows of `state_transitions`, written: each step of a trade's life as it is taken (I-23)."""

from uuid import UUID

from sqlalchemy import Connection, insert

from chalicelib.domain.trading.trades import Actor, TradeStatus
from chalicelib.store.ahead import later
from chalicelib.store.schema import state_transitions


def insert_transition(
    connection: Connection,
    username: str,
    trade_id: UUID,
    *,
    transition_id: UUID,
    from_status: TradeStatus | None,
    to_status: TradeStatus,
    actor: Actor,
    reason: str | None,
) -> None:
    """Record one transition; transitions recorded equal the status history (I-23)."""
    later(
        connection,
        insert(state_transitions),
        {
            "id": transition_id,
            "username": username,
            "trade_id": trade_id,
            "from_status": from_status,
            "to_status": to_status,
            "actor": actor,
            "reason": reason,
        },
    )

"""What changes of a trade have in common: find it, check the version, store what was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound, StaleVersion
from chalicelib.services.reading import trade_view
from chalicelib.store.database import Isolation
from chalicelib.store.requests import idempotency
from chalicelib.store.trades.trades import load_trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """What was asked for and stored: the trade, as a value and as its owner reads it."""

    trade: Trade
    view: dict[str, JsonValue]


def locked_trade(connection: Connection, trade_id: UUID, version: int) -> Trade:
    """Read a trade under its row lock; raises NotFound, or StaleVersion with the trade as it stands."""
    trade = load_trade(connection, trade_id, lock=True)
    if trade is None:
        raise NotFound("trade")
    if trade.version != version:
        raise StaleVersion(trade_view.detail_in(connection, trade_id))
    return trade


def store_request(
    env: Environment,
    username: str,
    key: str | None,
    work: Callable[[Connection], Trade],
    *,
    isolation: Isolation = Isolation.REPEATABLE_READ,
) -> Requested:
    """Run the transaction that stores what was asked for, and with it under which idempotency key."""

    def store(connection: Connection) -> Requested:
        trade = work(connection)
        if key is not None:
            idempotency.note_stored(connection, username, key, trade.id)
        return Requested(trade=trade, view=trade_view.detail_in(connection, trade.id))

    return env.database.run(store, username=username, isolation=isolation)


def stored_before(env: Environment, username: str, key: str | None) -> bool:
    """Say whether a call with this key stored its request and died before it could answer (I-02)."""
    if key is None:
        return False
    return env.database.run(
        lambda connection: idempotency.stored_trade(connection, username, key) is not None, username=username
    )

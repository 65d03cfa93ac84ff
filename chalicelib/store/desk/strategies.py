"""Rows of `strategies` (B-01): a user's wishes, versioned; one that is removed keeps its row for its past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, text, update

from chalicelib.domain.desk.strategies.reading import body_of, read_strategy
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue, plain_json
from chalicelib.store.schema import strategies

_C: Final = strategies.c
_BLOCKS: Final = ("entry_conditions", "exit_conditions", "sizing")
_PLAIN: Final = ("name", "type", "underlying", "enabled", "mode", "preferred_broker", "max_positions")
#: Of every trade that a strategy made and that has not ended.
_OPEN_TRADES: Final = text(
    """
    select count(*) from paper_trades
    where username = :username and originator = 'DESK' and originator_id = :strategy_id
      and status in ('PENDING', 'PARTIALLY_FILLED', 'OPEN', 'CLOSING') and shadow_of is null
    """
)
_MAY_ENTER: Final = text(
    """
    select from strategies
    where username = :username and id = :id and version = :version and enabled and removed_at is null
    for share
    """
)


class UnreadableStrategy(ValueError):
    """A stored strategy is none that this code knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRow:
    """A strategy as stored; the blocks are its body's, numbers as JSON has them."""

    id: UUID
    username: str
    version: int
    name: str
    type: str
    underlying: str
    enabled: bool
    mode: str
    preferred_broker: str
    max_positions: int
    entry_conditions: Mapping[str, JsonValue]
    exit_conditions: Mapping[str, JsonValue]
    sizing: Mapping[str, JsonValue]
    created_at: datetime
    updated_at: datetime

    @property
    def body(self) -> dict[str, JsonValue]:
        """Return what its owner may change, as a body of the API."""
        return {name: getattr(self, name) for name in (*_PLAIN, *_BLOCKS)}

    def read(self) -> Strategy:
        """Return the strategy; raises UnreadableStrategy."""
        found = read_strategy(self.body, self.id, self.version)
        if isinstance(found, Strategy):
            return found
        raise UnreadableStrategy("; ".join(f"{fault.field} {fault.message}" for fault in found))


def count(connection: Connection, username: str) -> int:
    """Return how many strategies a user has."""
    mine = select(func.count()).where(_C.username == username, _C.removed_at.is_(None))
    return int(connection.execute(mine).scalar_one())


def count_open_trades(connection: Connection, username: str, strategy_id: UUID) -> int:
    """Return how many trades of a strategy have not ended."""
    asked = {"username": username, "strategy_id": str(strategy_id)}
    return int(connection.execute(_OPEN_TRADES, asked).scalar_one())


def add(connection: Connection, username: str, strategy: Strategy) -> StrategyRow:
    """Store a new strategy."""
    values = {"id": strategy.id, "username": username, "version": strategy.version}
    stored = insert(strategies).values(**values, **stored_body(strategy)).returning(strategies)
    return _from_row(connection.execute(stored).one())


def write(connection: Connection, username: str, strategy: Strategy) -> StrategyRow:
    """Put a strategy, with its version, in the place of the stored one."""
    changed = update(strategies).where(_C.username == username, _C.id == strategy.id)
    values = {**stored_body(strategy), "version": strategy.version, "updated_at": func.papertape_now()}
    return _from_row(connection.execute(changed.values(**values).returning(strategies)).one())


def disable(connection: Connection, username: str, strategy_id: UUID) -> StrategyRow:
    """Let a strategy enter nothing more; its version rises."""
    changed = update(strategies).where(_C.username == username, _C.id == strategy_id)
    values = {"enabled": False, "version": _C.version + 1, "updated_at": func.papertape_now()}
    return _from_row(connection.execute(changed.values(**values).returning(strategies)).one())


def remove(connection: Connection, username: str, strategy_id: UUID) -> None:
    """Take a strategy away; its evaluations and trades stay."""
    changed = update(strategies).where(_C.username == username, _C.id == strategy_id)
    values = {"enabled": False, "version": _C.version + 1, "removed_at": func.papertape_now()}
    connection.execute(changed.values(**values))


def read(
    connection: Connection, username: str, strategy_id: UUID, *, lock: bool = False
) -> StrategyRow | None:
    """Read a strategy that was not removed; `lock` holds it until the transaction ends."""
    found = select(strategies).where(_C.username == username, _C.id == strategy_id, _C.removed_at.is_(None))
    row = connection.execute(found.with_for_update() if lock else found).first()
    return None if row is None else _from_row(row)


def page(
    connection: Connection, username: str, *, before: UUID | None = None, limit: int
) -> list[StrategyRow]:
    """Read a user's strategies, newest first, those made before `before`."""
    found = select(strategies).where(_C.username == username, _C.removed_at.is_(None))
    if before is not None:
        found = found.where(_C.id < before)
    rows = connection.execute(found.order_by(_C.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


def may_enter(connection: Connection, username: str, strategy_id: UUID, version: int) -> bool:
    """Say whether this version of a strategy may still enter, and keep it so until the transaction ends.

    To be asked in the transaction that stores an entry: disabling and removing wait for it, or came first.
    """
    asked = {"username": username, "id": strategy_id, "version": version}
    return connection.execute(_MAY_ENTER, asked).first() is not None


def stored_body(strategy: Strategy) -> dict[str, JsonValue]:
    """Return a strategy's body as its row keeps it."""
    body = body_of(strategy)
    return {name: plain_json(body[name]) for name in (*_PLAIN, *_BLOCKS)}


def _from_row(row: Row[Any]) -> StrategyRow:  # Any: SQLAlchemy's rows are typed by the query alone
    return StrategyRow(**{name: getattr(row, name) for name in StrategyRow.__dataclass_fields__})


def from_row(row: Row[Any]) -> StrategyRow:  # Any: a text's columns have no types
    """Read a row, whoever selected it."""
    return _from_row(row)

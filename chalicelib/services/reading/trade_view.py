"""A trade as its owner reads it: the shape of api.md, from what the database wrote (docs/adr/0014)."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.store.trades.trade_json import changes_ahead, read_changes, read_whole


def detail(env: Environment, username: str, trade_id: UUID) -> dict[str, JsonValue]:
    """Read one trade with its detail; raises NotFound for an unknown or foreign id."""
    return env.database.read(lambda connection: detail_in(connection, trade_id), username=username)


def detail_in(connection: Connection, trade_id: UUID) -> dict[str, JsonValue]:
    """Read one trade with its detail inside a transaction."""
    changes_ahead(connection, [trade_id])
    text = read_whole(connection, trade_id)
    if text is None:
        raise NotFound("trade")
    view: dict[str, JsonValue] = json.loads(text)
    return {**view, "changes": list(changes(connection, trade_id))}


def new_in(connection: Connection, trade_id: UUID) -> dict[str, JsonValue]:
    """Read a trade that this transaction has made: nothing of it was changed yet."""
    view: dict[str, JsonValue] = json.loads(read_whole(connection, trade_id) or "{}")
    return {**view, "changes": []}


def changes(connection: Connection, trade_id: UUID) -> Sequence[dict[str, JsonValue]]:
    """Read a trade's changes of stop and target, oldest first, in the shape of api.md."""
    found: list[dict[str, JsonValue]] = json.loads(read_changes(connection, [trade_id]).get(trade_id, "[]"))
    return found

"""A trade as its owner reads it: the shape of api.md, from what the database wrote."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.services.shapes import instant, number
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


def plain(value: object) -> Any:  # Any: whatever JSON has for it
    """Turn a column's value into JSON's: instants with Z, dates, exact decimals as numbers."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        return str(value)
    return value

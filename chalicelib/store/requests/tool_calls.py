"""Rows of `tool_calls`: every call of a tool of the knowledge server."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, insert

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.schema import tool_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call: who asked what, by which token, how it went and how long it took in seconds."""

    id: UUID
    username: str
    token_id: UUID | None
    tool: str
    arguments: Mapping[str, JsonValue]
    ok: bool
    error: str | None
    items: int | None
    seconds: float


def add(connection: Connection, call: ToolCall) -> None:
    """Note a call."""
    values = {name: getattr(call, name) for name in ToolCall.__dataclass_fields__}
    connection.execute(insert(tool_calls).values(**values))

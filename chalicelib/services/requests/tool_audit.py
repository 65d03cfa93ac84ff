"""The audit trail of the knowledge server: one row a call, written whatever came of it (A-16)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.store.database import Isolation
from chalicelib.store.requests import tool_calls

TOOL_CHARACTERS_MAX: Final = 100
ARGUMENTS_CHARACTERS_MAX: Final = 4000
ERROR_CHARACTERS_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked which tool for what; the arguments as they came."""

    username: str
    token_id: UUID | None
    tool: str
    arguments: Mapping[str, JsonValue]


def note_call(
    env: Environment, asked: Asked, *, error: str | None, items: int | None, seconds: float
) -> None:
    """Write a call down; long arguments are kept as their length alone."""
    text = json.dumps(asked.arguments)
    kept = asked.arguments if len(text) <= ARGUMENTS_CHARACTERS_MAX else {"characters": len(text)}
    call = tool_calls.ToolCall(
        id=env.randomness.uuid7(env.clock.now()),
        username=asked.username,
        token_id=asked.token_id,
        tool=asked.tool[:TOOL_CHARACTERS_MAX],
        arguments=kept,
        ok=error is None,
        error=None if error is None else error[:ERROR_CHARACTERS_MAX],
        items=items,
        seconds=seconds,
    )
    env.database.run(
        lambda connection: tool_calls.add(connection, call),
        username=asked.username,
        isolation=Isolation.READ_COMMITTED,
    )

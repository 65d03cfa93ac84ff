"""What a tool is, and what every answer says of how much it rests on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from chalicelib.api.knowledge.arguments import Arguments
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.store.analysis.entries import count_closed

A = TypeVar("A", bound=Arguments)
Answer = dict[str, JsonValue]

#: Fewer ended trades than these prove little (A-16).
CLOSED_TRADES_MIN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Generic[A]):
    """One tool over the caller's own trades."""

    name: str
    title: str
    description: str
    arguments: type[A]
    answer: Callable[[Environment, str, A], Answer]

    def input_schema(self) -> dict[str, JsonValue]:
        """Describe the arguments as JSON Schema."""
        return self.arguments.model_json_schema(by_alias=True)

    def call(self, env: Environment, username: str, given: Mapping[str, JsonValue]) -> Answer:
        """Answer for this user; raises pydantic's ValidationError, ServiceError and the database's errors."""
        # Read as JSON: ids and times come as texts, and nothing else is taken for what it is not.
        arguments = self.arguments.model_validate_json(json.dumps(given), strict=True)
        return self.answer(env, username, arguments)


class AnyTool(Protocol):
    """A tool, whatever it takes."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def description(self) -> str: ...

    def input_schema(self) -> dict[str, JsonValue]: ...

    def call(self, env: Environment, username: str, given: Mapping[str, JsonValue]) -> Answer: ...


def about_all(env: Environment, username: str) -> Answer:
    return caution(env.database.run(lambda c: count_closed(c, username), username=username))


def caution(closed_trades: int) -> Answer:
    """Say on how many ended trades an answer rests, and that few of them prove little."""
    if closed_trades >= CLOSED_TRADES_MIN:
        return {"closed_trades": closed_trades, "warning": None}
    noun = "trade" if closed_trades == 1 else "trades"
    warning = (
        f"This rests on {closed_trades} closed {noun}. Fewer than {CLOSED_TRADES_MIN} prove little: "
        "what looks like a pattern may be chance."
    )
    return {"closed_trades": closed_trades, "warning": warning}

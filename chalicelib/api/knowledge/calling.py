"""One call of a tool: arguments validated, answered by its service, written down."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.api.answers import to_json
from chalicelib.api.knowledge.tool import Answer
from chalicelib.api.knowledge.tools import TOOLS
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.errors import ServiceError
from chalicelib.services.requests.tool_audit import Asked, note_call
from chalicelib.store.database import DatabaseUnavailable

_LOG: Final = logging.getLogger("papertape.knowledge")
_BY_NAME: Final = {tool.name: tool for tool in TOOLS}
_FAILED: Final = "The request could not be carried out."
_UNAVAILABLE: Final = "The database cannot be reached at the moment; nothing was done."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a caller of a tool is told: an answer, or in plain words why there is none."""

    answer: Answer | None
    error: str | None

    @property
    def text(self) -> str:
        """Return it as text, for clients that read no structure."""
        return to_json(self.answer) if self.answer is not None else str(self.error)


def call_tool(env: Environment, asked: Asked) -> Outcome:
    """Answer a call; every refusal is an outcome, and every call leaves a row."""
    began = env.clock.monotonic()
    outcome = _outcome(env, asked)
    items = None if outcome.answer is None else _count(outcome.answer)
    try:
        note_call(env, asked, error=outcome.error, items=items, seconds=env.clock.monotonic() - began)
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        # Without its row nothing is answered: the trail has no holes.
        _LOG.warning("a call of %s was not written down: %s", asked.tool[:40], type(error).__name__)
        return Outcome(answer=None, error=_UNAVAILABLE)
    return outcome


def _outcome(env: Environment, asked: Asked) -> Outcome:
    tool = _BY_NAME.get(asked.tool)
    if tool is None:
        return Outcome(answer=None, error=f"There is no such tool. There are: {', '.join(_BY_NAME)}.")
    try:
        return Outcome(answer=tool.call(env, asked.username, asked.arguments), error=None)
    except ValidationError as error:
        return Outcome(answer=None, error=_faults(error))
    except ServiceError as refused:
        return Outcome(answer=None, error=str(refused))
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        _LOG.warning("tool %s met %s", tool.name, type(error).__name__)
        return Outcome(answer=None, error=_UNAVAILABLE)
    except Exception as error:  # noqa: BLE001  # the edge: the SDK would show its text, and no row be left
        _LOG.error("tool %s failed with %s", tool.name, type(error).__name__)
        return Outcome(answer=None, error=_FAILED)


def _faults(error: ValidationError) -> str:
    faults = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'arguments'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)[:5]
    ]
    return "; ".join(faults)


def _count(answer: Mapping[str, JsonValue]) -> int:
    items = answer.get("items")
    return len(items) if isinstance(items, list) else 1

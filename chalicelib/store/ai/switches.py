"""Rows of `ai_switches`: what operators set for all traders (C-02, C-07)."""

from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from chalicelib.store.schema import ai_switches

_C: Final = ai_switches.c
_ENTRIES: Final = "entries"
_PROMPT: Final = "prompt_version"


def are_entries_on(connection: Connection) -> bool:
    """Say whether traders may enter: where nobody ever set it they may; what is not plainly yes is no."""
    row = connection.execute(select(_C.value).where(_C.name == _ENTRIES)).first()
    return row is None or row.value is True


def set_entries(connection: Connection, *, enabled: bool, set_by: str) -> None:
    """Set whether traders may enter."""
    _set(connection, _ENTRIES, enabled, set_by)


def prompt_version(connection: Connection) -> str | None:
    """Read which version of the prompts was chosen, None where nobody ever did."""
    row = connection.execute(select(_C.value).where(_C.name == _PROMPT)).first()
    return row.value if row is not None and isinstance(row.value, str) else None


def set_prompt_version(connection: Connection, *, version: str, set_by: str) -> None:
    """Set which version of the prompts decides."""
    _set(connection, _PROMPT, version, set_by)


def _set(connection: Connection, name: str, value: bool | str, set_by: str) -> None:
    made = insert(ai_switches).values(name=name, value=value, set_by=set_by)
    changed = {"value": made.excluded.value, "set_by": made.excluded.set_by, "set_at": func.papertape_now()}
    connection.execute(made.on_conflict_do_update(index_elements=[_C.name], set_=changed))

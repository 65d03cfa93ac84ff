"""How values look in answers: instants with `Z`, numbers from exact decimals; and lists."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.listing import Listing

T = TypeVar("T")


def instant(at: datetime | None) -> str | None:
    """Write RFC 3339 in UTC with `Z`; None stays None."""
    return None if at is None else rfc3339(at)


def seen_at(at: datetime | None, now: datetime) -> str | None:
    """Write when a vendor saw something: its clock may run a little ahead of ours, an answer's never does."""
    return instant(None if at is None else min(at, now))


def number(value: Decimal | None) -> int | float | None:
    """Write an exact decimal as a JSON number: whole ones without a fraction, none with an exponent lost."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def plain(value: object) -> Any:  # Any: whatever JSON has for it
    """Write a value as JSON has it: instants with Z, dates, exact decimals as numbers."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        return str(value)
    return value


def shape_list(listing: Listing[T], shape: Callable[[T], JsonValue]) -> dict[str, JsonValue]:
    """Write a list as every list is answered, each item by `shape`."""
    return {
        "items": [shape(item) for item in listing.items],
        "next_cursor": listing.next_cursor,
        "as_of": instant(listing.as_of),
    }

"""How values look in answers: instants with `Z`, dates, numbers from exact decimals; and pages of lists."""

from datetime import datetime
from decimal import Decimal

from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue


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


def listing(
    items: list[JsonValue], *, as_of: datetime, next_cursor: str | None = None
) -> dict[str, JsonValue]:
    """Wrap a list as every list is answered."""
    return {"items": items, "next_cursor": next_cursor, "as_of": instant(as_of)}

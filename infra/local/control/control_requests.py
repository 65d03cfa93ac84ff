"""What the control interface is asked, read and checked; whatever makes no sense is a BadRequest."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from infra.local.emulators.tradier.quirks import Quirk

Body = Mapping[str, Any]
Query = Mapping[str, str]


class BadRequest(Exception):
    """What was asked makes no sense; the text says why."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


def refuse_unknown(body: Body, *names: str) -> None:
    """Refuse a body with other names than these. Raises BadRequest."""
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise BadRequest(f"unknown: {', '.join(unknown)}; known are {', '.join(names)}")


def number(body: Body, name: str, *, lowest: float = -math.inf, highest: float = math.inf) -> float:
    """Read a number of the body. Raises BadRequest."""
    if name not in body:
        raise BadRequest(f"{name} is missing")
    return checked(body[name], name, lowest, highest)


def checked(value: object, name: str, lowest: float = -math.inf, highest: float = math.inf) -> float:
    """Return a value that is a finite number within its bounds. Raises BadRequest."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"{name} must be a number")
    if not lowest <= value <= highest:
        raise BadRequest(f"{name} must be from {lowest:g} to {highest:g}")
    return float(value)


def instant_of(body: Body, name: str) -> datetime:
    """Read an instant with its offset. Raises BadRequest."""
    value = body[name]
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadRequest(f"{name} must be an instant with its offset, such as 2026-02-19T09:30:00-05:00")
    return at


def symbol_of(body: Body) -> str:
    """Read the symbol, in capitals. Raises BadRequest."""
    value = body.get("symbol")
    if not isinstance(value, str) or not value:
        raise BadRequest("symbol must be a text")
    return value.upper()


def path_of(value: object) -> list[tuple[float, float]]:
    """Read `[[seconds, price], …]`. Raises BadRequest."""
    if not isinstance(value, list) or not value:
        raise BadRequest("path must be a list of [seconds, price]")
    points = []
    for point in value:
        if not isinstance(point, list) or len(point) != 2:
            raise BadRequest("path must be a list of [seconds, price]")
        points.append((checked(point[0], "seconds"), checked(point[1], "price")))
    return points


def whole(body: Body, name: str, *, lowest: int = 0) -> int:
    """Read a whole number of the body. Raises BadRequest."""
    value = number(body, name, lowest=lowest)
    if value != int(value):
        raise BadRequest(f"{name} must be a whole number")
    return int(value)


def date_of(value: object, name: str) -> date:
    """Read a date, `2026-02-19`. Raises BadRequest."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise BadRequest(f"{name} must be a date, such as 2026-02-19")
    return found


def listed(body: Body, name: str) -> list[Any] | None:
    """Read a list of the body, or None for `unknown: true`: the one or the other. Raises BadRequest."""
    if ("unknown" in body) == (name in body):
        raise BadRequest(f"give either {name} or unknown")
    if "unknown" in body:
        if body["unknown"] is not True:
            raise BadRequest("unknown can only be true")
        return None
    value = body[name]
    if not isinstance(value, list):
        raise BadRequest(f"{name} must be a list")
    return value


def account_of(asked: Query | Body) -> str:
    """Read which account is meant. Raises BadRequest."""
    account = asked.get("account", "")
    if not isinstance(account, str) or not account:
        raise BadRequest("say which account")
    return account


def kinds_of_quirks(value: object) -> list[Quirk]:
    """Read which quirks are asked for; all of them when nothing is said. Raises BadRequest."""
    if value is None:
        return list(Quirk)
    if not isinstance(value, list):
        raise BadRequest("kinds must be a list")
    try:
        return [Quirk(str(kind)) for kind in value]
    except ValueError as error:
        raise BadRequest(f"{error}; there are {', '.join(Quirk)}") from error

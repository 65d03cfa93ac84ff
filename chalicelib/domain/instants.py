"""How an instant is written down, in answers and in what is stored."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC with `Z`; fractions of a second only when there are some."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"

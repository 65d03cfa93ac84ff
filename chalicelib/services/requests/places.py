"""A place in a list that is ordered by time and id, as a cursor names it."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from chalicelib.services.errors import FieldError, Invalid


def write_place(at: datetime, item_id: UUID) -> str:
    """Name the place below an item."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {item_id}".encode()).decode()


def read_place(cursor: str) -> tuple[datetime, UUID]:
    """Return the place that a cursor names; raises Invalid for one that we never wrote."""
    try:
        at, _, item_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        place = datetime.fromisoformat(at), UUID(item_id)
    except (ValueError, binascii.Error) as error:
        raise Invalid([FieldError(field="cursor", message="is not one of ours")]) from error
    if place[0].tzinfo is None:
        raise Invalid([FieldError(field="cursor", message="is not one of ours")])
    return place

"""A list as use cases answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """Items as of an instant of product time; `next_cursor` begins the next page, None after the last."""

    items: Sequence[T]
    as_of: datetime
    next_cursor: str | None = None

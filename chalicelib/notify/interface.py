"""What every channel of alerts is to the services: it reads a target, measures lines, sends one message.

A message has no idempotency key at any of the vendors, so the verdict says what is known of it afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from chalicelib.domain.alerts import AlertLine
from chalicelib.vendors.deadline import Deadline

#: A vendor's own words are kept and shown up to this length.
_VENDOR_WORDS_MAX: Final = 200


class BadTarget(ValueError):
    """The text is no target of this kind of channel; the message says what one looks like, never the text."""


class Verdict(StrEnum):
    """What is known of a message."""

    SENT = "SENT"  # the vendor took it
    LATER = "LATER"  # the vendor said that it failed, and its notes say to try again
    REFUSED = "REFUSED"  # surely not sent; this message never will be
    GONE = "GONE"  # surely not sent; the target must not be used any more
    UNKNOWN = "UNKNOWN"  # it left us and nobody said what became of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a message went.

    `reason` is in the vendor's words and holds no secret. `retry_after_seconds` belongs to LATER;
    `pause_seconds` is how long the vendor wants no further message to this target; `moved_to` is the target
    that takes the old one's place from now on.
    """

    verdict: Verdict
    reason: str | None = None
    retry_after_seconds: float | None = None
    pause_seconds: float = 0.0
    moved_to: str | None = None


class Channel(Protocol):
    """One kind of channel."""

    def check_target(self, target: str) -> None:
        """Raise BadTarget for a text that can be no target."""
        ...

    @property
    def length_max(self) -> int:
        """Return how much of lines one message holds, as `length` counts it."""
        ...

    def length(self, line: AlertLine) -> int:
        """Return what a line takes of a message."""
        ...

    def send(self, target: str, lines: Sequence[AlertLine], deadline: Deadline) -> Delivery:
        """Send these lines, loudest first, as one message; never raises for what the vendor does."""
        ...


def vendor_words(text: str) -> str:
    """Cut what a vendor said to what is kept of it."""
    return " ".join(text.split())[:_VENDOR_WORDS_MAX]


def headline(lines: Sequence[AlertLine]) -> str:
    """Return a message's first line: how many alerts, and how loud the loudest is."""
    loudest = max(lines, key=lambda line: line.severity.rank)
    count = "1 alert" if len(lines) == 1 else f"{len(lines)} alerts"
    return f"papertape: {count}, {loudest.severity.value}"

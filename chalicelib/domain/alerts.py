"""Alerts on their way to a channel: how loud they are, and which of them fit one message. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

#: One alert takes at most this much of a message; the page shows it whole.
TEXT_CHARACTERS_MAX: Final = 1_000
#: A message with more lines than this is not read.
LINES_MAX: Final = 20
_CUT: Final = "…"


class Severity(StrEnum):
    """How loud an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for the quietest."""
        return list(Severity).index(self)


class AlertSwitch(StrEnum):
    """What its owner can turn off (C-07); a limit that is breached is always told.

    Positions are those that the desk opens, too: nobody hears of what a person opens.
    """

    POSITION_OPENED = "position_opened"
    POSITION_CLOSED = "position_closed"
    DECISION_WAITING = "decision_waiting"
    DECISION_BLOCKED = "decision_blocked"
    TRADE_QUEUED = "trade_queued"
    ERROR = "error"
    MODIFICATIONS = "modifications"


#: Which switch an alert of a kind goes by.
SWITCHES: Final[Mapping[str, AlertSwitch]] = {
    "trade_opened": AlertSwitch.POSITION_OPENED,
    "trade_closed": AlertSwitch.POSITION_CLOSED,
    "ai_decision_waiting": AlertSwitch.DECISION_WAITING,
    "ai_change_asks": AlertSwitch.DECISION_WAITING,
    "ai_decision_blocked": AlertSwitch.DECISION_BLOCKED,
    "ai_change_blocked": AlertSwitch.DECISION_BLOCKED,
    "ai_trade_queued": AlertSwitch.TRADE_QUEUED,
    "ai_error": AlertSwitch.ERROR,
    "ai_change_updated": AlertSwitch.MODIFICATIONS,
    "ai_digest": AlertSwitch.MODIFICATIONS,
}


class ChannelKind(StrEnum):
    """Ways on which alerts leave the house."""

    TELEGRAM = "telegram"
    DISCORD = "discord"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert as a channel tells it."""

    id: UUID
    at: datetime
    severity: Severity
    text: str
    question: str | None = None

    @property
    def words(self) -> str:
        """Return the alert's text on one line, cut to what one alert may take of a message."""
        whole = " ".join(self.text.split())
        if self.question is not None:
            whole = f"{whole} (asks for your answer on the page)"
        return whole if len(whole) <= TEXT_CHARACTERS_MAX else whole[: TEXT_CHARACTERS_MAX - 1] + _CUT


def in_order(lines: Sequence[AlertLine]) -> list[AlertLine]:
    """Put the loudest first, and among equals the oldest."""
    return sorted(lines, key=lambda line: (-line.severity.rank, line.at, line.id))


def first_message(
    lines: Sequence[AlertLine], *, length: Callable[[AlertLine], int], length_max: int
) -> list[AlertLine]:
    """Return as many lines from the front as fit one message, at least one.

    `length` is what a line takes of the message in its channel's own count, without the newline after it.
    """
    taken: list[AlertLine] = []
    left = length_max
    for line in lines[:LINES_MAX]:
        left -= length(line) + 1
        if taken and left < 0:
            break
        taken.append(line)
    return taken

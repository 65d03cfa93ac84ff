"""Who holds a sign-in name, and whether they are served (A-10, I-37). Pure.

A name can be given again after its holder was removed; what the holder before left stays theirs. So each
holder has a key of their own, under which everything of theirs is stored: the name, then `name 2`, `name 3`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_SEPARATOR = " "
"""Cognito admits letters, marks, signs, digits and punctuation in names, and no space."""


class UserState(StrEnum):
    """Whether a person is served."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    REMOVED = "REMOVED"


class Tier(StrEnum):
    """What a user's sign-in group allows (C-08)."""

    FREE = "free"
    PRO = "pro"
    ELITE = "elite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One holder of a name, by their row; `sessions_from` is the machine's time, None for all sessions.

    `tier` is what their groups said last, in a token issued at `tier_told_at`; None: never.
    """

    username: str
    sub: str
    state: UserState
    sessions_from: datetime | None
    kept_session: str | None
    holders: int
    tier: Tier | None = None
    tier_told_at: datetime | None = None

    def admits(self, *, issued_at: float, session: str | None) -> bool:
        """Say whether a session's token counts: issued (epoch seconds, whole ones) since sessions count."""
        if self.state is not UserState.ACTIVE:
            return False
        if self.sessions_from is None or (session is not None and session == self.kept_session):
            return True
        return issued_at + 1 > self.sessions_from.timestamp()


def key_of(name: str, holder: int) -> str:
    """Return the key of a name's first, second, … holder."""
    return name if holder == 1 else f"{name}{_SEPARATOR}{holder}"


def name_of(username: str) -> str:
    """Return the sign-in name behind a key."""
    return username.partition(_SEPARATOR)[0]

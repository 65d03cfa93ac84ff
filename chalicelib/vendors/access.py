"""Access tokens that live for minutes and are renewed with credentials that live for long (W-03, OAuth2)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from chalicelib.domain.ports import Clock
from chalicelib.vendors.errors import Outcome, VendorError, VendorUnreachable

#: A token this near to its end is not begun a call with.
RENEW_BEFORE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token and the instant after which its vendor takes it no longer; the token never prints."""

    token: str = field(repr=False)
    until: datetime

    def is_good(self, now: datetime) -> bool:
        """Say whether a call may begin with it."""
        return now < self.until - RENEW_BEFORE


class AccessTokens(Protocol):
    """One owner's access tokens to one vendor. Both calls raise VendorError, never with outcome UNKNOWN.

    What cannot be renewed was not used: whatever was to be sent with it has not left us.
    """

    def current(self) -> str:
        """Return a token to begin a call with."""
        ...

    def renewed(self, refused: str) -> str:
        """Return another token than the one that the vendor refused a moment ago."""
        ...


class OwnTokens:
    """Tokens of one process, renewed where they are used: for credentials that are tried and not stored."""

    def __init__(self, renew: Callable[[], AccessToken], clock: Clock) -> None:
        self._renew = renew
        self._clock = clock
        self._kept: AccessToken | None = None

    def current(self) -> str:
        """Return a token to begin a call with."""
        if self._kept is None or not self._kept.is_good(self._clock.now()):
            self._kept = renew_or_fail(self._renew)
        return self._kept.token

    def renewed(self, refused: str) -> str:
        """Return another token than the refused one."""
        if self._kept is not None and self._kept.token == refused:
            self._kept = None
        return self.current()


def renew_or_fail(renew: Callable[[], AccessToken]) -> AccessToken:
    """Renew; what is unknown of a renewal is known of the call that it was for: that was not sent."""
    try:
        return renew()
    except VendorError as error:
        if error.outcome is Outcome.UNKNOWN:
            said = f"no access token could be had: {error.reason}"
            raise VendorUnreachable(said, retry_after_seconds=error.retry_after_seconds) from error
        raise

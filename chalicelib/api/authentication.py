"""From a bearer text to a caller: Cognito access tokens and personal access tokens.

The settings row of a name remembers the `sub` it was made for; a name that comes back with another one is
refused (A-10). What the row says is remembered here for a minute, so that a poll costs no query for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.api.problems import Problem, unauthenticated
from chalicelib.security.cognito import AccessTokenVerifier, Claims
from chalicelib.security.errors import TokenRefused
from chalicelib.security.personal_tokens import Scope, is_personal_token
from chalicelib.services import tokens
from chalicelib.services.environment import Environment
from chalicelib.services.settings import remember_sub

_KNOWN_SECONDS: Final = 60.0
_KNOWN_USERS_MAX: Final = 1000


class Access(StrEnum):
    """Who may make a call: anybody, a scope of at least so much, or a signed-in session only."""

    PUBLIC = "public"
    READ = "read"
    TRADE = "trade"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is asking: by a session's own `access_token`, or by the personal token of `token_id`."""

    username: str
    is_operator: bool
    groups: frozenset[str]
    scope: Scope
    access_token: str | None
    token_id: UUID | None = None


class Authenticator:
    """Knows callers by their tokens."""

    def __init__(
        self,
        environment: Environment,
        verifier: AccessTokenVerifier,
        machine_time: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._verifier = verifier
        self._machine_time = machine_time
        self._known: dict[tuple[str, str], float] = {}

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """Return who is asking; raises Problem 401, SigninUnavailable, DatabaseUnavailable."""
        token = _bearer(headers.get("authorization"))
        if is_personal_token(token):
            return self._by_personal_token(token)
        try:
            claims = self._verifier.verify(token)
        except TokenRefused as refused:
            raise unauthenticated("The token is not valid, or no longer.") from refused
        self._check_sub(claims)
        return Caller(
            username=claims.username,
            is_operator=claims.is_operator,
            groups=claims.groups,
            scope=Scope.TRADE,
            access_token=token,
        )

    def _by_personal_token(self, token: str) -> Caller:
        owner = tokens.owner_of(self._environment, token, machine_now=self._machine_time())
        if owner is None:
            raise unauthenticated("The token is not valid, or no longer.")
        return Caller(
            username=owner.username,
            is_operator=False,
            groups=frozenset(),
            scope=owner.scope,
            access_token=None,
            token_id=owner.token_id,
        )

    def _check_sub(self, claims: Claims) -> None:
        identity = (claims.username, claims.sub)
        now = self._machine_time().timestamp()
        if self._known.get(identity, 0) > now:
            return
        if remember_sub(self._environment, claims.username, claims.sub) != claims.sub:
            raise unauthenticated("This name belongs to somebody else.")
        if len(self._known) >= _KNOWN_USERS_MAX:
            self._known.clear()
        self._known[identity] = now + _KNOWN_SECONDS


def _bearer(header: str | None) -> str:
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Sign in first.")
    return token.strip()


def may_call(caller: Caller, access: Access) -> bool:
    """Say whether this caller may make such calls."""
    if access is Access.SESSION:
        return caller.access_token is not None
    return access is not Access.TRADE or caller.scope is Scope.TRADE


def check_access(caller: Caller, access: Access) -> None:
    """Raise Problem 403 when this caller may not make such calls."""
    if may_call(caller, access):
        return
    if access is Access.TRADE:
        raise Problem(kind="forbidden", detail="This token may only read.")
    raise Problem(kind="forbidden", detail="A personal access token may not do this: sign in.")

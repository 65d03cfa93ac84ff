"""From a bearer text to a caller: Cognito access tokens and personal access tokens.

The settings row of a name remembers the `sub` it was made for; a name that comes back with another one is
refused (A-10), unless the holder before was removed. What the row says is remembered here for a minute, for
reads alone, so that a poll costs no query for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.api.problems import Problem, unauthenticated
from chalicelib.domain.people import Holder
from chalicelib.security.cognito import AccessTokenVerifier, Claims
from chalicelib.security.errors import TokenRefused
from chalicelib.security.groups import tier_of
from chalicelib.security.personal_tokens import Scope, is_personal_token
from chalicelib.services.environment import Environment
from chalicelib.services.sign_in.people import NameTaken, identify, tell_tier
from chalicelib.services.sign_in.token_owners import TokenOwners

_KNOWN_SECONDS: Final = 60.0
_KNOWN_MAX: Final = 1000
_OVER: Final = "The token is not valid, or no longer."


class Access(StrEnum):
    """Who may make a call: anybody, a scope of at least so much, a signed-in session, or an operator's."""

    PUBLIC = "public"
    READ = "read"
    TRADE = "trade"
    SESSION = "session"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is asking: by a session's own `access_token`, or by the personal token of `token_id`."""

    username: str
    is_operator: bool
    groups: frozenset[str]
    scope: Scope
    access_token: str | None
    token_id: UUID | None = None
    session_id: str | None = None
    """The `jti` of a session's token, where it has one."""


class Authenticator:
    """Knows callers by their tokens."""

    def __init__(
        self,
        environment: Environment,
        verifier: AccessTokenVerifier,
        machine_time: Callable[[], datetime],
        owners: TokenOwners,
    ) -> None:
        self._environment = environment
        self._verifier = verifier
        self._machine_time = machine_time
        self._owners = owners
        self._known: dict[tuple[str, str, str | None, frozenset[str]], tuple[float, Holder]] = {}

    def caller(self, headers: Mapping[str, str], *, reads: bool) -> Caller:
        """Return who is asking, for a call that only `reads` or for another.

        Raises Problem 401, SigninUnavailable, DatabaseUnavailable.
        """
        token = _bearer(headers.get("authorization"))
        if is_personal_token(token):
            return self._by_personal_token(token)
        try:
            claims = self._verifier.verify(token)
        except TokenRefused as refused:
            raise unauthenticated(_OVER) from refused
        holder = self._holder(claims, reads=reads)
        return Caller(
            username=holder.username,
            is_operator=claims.is_operator,
            groups=claims.groups,
            scope=Scope.TRADE,
            access_token=token,
            session_id=claims.token_id,
        )

    def _by_personal_token(self, token: str) -> Caller:
        from chalicelib.services.sign_in import tokens  # a session's first answer needs nothing of them

        owner = tokens.owner_of(self._environment, token, machine_now=self._machine_time())
        if owner is None or not self._owners.are_served(owner.username):
            raise unauthenticated(_OVER)
        return Caller(
            username=owner.username,
            is_operator=False,
            groups=frozenset(),
            scope=owner.scope,
            access_token=None,
            token_id=owner.token_id,
        )

    def forget(self) -> None:
        """Ask anew who is served: somebody was ended, or ended sessions, in this process.

        What another thread is asking meanwhile lands in what is forgotten here.
        """
        self._known = {}

    def _holder(self, claims: Claims, *, reads: bool) -> Holder:
        """Return whom a session speaks for; what changes anything asks each time, a read once a minute."""
        identity = (claims.username, claims.sub, claims.token_id, claims.groups)
        now = self._machine_time().timestamp()
        remembered = self._known
        until, known = remembered.get(identity, (0.0, None))
        if reads and known is not None and until > now:
            return known
        holder = self._ask(claims)
        if len(remembered) >= _KNOWN_MAX:
            remembered.clear()
        remembered[identity] = (now + _KNOWN_SECONDS, holder)
        return holder

    def _ask(self, claims: Claims) -> Holder:
        try:
            holder = identify(self._environment, claims.username, claims.sub)
        except NameTaken as taken:
            raise unauthenticated(str(taken)) from taken
        if not holder.admits(issued_at=claims.issued_at, session=claims.token_id):
            raise unauthenticated(_OVER)
        issued_at = datetime.fromtimestamp(claims.issued_at, UTC)
        tell_tier(self._environment, holder, tier_of(claims.groups), issued_at)
        return holder


def _bearer(header: str | None) -> str:
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Sign in first.")
    return token.strip()


def may_call(caller: Caller, access: Access) -> bool:
    """Say whether this caller may make such calls."""
    if access is Access.OPERATOR:
        return caller.access_token is not None and caller.is_operator
    if access is Access.SESSION:
        return caller.access_token is not None
    return access is not Access.TRADE or caller.scope is Scope.TRADE


def check_access(caller: Caller, access: Access) -> None:
    """Raise Problem 403 when this caller may not make such calls."""
    if may_call(caller, access):
        return
    if access is Access.TRADE:
        raise Problem(kind="forbidden", detail="This token may only read.")
    if caller.access_token is not None:
        raise Problem(kind="forbidden", detail="This is for operators.")
    raise Problem(kind="forbidden", detail="A personal access token may not do this: sign in.")

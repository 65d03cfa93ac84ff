"""Personal access tokens: made, listed, taken back, and recognised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.security.personal_tokens import Scope, hash_token, new_token
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.listing import Listing
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.users.settings import require
from chalicelib.store.database import Isolation
from chalicelib.store.users import tokens as store
from chalicelib.store.users.tokens import FoundToken, TokenRow

#: A person runs a handful of programs; what is left over from old ones should go.
TOKENS_MAX: Final = 20
#: A token that nobody thought about ends by itself; "never" is said on purpose.
LIFE_DEFAULT: Final = timedelta(days=90)
#: `last_used_at` is noted at most this often: a poll must not write each time.
_TOUCH_EVERY: Final = timedelta(minutes=1)


_MAY: Final[Mapping[Scope, str]] = {Scope.READ: "read", Scope.TRADE: "read and trade"}


class Unsaid(Enum):
    """Nothing was said of when a token ends."""

    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOwner:
    """Whom a personal token speaks for, and what it may do."""

    username: str
    scope: Scope
    token_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made, with its text, which is kept nowhere."""

    row: TokenRow
    text: str = field(repr=False)


def owner_of(env: Environment, token: str, *, machine_now: datetime) -> TokenOwner | None:
    """Return whose token this is; None for an unknown or expired one. Expiry is the machine's time."""
    token_hash = hash_token(token)

    def look(connection: Connection) -> FoundToken | None:
        return store.find(connection, token_hash)

    found = env.database.run(look, username=None)
    if found is None or (found.expires_at is not None and found.expires_at <= machine_now):
        return None
    now = env.clock.now()
    if found.last_used_at is None or now - found.last_used_at >= _TOUCH_EVERY:
        _touch(env, found, now)
    return TokenOwner(username=found.username, scope=found.scope, token_id=found.id)


def _touch(env: Environment, found: FoundToken, now: datetime) -> None:
    def touch(connection: Connection) -> None:
        is_first = store.touch(connection, found.id, now)
        if is_first is not None:
            _tell(env, connection, found.username, "token_used", f"“{is_first}” was used for the first time.")

    env.database.run(touch, username=found.username, isolation=Isolation.READ_COMMITTED)


def _tell(env: Environment, connection: Connection, username: str, kind: str, what: str) -> None:
    """Tell the owner: whoever made a token in his name is found out by it."""
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.INFO,
        kind=kind,
        message=f"The personal access token {what} If that was not you, revoke it under Settings.",
    )


def create_token(
    env: Environment,
    username: str,
    *,
    name: str,
    scope: Scope,
    expires_at: datetime | Unsaid | None,
    machine_now: datetime,
) -> NewToken:
    """Make a token and show it, once; it ends after 90 days unless something else, or never, is said.

    Raises Invalid when it would have expired already, and beyond TOKENS_MAX.
    """
    if isinstance(expires_at, Unsaid):
        expires_at = machine_now + LIFE_DEFAULT
    elif expires_at is not None and expires_at <= machine_now:
        raise Invalid([FieldError(field="expires_at", message="must lie in the future")])
    token = new_token(env.randomness.token_bytes)
    token_id = env.randomness.uuid7(env.clock.now())

    def work(connection: Connection) -> TokenRow:
        require(connection, username, lock=True)  # takes turns: nobody makes the last one twice
        if store.count(connection, username) >= TOKENS_MAX:
            why = f"There are {TOKENS_MAX} tokens, which is the most: revoke one that you no longer use."
            raise Invalid([FieldError(field="name", message=why)])
        _tell(env, connection, username, "token_made", f"“{name}” was made; it may {_MAY[scope]}.")
        return store.add(
            connection,
            username,
            token_id=token_id,
            name=name,
            scope=scope,
            token_hash=token.token_hash,
            last4=token.last4,
            expires_at=expires_at,
        )

    return NewToken(row=env.database.run(work, username=username), text=token.token)


def list_tokens(env: Environment, username: str, *, before: UUID | None, limit: int) -> Listing[TokenRow]:
    """List a user's tokens, newest first."""

    def work(connection: Connection) -> list[TokenRow]:
        return store.page(connection, username, before=before, limit=limit + 1)

    rows = env.database.run(work, username=username)
    next_cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)


def delete_token(env: Environment, username: str, token_id: UUID) -> None:
    """Take a token back at once; raises NotFound."""
    removed = env.database.run(
        lambda connection: store.remove(connection, username, token_id), username=username
    )
    if not removed:
        raise NotFound("token")

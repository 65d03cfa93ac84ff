"""Rows of `access_tokens`: personal tokens, of which only the hash is kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from chalicelib.security.personal_tokens import Scope
from chalicelib.store.schema import access_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A personal token as its owner sees it."""

    id: UUID
    name: str
    scope: Scope
    last4: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundToken:
    """Whose a presented token is, before any user is known."""

    id: UUID
    username: str
    scope: Scope
    expires_at: datetime | None
    last_used_at: datetime | None


def find(connection: Connection, token_hash: bytes) -> FoundToken | None:
    """Look a token up by its hash, past row security, for exactly one row."""
    row = connection.execute(
        text("select * from find_access_token(:token_hash)"), {"token_hash": token_hash}
    ).first()
    if row is None:
        return None
    return FoundToken(
        id=row.id,
        username=row.username,
        scope=Scope(row.scope),
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def touch(connection: Connection, token_id: UUID, at: datetime) -> str | None:
    """Note that a token was used; returns its name at its first use, None at any later one."""
    c = access_tokens.c
    ours = update(access_tokens).where(c.id == token_id).values(last_used_at=at)
    first = connection.execute(ours.where(c.last_used_at.is_(None)).returning(c.name)).scalar()
    if first is None:
        connection.execute(ours)
    return first


def count(connection: Connection, username: str) -> int:
    """Return how many tokens a user has, expired ones included: they stand in the list."""
    mine = select(func.count()).select_from(access_tokens).where(access_tokens.c.username == username)
    return int(connection.execute(mine).scalar_one())


def add(
    connection: Connection,
    username: str,
    *,
    token_id: UUID,
    name: str,
    scope: Scope,
    token_hash: bytes,
    last4: str,
    expires_at: datetime | None,
) -> TokenRow:
    """Store a new token's hash."""
    statement = (
        insert(access_tokens)
        .values(
            id=token_id,
            username=username,
            name=name,
            scope=scope.value,
            token_hash=token_hash,
            last4=last4,
            expires_at=expires_at,
        )
        .returning(access_tokens)
    )
    return _from_row(connection.execute(statement).one())


def page(connection: Connection, username: str, *, before: UUID | None, limit: int) -> list[TokenRow]:
    """Read tokens, newest first, older than the id `before`."""
    statement = select(access_tokens).where(access_tokens.c.username == username)
    if before is not None:
        statement = statement.where(access_tokens.c.id < before)
    rows = connection.execute(statement.order_by(access_tokens.c.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


def remove(connection: Connection, username: str, token_id: UUID) -> bool:
    """Delete a token; False when there is none."""
    statement = (
        delete(access_tokens)
        .where(access_tokens.c.username == username, access_tokens.c.id == token_id)
        .returning(access_tokens.c.id)
    )
    return connection.execute(statement).first() is not None


def _from_row(row: Row[tuple[object, ...]]) -> TokenRow:
    return TokenRow(
        id=row.id,
        name=row.name,
        scope=Scope(row.scope),
        last4=row.last4,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )

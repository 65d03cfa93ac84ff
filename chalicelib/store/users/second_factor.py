"""A person's second factor in `user_settings`: the app's secret, sealed, and the last code's step."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select, update

from chalicelib.store.schema import user_settings

#: The columns, and the field names that their cipher texts are bound to.
SEALED: Final = "factor_sealed"
PENDING: Final = "factor_pending_sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFactor:
    """What is stored; `pending` waits for its first code, codes up to `step` have switched live on."""

    sealed: str | None
    pending: str | None
    step: int


def read(connection: Connection, username: str) -> StoredFactor:
    """Read a person's second factor."""
    columns = user_settings.c
    row = connection.execute(
        select(columns.factor_sealed, columns.factor_pending_sealed, columns.factor_step).where(
            columns.username == username
        )
    ).one()
    return StoredFactor(sealed=row.factor_sealed, pending=row.factor_pending_sealed, step=row.factor_step)


def begin(connection: Connection, username: str, pending: str) -> None:
    """Keep a secret until its first code comes."""
    _write(connection, username, {PENDING: pending})


def confirm(connection: Connection, username: str, sealed: str) -> None:
    """Make a secret the person's second factor."""
    _write(connection, username, {SEALED: sealed, PENDING: None})


def remove(connection: Connection, username: str) -> None:
    """Forget the second factor."""
    _write(connection, username, {SEALED: None, PENDING: None})


def use_step(connection: Connection, username: str, step: int) -> bool:
    """Use a code up; False when it, or a later one, was used before."""
    used = connection.execute(
        update(user_settings)
        .where(user_settings.c.username == username, user_settings.c.factor_step < step)
        .values(factor_step=step)
        .returning(user_settings.c.username)
    )
    return used.first() is not None


def _write(connection: Connection, username: str, values: dict[str, str | None]) -> None:
    connection.execute(update(user_settings).where(user_settings.c.username == username).values(**values))

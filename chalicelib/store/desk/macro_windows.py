"""Rows of `macro_windows`: spans around releases in which nothing is entered, as the operator told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select

from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.store.schema import macro_windows

_C: Final = macro_windows.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWindow:
    """A window with its source; `loaded_at` None: not stored yet."""

    id: UUID
    window: MacroWindow
    source: str
    loaded_at: datetime | None = None


def read_all_windows(connection: Connection) -> list[ToldWindow]:
    """Read every window, ascending."""
    rows = connection.execute(select(macro_windows).order_by(_C.starts_at, _C.name, _C.id))
    return [
        ToldWindow(
            id=row.id,
            window=MacroWindow(name=row.name, starts_at=row.starts_at, ends_at=row.ends_at),
            source=row.source,
            loaded_at=row.loaded_at,
        )
        for row in rows
    ]


def replace_windows(connection: Connection, windows: Sequence[ToldWindow]) -> None:
    """Put these in the place of all that were told before."""
    connection.execute(delete(macro_windows))
    if windows:
        connection.execute(insert(macro_windows), [_row(one) for one in windows])


def _row(told: ToldWindow) -> dict[str, object]:
    window = told.window
    return {
        "id": told.id,
        "name": window.name,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "source": told.source,
    }


def read_windows(connection: Connection, starts_at: datetime, ends_at: datetime) -> list[MacroWindow]:
    """Read the windows that touch [starts_at, ends_at), ascending."""
    asked = (
        select(_C.name, _C.starts_at, _C.ends_at)
        .where(_C.starts_at < ends_at, _C.ends_at > starts_at)
        .order_by(_C.starts_at, _C.name)
    )
    return [
        MacroWindow(name=row.name, starts_at=row.starts_at, ends_at=row.ends_at)
        for row in connection.execute(asked)
    ]


def count_windows(connection: Connection, starts_at: datetime, ends_at: datetime) -> int:
    """Count the windows that begin in [starts_at, ends_at): a month without any is missing data."""
    asked = select(func.count()).where(_C.starts_at >= starts_at, _C.starts_at < ends_at)
    return connection.execute(asked).scalar_one()

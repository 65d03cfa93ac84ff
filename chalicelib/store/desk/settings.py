"""Rows of `desk_settings`: the desk of a user, and whether entries are scanned for (B-01, B-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.store.schema import desk_settings

_C: Final = desk_settings.c
_NAMES: Final = tuple(one.name for one in fields(DeskSettings))


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSwitch:
    """Whether entries are scanned for, and since when; None: it was never switched."""

    on: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """A user's desk; of one who never touched it the defaults, off."""

    settings: DeskSettings = field(default_factory=DeskSettings)
    bot: BotSwitch = field(default_factory=BotSwitch)


def read(connection: Connection, username: str) -> DeskRow:
    """Read a user's desk."""
    row = connection.execute(select(desk_settings).where(_C.username == username)).first()
    return DeskRow() if row is None else _from_row(row)


def read_several(connection: Connection, usernames: Sequence[str]) -> dict[str, DeskRow]:
    """Read these users' desks; of one who never touched it the defaults, off."""
    rows = connection.execute(select(desk_settings).where(_C.username.in_(usernames)))
    stored = {row.username: _from_row(row) for row in rows}
    return {name: stored.get(name, DeskRow()) for name in usernames}


def read_for_change(connection: Connection, username: str) -> DeskRow:
    """Read a user's desk, made now if there is none, and hold it until the transaction ends."""
    made = insert(desk_settings).values(username=username, **_columns(DeskSettings()))
    connection.execute(made.on_conflict_do_nothing())
    held = select(desk_settings).where(_C.username == username).with_for_update()
    return _from_row(connection.execute(held).one())


def write(connection: Connection, username: str, settings: DeskSettings) -> None:
    """Put settings, with their version, in the place of the stored ones."""
    changed = update(desk_settings).where(_C.username == username)
    connection.execute(changed.values(**_columns(settings), updated_at=func.papertape_now()))


def switch_bot(connection: Connection, username: str, bot: BotSwitch) -> None:
    """Store whether entries are scanned for."""
    changed = update(desk_settings).where(_C.username == username)
    connection.execute(changed.values(bot_on=bot.on, bot_since=bot.since))


def _columns(settings: DeskSettings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in _NAMES}


def _from_row(row: Row[Any]) -> DeskRow:  # Any: SQLAlchemy's rows are typed by the query alone
    return DeskRow(
        settings=DeskSettings(**{name: getattr(row, name) for name in _NAMES}),
        bot=BotSwitch(on=row.bot_on, since=row.bot_since),
    )


def from_row(row: Row[Any]) -> DeskRow:  # Any: a text's columns have no types
    """Read a row, whoever selected it."""
    return _from_row(row)

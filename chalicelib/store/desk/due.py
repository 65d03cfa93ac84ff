"""Whose desks one scan is for, with all that stands of each: read for all users in one round trip (B-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from chalicelib.store.ahead import read_ahead
from chalicelib.store.desk import settings
from chalicelib.store.desk import strategies as rows_of_strategies
from chalicelib.store.desk.settings import DeskRow
from chalicelib.store.desk.strategies import StrategyRow

#: Whose bot is on, and whoever has a row that lifts by itself: it would stand for ever.
_USERS: Final = """
    select s.username from desk_settings d join user_settings s on s.username = d.username
    where s.state = 'ACTIVE'
      and (cast(:usernames as text[]) is null or s.username = any(cast(:usernames as text[])))
      and (d.bot_on or exists (
          select from kill_switch_rows k
          where k.username = s.username and k.ended_at is null and k.cause <> 'person'
      ))
"""
_DESKS: Final = text(
    f"select * from desk_settings where username in ({_USERS}) order by username"  # noqa: S608 - a constant
)
_STRATEGIES: Final = text(
    f"""
    select t.* from strategies t join desk_settings o on o.username = t.username
    where o.bot_on and t.enabled and t.removed_at is null and t.username in ({_USERS})
    order by t.username, t.created_at, t.id
    """  # noqa: S608 - as above
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDesk:
    """A user's desk: its settings, and the enabled strategies of one whose bot is on, oldest first."""

    username: str
    desk: DeskRow
    strategies: tuple[StrategyRow, ...]


def read_due_desks(connection: Connection, usernames: Sequence[str] | None) -> list[DueDesk]:
    """Read the desks of these users, of everybody where None: for jobs, that act for nobody."""
    asked: dict[str, Any] = {"usernames": None if usernames is None else list(usernames)}  # Any: a list
    read_ahead(connection, _STRATEGIES, asked)
    desks = {row.username: settings.from_row(row) for row in connection.execute(_DESKS, asked)}
    strategies: dict[str, list[StrategyRow]] = {username: [] for username in desks}
    for row in connection.execute(_STRATEGIES, asked):
        if row.username in strategies:
            strategies[row.username].append(rows_of_strategies.from_row(row))
    return [
        DueDesk(username=username, desk=desk, strategies=tuple(strategies[username]))
        for username, desk in desks.items()
    ]

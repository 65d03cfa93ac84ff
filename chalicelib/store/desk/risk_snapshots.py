"""Rows of `risk_snapshots`: a user's risk book, one a minute and kind of money (B-09)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.arrays import array_literal
from chalicelib.store.schema import risk_snapshots

#: A minute's row is written once, however often the minute is delivered.
_WRITE: Final = text(
    """
    insert into risk_snapshots (username, broker_mode, at, figures)
    select told.username, told.mode, :at, cast(told.figures as jsonb)
    from unnest(cast(:username as text[]), cast(:mode as text[]), cast(:figures as text[]))
        as told (username, mode, figures)
    on conflict do nothing
    """
)
_LAST: Final = text(
    """
    select distinct on (username, broker_mode) username, broker_mode as mode, at, figures
    from risk_snapshots where username = any(cast(:usernames as text[])) and at > :since
    order by username, broker_mode, at desc
    """
)
#: By whose trades ended, each with one row of its key: a day of everybody's books is hundreds of thousands.
_HELD_LATELY: Final = text(
    """
    select u.username, h.mode from user_settings u
    cross join lateral (
        select distinct t.broker_mode as mode from paper_trades t
        where t.username = u.username and t.is_locked and t.close_date > :since
    ) h
    cross join lateral (
        select figures from risk_snapshots r
        where r.username = u.username and r.broker_mode = h.mode and r.at > :since order by r.at desc limit 1
    ) last
    where cast(last.figures ->> 'legs' as integer) > 0
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """One book at one moment."""

    username: str
    mode: str
    at: datetime
    figures: Mapping[str, JsonValue]


def write_risks(connection: Connection, rows: Sequence[RiskRow]) -> int:
    """Keep books of one moment; returns how many are new."""
    if not rows:
        return 0
    told = {
        "username": [one.username for one in rows],
        "mode": [one.mode for one in rows],
        "figures": [json.dumps(one.figures) for one in rows],
    }
    asked = {name: array_literal("text", values) for name, values in told.items()}
    return connection.execute(_WRITE, {**asked, "at": rows[0].at}).rowcount


def read_last_risks(connection: Connection, usernames: Sequence[str], since: datetime) -> list[RiskRow]:
    """Read each of these users' newest books, one a kind of money, not older than `since`."""
    rows = connection.execute(_LAST, {"usernames": list(usernames), "since": since})
    return [RiskRow(**row._mapping) for row in rows]


def read_held_lately(connection: Connection, since: datetime) -> set[tuple[str, str]]:
    """Read who ended trades since then, and whose newest book still has them: (user, kind of money)."""
    return {(row.username, row.mode) for row in connection.execute(_HELD_LATELY, {"since": since})}


def read_risks(
    connection: Connection, username: str, mode: BrokerMode, since: datetime, until: datetime
) -> list[RiskRow]:
    """Read a user's books of one kind of money from `since` on, before `until`, oldest first."""
    c = risk_snapshots.c
    wanted = (
        select(c.username, c.broker_mode.label("mode"), c.at, c.figures)
        .where(c.username == username, c.broker_mode == mode.value, c.at >= since, c.at < until)
        .order_by(c.at)
    )
    return [RiskRow(**row._mapping) for row in connection.execute(wanted)]

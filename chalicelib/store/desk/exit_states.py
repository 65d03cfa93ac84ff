"""Rows of `exit_states` and `desk_watches.vix_watch`: what exit scans count from one to the next (B-06)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.store.ahead import later
from chalicelib.store.arrays import array_literal

#: A scan that comes late moves nothing back; of a trade that has ended nothing is counted any more.
_WRITE: Final = text(
    """
    insert into exit_states as kept (trade_id, username, state)
    select t.id, t.username, cast(g.state as jsonb)
    from unnest(cast(:trade_ids as uuid[]), cast(:states as text[])) as g (trade_id, state)
    join paper_trades t on t.id = g.trade_id and not t.is_locked
    order by t.id
    on conflict (trade_id) do update set state = excluded.state, updated_at = papertape_now()
        where coalesce(cast(kept.state ->> 'scan_at' as timestamptz), '-infinity')
           <= coalesce(cast(excluded.state ->> 'scan_at' as timestamptz), 'infinity')
    """
)
_WRITE_WATCHES: Final = text(
    """
    insert into desk_watches as kept (username, vix_watch, last_exits_at)
    select s.username, cast(g.watch as jsonb), :scan_at
    from unnest(cast(:usernames as text[]), cast(:watches as text[])) as g (username, watch)
    join user_settings s on s.username = g.username
    order by s.username
    on conflict (username) do update
        set vix_watch = excluded.vix_watch, last_exits_at = excluded.last_exits_at
        where kept.last_exits_at is null or kept.last_exits_at <= excluded.last_exits_at
    """
)


def write_states(connection: Connection, states: Mapping[UUID, str]) -> None:
    """Store what was counted of these trades, JSON texts, with what is said next."""
    if states:
        asked = {
            "trade_ids": array_literal("uuid", list(states)),
            "states": array_literal("text", list(states.values())),
        }
        later(connection, _WRITE, asked)


def write_vix_watches(connection: Connection, scan_at: datetime, watches: Mapping[str, str]) -> None:
    """Store users' VIX watches, JSON texts, and that their exits were looked at, with what is said next."""
    if watches:
        asked = {
            "usernames": array_literal("text", list(watches)),
            "watches": array_literal("text", list(watches.values())),
            "scan_at": scan_at,
        }
        later(connection, _WRITE_WATCHES, asked)

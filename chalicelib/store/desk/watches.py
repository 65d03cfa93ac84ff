"""Rows of `desk_watches` in bulk: what scans count until the next one, and what the last one came to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.desk.kill_switch.tripping import Watch
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.ahead import later, read_ahead
from chalicelib.store.arrays import array_literal

_WATCHES: Final = text(
    "select username, switch_watch from desk_watches where username = any(cast(:usernames as text[]))"
)
_NOTE: Final = text(
    """
    insert into desk_watches as w (username, switch_watch, last_scan_at, last_scan)
    select g.username, coalesce(g.watch::jsonb, '{}'), :at, g.summary::jsonb
    from unnest(cast(:username as text[]), cast(:watch as text[]), cast(:summary as text[]))
        as g (username, watch, summary)
    order by 1
    on conflict (username) do update set
        switch_watch = case when excluded.switch_watch = '{}' then w.switch_watch
                       else excluded.switch_watch end,
        last_scan_at = excluded.last_scan_at, last_scan = excluded.last_scan
        where w.last_scan_at is null or w.last_scan_at <= excluded.last_scan_at
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanNote:
    """What a scan leaves of one user; `watch` None leaves the one that is stored."""

    username: str
    summary: Mapping[str, JsonValue]
    watch: Watch | None


def watches_ahead(connection: Connection, usernames: Sequence[str]) -> None:
    """Read what `read_watches` reads together with what is read next."""
    read_ahead(connection, _WATCHES, {"usernames": list(usernames)})


def read_watches(connection: Connection, usernames: Sequence[str]) -> dict[str, Watch]:
    """Read what was counted for these users; what cannot be read is counted anew."""
    rows = connection.execute(_WATCHES, {"usernames": list(usernames)})
    return {row.username: _understood(row.switch_watch) for row in rows}


def note_scans(connection: Connection, at: datetime, notes: Sequence[ScanNote]) -> None:
    """Store, with what is said next, when these users were scanned last, and what came of it."""
    if not notes:
        return
    columns: dict[str, Sequence[object]] = {
        "username": [one.username for one in notes],
        "watch": [None if one.watch is None else json.dumps(to_json(one.watch)) for one in notes],
        "summary": [json.dumps(dict(one.summary)) for one in notes],
    }
    asked = {name: array_literal("text", values) for name, values in columns.items()}
    later(connection, _NOTE, {**asked, "at": at})


def _understood(stored: JsonValue) -> Watch:
    try:
        return from_json(Watch, stored or {})
    except (KeyError, TypeError, ValueError):
        return Watch()

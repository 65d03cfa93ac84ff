"""What the desk last did for a user, and of when what it decides by is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.json_value import JsonValue

#: Of facts of underlyings the oldest counts, of those that the user's strategies trade.
_STATUS: Final = text(
    """
    with traded as (
        select distinct underlying as symbol from strategies
        where username = :username and enabled and removed_at is null
    )
    select w.last_scan_at, w.last_exits_at, w.last_scan, w.vix_watch ->> 'read_at' as vix,
           (select max(mark_at) from paper_trades where username = :username and not is_locked) as marks,
           (select max(read_at) from account_readings where username = :username) as account,
           (select min(read_at) from underlying_facts join traded using (symbol) where kind = 'bars') as bars,
           (select min(read_at) from underlying_facts join traded using (symbol)
            where kind = 'earnings') as earnings,
           (select min(read_at) from underlying_facts join traded using (symbol)
            where kind = 'dividends') as dividends,
           (select min(newest.at) from traded cross join lateral (
                select max(loaded_at) as at from iv_history h where h.symbol = traded.symbol
            ) newest) as iv_history,
           (select max(loaded_at) from macro_windows) as macro_windows
    from (values (1)) as once (n) left join desk_watches w on w.username = :username
    """
)
_DATA: Final = ("marks", "account", "bars", "earnings", "dividends", "iv_history", "macro_windows")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStatus:
    """The last scans, and instants by what they are of; None: never."""

    last_scan_at: datetime | None
    last_exits_at: datetime | None
    last_scan: Mapping[str, JsonValue]
    data: Mapping[str, datetime | None]


def read_stored_status(connection: Connection, username: str) -> StoredStatus:
    """Read them in one statement."""
    row = connection.execute(_STATUS, {"username": username}).one()
    return StoredStatus(
        last_scan_at=row.last_scan_at,
        last_exits_at=row.last_exits_at,
        last_scan=row.last_scan or {},
        data={
            "vix": None if row.vix is None else datetime.fromisoformat(row.vix),
            **{name: row._mapping[name] for name in _DATA},
        },
    )

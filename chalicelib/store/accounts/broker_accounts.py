"""What is remembered of broker accounts between two looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.trading.books import Difference, Seen
from chalicelib.store.ahead import read_ahead

_NOTE_SYNC: Final = text(
    """
    update broker_accounts
    set failures = 0, empty_since = case when :is_empty then empty_since end
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_REMEMBERED: Final = text(
    """
    select failures > 0 or empty_since is not null as troubled, positions_at, differences from broker_accounts
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_COUNT_FAILURE: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, failures)
    values (:username, :mode, :account_id, 1)
    on conflict (username, broker_mode, account_id) do update set failures = broker_accounts.failures + 1
    returning failures
    """
)
_EMPTY_SINCE: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, empty_since)
    values (:username, :mode, :account_id, :now)
    on conflict (username, broker_mode, account_id)
        do update set empty_since = coalesce(broker_accounts.empty_since, :now)
    returning empty_since
    """
)
_EMPTY: Final = text(
    "select broker_mode, account_id from broker_accounts "
    "where username = :username and empty_since is not null"
)
_SAVE_SEEN: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, positions_at, differences)
    values (:username, :mode, :account_id, :positions_at, :differences)
    on conflict (username, broker_mode, account_id)
        do update set positions_at = excluded.positions_at, differences = excluded.differences
    """
).bindparams(bindparam("differences", type_=JSONB))
_LOOK_NEXT: Final = text(
    """
    update broker_accounts set positions_at = null
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_LOOK_ONCE_MORE: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, differences)
    values (:username, :mode, :account_id, :differences)
    on conflict (username, broker_mode, account_id)
        do update set positions_at = null, differences = excluded.differences || broker_accounts.differences
    """
).bindparams(bindparam("differences", type_=JSONB))
_FORGET: Final = Seen(read_at=None, differences={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the last looks left: was the account unreadable or empty, and what its positions showed."""

    is_troubled: bool
    seen: Seen


def remembered_ahead(connection: Connection, account: AccountRef) -> None:
    """Read what is remembered of an account together with what is read next."""
    read_ahead(connection, _REMEMBERED, account.named)


def remembered(connection: Connection, account: AccountRef) -> Remembered:
    """Read what is remembered of an account."""
    row = connection.execute(_REMEMBERED, account.named).first()
    if row is None:
        return Remembered(is_troubled=False, seen=_FORGET)
    differences = {
        symbol: Difference(
            off=Decimal(one["off"]), since=datetime.fromisoformat(one["since"]), is_told=one["is_told"]
        )
        for symbol, one in row.differences.items()
    }
    return Remembered(is_troubled=row.troubled, seen=Seen(read_at=row.positions_at, differences=differences))


def save_seen(connection: Connection, account: AccountRef, seen: Seen) -> None:
    """Remember what a read of positions showed."""
    differences = {
        symbol: {"off": str(one.off), "since": one.since.isoformat(), "is_told": one.is_told}
        for symbol, one in seen.differences.items()
    }
    shown = {"positions_at": seen.read_at, "differences": differences}
    connection.execute(_SAVE_SEEN, {**account.named, **shown})


def look_next(connection: Connection, account: AccountRef) -> None:
    """Have the next sync read the account's positions: an exit or a bracket was refused."""
    connection.execute(_LOOK_NEXT, account.named)


def look_once_more(
    connection: Connection, account: AccountRef, symbols: Iterable[str], now: datetime
) -> None:
    """Have what the account holds of these be read though no trade is left; what is known of one stays."""
    differences = {
        symbol: {"off": "0", "since": now.isoformat(), "is_told": True} for symbol in sorted(symbols)
    }
    connection.execute(_LOOK_ONCE_MORE, {**account.named, "differences": differences})


def note_read(connection: Connection, account: AccountRef, *, is_empty: bool) -> None:
    """Note that the account could be read, and whether it still shows nothing that it should."""
    connection.execute(_NOTE_SYNC, {**account.named, "is_empty": is_empty})


def count_failure(connection: Connection, account: AccountRef) -> int:
    """Count a look that the broker did not answer; returns how many in a row."""
    return int(connection.execute(_COUNT_FAILURE, account.named).scalar_one())


def note_empty(connection: Connection, account: AccountRef, now: datetime) -> datetime:
    """Note that the account shows nothing of what it should; returns since when it has."""
    since: datetime = connection.execute(_EMPTY_SINCE, {**account.named, "now": now}).scalar_one()
    return since


def empty_accounts(connection: Connection, username: str) -> list[AccountRef]:
    """Read which of a user's accounts last showed nothing of what they should."""
    rows = connection.execute(_EMPTY, {"username": username})
    return [
        AccountRef(username=username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)
        for row in rows
    ]

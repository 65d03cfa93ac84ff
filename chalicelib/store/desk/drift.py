"""Rows of `broker_accounts.drift`: what differs between books and broker in what the desk trades (B-07)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.trading.drift import Drift

#: Where the desk holds something, may enter, or saw a difference; tickers are all that it trades of a user.
_ACCOUNTS: Final = text(
    """
    with tickers as (
        select username, array_agg(ticker order by ticker) as tickers from (
            select username, ticker from paper_trades where originator = 'DESK' and not is_locked
            union
            select username, underlying from strategies where enabled and removed_at is null
        ) t group by username
    ), accounts as (
        select username, broker_mode, account_id from paper_trades
        where originator = 'DESK' and not is_locked
        union
        select username, broker_mode, account_id from broker_accounts where drift <> '{}'
        union
        select c.username, c.broker_mode, c.account_id
        from connections c join strategies s on s.username = c.username
        where s.enabled and s.removed_at is null and c.sealed is not null and c.account_id is not null
    )
    select a.username, a.broker_mode, a.account_id, coalesce(t.tickers, '{}') as tickers
    from accounts a left join tickers t on t.username = a.username
    where cast(:username as text) is null or a.username = :username
    order by 1, 2, 3
    """
)
_READ: Final = text(
    """
    select drift from broker_accounts
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_SAVE: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, drift)
    values (:username, :mode, :account_id, :drift)
    on conflict (username, broker_mode, account_id) do update set drift = excluded.drift
    """
).bindparams(bindparam("drift", type_=JSONB))
_OF_ALL: Final = text("select username, drift from broker_accounts where drift <> '{}'")
_OF_USER: Final = text(
    "select broker_mode, account_id, drift from broker_accounts where username = :username and drift <> '{}'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An account that is held against its books in these underlyings."""

    account: AccountRef
    tickers: frozenset[str]


def accounts_to_compare(connection: Connection, username: str | None) -> list[Compared]:
    """Read the accounts in which the desk acts, of one user or, when None, of all."""
    return [
        Compared(
            account=AccountRef(
                username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id
            ),
            tickers=frozenset(row.tickers),
        )
        for row in connection.execute(_ACCOUNTS, {"username": username})
    ]


def read_drift(connection: Connection, account: AccountRef) -> dict[str, Drift]:
    """Read what differed at the last look, by symbol."""
    return _drifts(connection.execute(_READ, account.named).scalar() or {})


def save_drift(connection: Connection, account: AccountRef, drifts: Mapping[str, Drift]) -> None:
    """Keep what differs."""
    kept = {
        symbol: {
            "books": str(one.books),
            "broker": str(one.broker),
            "since": one.since.isoformat(),
            "accepted": one.accepted,
        }
        for symbol, one in drifts.items()
    }
    connection.execute(_SAVE, {**account.named, "drift": kept})


def drift_of_user(connection: Connection, username: str) -> dict[AccountRef, dict[str, Drift]]:
    """Read what differs in a user's accounts."""
    return {
        AccountRef(username=username, mode=BrokerMode(row.broker_mode), account_id=row.account_id): _drifts(
            row.drift
        )
        for row in connection.execute(_OF_USER, {"username": username})
    }


def drifted_underlyings(connection: Connection, username: str) -> frozenset[str]:
    """Return the underlyings that a user may not enter now: something differs there that nobody explained.

    From the first look that shows it: one that the next does not confirm has blocked for two minutes.
    """
    return frozenset(
        one.underlying
        for drifts in drift_of_user(connection, username).values()
        for one in drifts.values()
        if not one.accepted
    )


def drifted_since(connection: Connection) -> dict[str, dict[str, datetime]]:
    """Return the same by user with since when, for whoever this transaction sees: for jobs, all users."""
    found: dict[str, dict[str, datetime]] = {}
    for row in connection.execute(_OF_ALL):
        since = found.setdefault(row.username, {})
        for one in _drifts(row.drift).values():
            if not one.accepted:
                since[one.underlying] = min(since.get(one.underlying, one.since), one.since)
    return found


def _drifts(stored: Mapping[str, Any]) -> dict[str, Drift]:  # Any: JSON
    return {
        symbol: Drift(
            symbol=symbol,
            books=Decimal(one["books"]),
            broker=Decimal(one["broker"]),
            since=datetime.fromisoformat(one["since"]),
            accepted=one["accepted"],
        )
        for symbol, one in stored.items()
    }

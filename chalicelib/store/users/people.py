"""Rows of `user_settings` as who is here: holders of names, their state, since when their sessions count."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.people import Holder, Tier, UserState
from chalicelib.store.schema import (
    access_tokens,
    ai_replays,
    backtests,
    connections,
    paper_trades,
    traders,
    user_settings,
)
from chalicelib.store.users.connections import forget_credentials

_FIND = text("select * from find_holder(:name, :sub)")
_ERASE = text("select erase_person(:username, :kept_since)")
_LIST = text("select * from list_holders()")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person as operators see them."""

    username: str
    sub: str
    state: UserState
    created_at: datetime
    open_trades: int
    personal_tokens: int


def find_holder(connection: Connection, name: str, sub: str) -> Holder | None:
    """Look up, past row security, the holder of a name with this `sub`, else its latest; None without any."""
    row = connection.execute(_FIND, {"name": name, "sub": sub}).first()
    if row is None:
        return None
    return Holder(
        username=row.username,
        sub=row.sub,
        state=UserState(row.state),
        sessions_from=row.sessions_from,
        kept_session=row.kept_session,
        holders=row.holders,
        tier=None if row.tier is None else Tier(row.tier),
        tier_told_at=row.tier_told_at,
    )


def tell_tier(connection: Connection, username: str, tier: Tier, told_at: datetime) -> None:
    """Keep what the sign-in groups say in a token issued at `told_at`, unless a later one was heard."""
    told = user_settings.c.tier_told_at
    connection.execute(
        update(user_settings)
        .where(user_settings.c.username == username, told.is_(None) | (told <= told_at))
        .values(tier=tier.value, tier_told_at=told_at)
    )


def list_people(connection: Connection) -> list[PersonRow]:
    """Read who is here, past row security: names, states and counts."""
    return [
        PersonRow(
            username=row.username,
            sub=row.sub,
            state=UserState(row.state),
            created_at=row.created_at,
            open_trades=row.open_trades,
            personal_tokens=row.personal_tokens,
        )
        for row in connection.execute(_LIST)
    ]


def read_usernames(connection: Connection) -> list[str]:
    """Read the names of all who have settings here; for jobs, acting for nobody."""
    return list(
        connection.execute(select(user_settings.c.username).order_by(user_settings.c.username)).scalars()
    )


def bar(
    connection: Connection,
    username: str,
    state: UserState,
    at: datetime,
    *,
    erase_at: datetime | None = None,
) -> None:
    """Serve a person no more: sessions before `at` are over, personal tokens gone, live off.

    Traders of who was removed are gone for good. `erase_at` is for who asked to be forgotten.
    """
    mine = user_settings.c.username == username
    connection.execute(
        update(user_settings)
        .where(mine, user_settings.c.broker_mode.in_([mode.value for mode in BrokerMode if mode.is_live]))
        .values(broker_mode=BrokerMode.TRADIER_SANDBOX.value)
    )
    connection.execute(
        update(user_settings)
        .where(mine)
        .values(
            state=state.value,
            sessions_from=at,
            kept_session=None,
            live_enabled=False,
            erase_at=func.coalesce(user_settings.c.erase_at, erase_at),
            version=user_settings.c.version + 1,
            updated_at=func.papertape_now(),
        )
    )
    of_accounts = update(connections).where(connections.c.username == username, connections.c.live_enabled)
    connection.execute(of_accounts.values(live_enabled=False))
    connection.execute(delete(access_tokens).where(access_tokens.c.username == username))
    if state is UserState.REMOVED:
        _stop_traders(connection, username)


def _stop_traders(connection: Connection, username: str) -> None:
    mine = update(traders).where(traders.c.username == username, traders.c.removed_at.is_(None))
    connection.execute(mine.values(enabled=False, removed_at=func.papertape_now()))
    for asked in (ai_replays, backtests):
        waiting = (asked.c.username == username, asked.c.status.in_(("queued", "running")))
        connection.execute(update(asked).where(*waiting).values(status="canceled"))


def read_leavers(connection: Connection) -> list[str]:
    """Read who asked to be forgotten and is still here; for jobs, that act for nobody."""
    asked = select(user_settings.c.username).where(user_settings.c.erase_at.is_not(None))
    return list(connection.execute(asked.order_by(user_settings.c.username)).scalars())


def read_due_leavers(connection: Connection, now: datetime) -> list[str]:
    """Read those of them whose time is up."""
    due = select(user_settings.c.username).where(user_settings.c.erase_at <= now)
    return list(connection.execute(due.order_by(user_settings.c.username)).scalars())


def erase(connection: Connection, username: str, *, live_kept_since: datetime) -> bool:
    """Erase a person whose time is up and who holds nothing; live records since an instant stay, reduced.

    Returns whether something went: what is left of them is left alone from then on.
    """
    asked = {"username": username, "kept_since": live_kept_since}
    return bool(connection.execute(_ERASE, asked).scalar_one())


def admit(connection: Connection, username: str) -> None:
    """Serve a disabled person again; sessions of before stay over, tokens stay gone, live stays off."""
    connection.execute(
        update(user_settings)
        .where(user_settings.c.username == username, user_settings.c.state == UserState.DISABLED.value)
        .values(state=UserState.ACTIVE.value)
    )


def end_sessions(connection: Connection, username: str, at: datetime, *, kept_session: str | None) -> None:
    """End the sessions begun before `at`, but the one of the token with this `jti`."""
    connection.execute(
        update(user_settings)
        .where(user_settings.c.username == username)
        .values(sessions_from=at, kept_session=kept_session)
    )


def forget_secrets(connection: Connection, username: str) -> None:
    """Drop what is sealed of a person who holds nothing: credentials, channels, second factor, webhooks'."""
    factor = {"factor_sealed": None, "factor_pending_sealed": None}
    connection.execute(
        update(user_settings).where(user_settings.c.username == username).values(**factor, alert_channels=[])
    )
    connection.execute(update(traders).where(traders.c.username == username).values(secret_sealed=None))
    forget_credentials(connection, username)  # last: whoever changes both has locked the settings first


def count_held(connection: Connection, username: str) -> int:
    """Count the trades of a person in which something is held."""
    statement = select(func.count()).where(*_open_of(username), paper_trades.c.open_qty > 0)
    return int(connection.execute(statement).scalar_one())


def open_trades(connection: Connection, username: str) -> list[UUID]:
    """Read the ids of a person's trades that have not ended, oldest first."""
    statement = select(paper_trades.c.id).where(*_open_of(username)).order_by(paper_trades.c.id)
    return [row.id for row in connection.execute(statement)]


def _open_of(username: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return paper_trades.c.username == username, ~paper_trades.c.is_locked

"""Rows of `user_settings`: one user's settings (A-01), made at the first sign-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypedDict

from sqlalchemy import Connection, Row, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chalicelib.domain.accounts import COINS_ACCOUNT, AccountRef, BrokerMode, mode_of_new_trades
from chalicelib.domain.people import Tier, UserState
from chalicelib.store.ahead import later
from chalicelib.store.schema import user_settings
from chalicelib.store.users import connections
from chalicelib.store.users.connections import NOT_CONNECTED, StoredConnection

#: Put together once: nearly every job and call reads a user's settings.
_OF_USER: Final = select(user_settings, connections.OF_SETTINGS).where(
    user_settings.c.username == bindparam("username")
)
_OF_USERS: Final = select(user_settings, connections.OF_SETTINGS).where(
    user_settings.c.username.in_(bindparam("usernames", expanding=True))
)
_LOCK: Final = text("select from user_settings where username = :username for update")
#: Counted in product time like every budget. A time that lies ahead was left by a clock that was set back
#: since, and holds nobody up.
_CLAIM_REFRESH: Final = text(
    """
    update user_settings set refreshed_at = :now
    where username = :username
      and (refreshed_at is null or refreshed_at <= :latest or refreshed_at > :now)
    returning 1
    """
)


#: Nobody has been sent a code for this target yet.
PROOF_WANTED: Final = "wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChannel:
    """Where alerts go. `sealed_target` holds a secret target, else `target` is shown as it is.

    `id` names the channel wherever its target must not stand; alerts before `since` are not sent on it.
    `disabled` is the reason for which nothing is sent, until its owner saves it anew, or has shown the code
    that `proof` is waiting for: `PROOF_WANTED` until one was sent, then its hash; None once it is shown.
    """

    id: str
    kind: str
    min_severity: str
    target: str | None
    sealed_target: str | None
    last4: str | None
    since: datetime
    disabled: str | None = None
    proof: str | None = None

    def as_entry(self) -> dict[str, str]:
        """Write the channel as the column holds it."""
        fields = {
            "id": self.id,
            "kind": self.kind,
            "min_severity": self.min_severity,
            "target": self.target,
            "sealed_target": self.sealed_target,
            "last4": self.last4,
            "since": self.since.isoformat(),
            "disabled": self.disabled,
            "proof": self.proof,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSettings:
    """One user's settings as stored. Money in dollars; `heat_limit_pct` in per cent of the balance."""

    username: str
    sub: str
    version: int
    broker_mode: BrokerMode
    live_enabled: bool
    connections: Mapping[BrokerMode, StoredConnection]
    account_balance: Decimal
    max_positions: int
    daily_loss_limit: Decimal
    heat_limit_pct: Decimal
    allow_market_live: bool
    close_before_expiry: bool
    auto_refresh: bool
    sounds: bool
    alert_channels: tuple[AlertChannel, ...]
    alerts_off: list[str]
    """Words of `AlertSwitch`, in their order."""
    state: UserState
    tier: Tier | None
    """What the sign-in groups said last; None: never, which is like Free."""
    created_at: datetime
    updated_at: datetime

    @property
    def effective_mode(self) -> BrokerMode:
        """Return where new trades go: the chosen broker once its token and account are stored, else PAPER."""
        return mode_of_new_trades(self.broker_mode, self.connected)

    @property
    def connected(self) -> frozenset[BrokerMode]:
        """Return where a trade may begin now: with us always, live only while that is switched on."""
        reachable = {mode for mode, one in self.connections.items() if one.works_in is not None}
        return frozenset(
            mode
            for mode in BrokerMode
            if mode.is_simulated or (mode in reachable and (self.is_live_on(mode) or not mode.is_live))
        )

    def is_live_on(self, mode: BrokerMode) -> bool:
        """Say whether real money may be traded in a live mode, as its owner confirmed it."""
        return self.connection(mode).live_enabled if mode.has_own_switch else self.live_enabled

    def connection(self, mode: BrokerMode) -> StoredConnection:
        """Return what is stored of this broker."""
        return self.connections.get(mode, NOT_CONNECTED)

    def account_id(self, mode: BrokerMode) -> str | None:
        """Return the account at this broker; the paper broker's accounts are named by their owner."""
        return self.username if mode.is_simulated else self.connection(mode).account_id

    def account(self, mode: BrokerMode) -> AccountRef | None:
        """Return the account at this broker, None where none is named."""
        account_id = self.account_id(mode)
        if account_id is None:
            return None
        return AccountRef(username=self.username, mode=mode, account_id=account_id)

    @property
    def coins_account(self) -> AccountRef:
        """Return the paper account of coins, which everybody has (C-13)."""
        return AccountRef(username=self.username, mode=BrokerMode.PAPER, account_id=COINS_ACCOUNT)

    def account_of_coins(self, mode: BrokerMode) -> AccountRef | None:
        """Return the account where coins trade in this mode, None where none is connected."""
        return self.coins_account if mode.is_simulated else self.account(mode)


class SettingsFacts(TypedDict, total=False):
    """What its owner changes of a row; units as in `UserSettings`, channels as their column holds them."""

    broker_mode: BrokerMode
    live_enabled: bool
    account_balance: Decimal
    max_positions: int
    daily_loss_limit: Decimal
    heat_limit_pct: Decimal
    allow_market_live: bool
    close_before_expiry: bool
    auto_refresh: bool
    sounds: bool
    alert_channels: list[dict[str, str]]
    alerts_off: list[str]


def ensure(connection: Connection, username: str, sub: str) -> str:
    """Make this user's row if there is none; return the `sub` that the row remembers."""
    connection.execute(insert(user_settings).values(username=username, sub=sub).on_conflict_do_nothing())
    remembered = connection.execute(
        select(user_settings.c.sub).where(user_settings.c.username == username)
    ).scalar_one()
    return str(remembered)


def read(connection: Connection, username: str, *, lock: bool = False) -> UserSettings | None:
    """Read a user's settings; `lock` holds the row until the transaction ends.

    Locked by a statement of its own, ahead: one that both waits and reads would show connections as they were
    before it waited.
    """
    if lock:
        later(connection, _LOCK, {"username": username})
    row = connection.execute(_OF_USER, {"username": username}).first()
    return None if row is None else _from_row(row)


def read_several(connection: Connection, usernames: Sequence[str]) -> dict[str, UserSettings]:
    """Read the settings of these users, whoever of them has any."""
    rows = connection.execute(_OF_USERS, {"usernames": list(usernames)})
    return {row.username: _from_row(row) for row in rows}


def write(connection: Connection, username: str, values: SettingsFacts) -> None:
    """Change these facts and raise the version by one."""
    changed = update(user_settings).where(user_settings.c.username == username)
    version = user_settings.c.version + 1
    connection.execute(changed.values(**values, version=version, updated_at=func.papertape_now()))


def write_channels(connection: Connection, username: str, channels: Sequence[AlertChannel]) -> None:
    """Store what became of channels by themselves; no change of the owner's, so the version stays."""
    entries = [channel.as_entry() for channel in channels]
    connection.execute(
        update(user_settings).where(user_settings.c.username == username).values(alert_channels=entries)
    )


def claim_refresh(connection: Connection, username: str, now: datetime, *, apart: timedelta) -> bool:
    """Note that the user refreshes now; False, with nothing noted, within `apart` of the last time."""
    values = {"username": username, "now": now, "latest": now - apart}
    return connection.execute(_CLAIM_REFRESH, values).scalar() is not None


def _from_row(row: Row[Any]) -> UserSettings:  # Any: SQLAlchemy's rows are typed by the query alone
    return UserSettings(
        username=row.username,
        sub=row.sub,
        version=row.version,
        broker_mode=BrokerMode(row.broker_mode),
        live_enabled=row.live_enabled,
        connections=connections.from_column(row.connections),
        account_balance=row.account_balance,
        max_positions=row.max_positions,
        daily_loss_limit=row.daily_loss_limit,
        heat_limit_pct=row.heat_limit_pct,
        allow_market_live=row.allow_market_live,
        close_before_expiry=row.close_before_expiry,
        auto_refresh=row.auto_refresh,
        sounds=row.sounds,
        alert_channels=tuple(_channel(entry) for entry in row.alert_channels),
        alerts_off=row.alerts_off,
        state=UserState(row.state),
        tier=None if row.tier is None else Tier(row.tier),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _channel(entry: Mapping[str, str]) -> AlertChannel:
    return AlertChannel(
        id=entry["id"],
        kind=entry["kind"],
        min_severity=entry["min_severity"],
        target=entry.get("target"),
        sealed_target=entry.get("sealed_target"),
        last4=entry.get("last4"),
        since=datetime.fromisoformat(entry["since"]),
        disabled=entry.get("disabled"),
        proof=entry.get("proof"),
    )

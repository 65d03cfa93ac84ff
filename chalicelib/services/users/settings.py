"""A user's settings (A-01): read with secrets masked, changed as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias, cast

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.alerts import AlertSwitch
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound, StaleSettings
from chalicelib.services.raise_alert import resolve_credentials_alert
from chalicelib.services.users import alert_channels, connections
from chalicelib.services.users.alert_channels import WantedChannel
from chalicelib.services.users.connections import WantedConnections
from chalicelib.services.users.prove_address import ask_for_codes
from chalicelib.store.ai.traders import end_live_of_all
from chalicelib.store.database import Isolation
from chalicelib.store.turns import take_turn
from chalicelib.store.users import settings as store
from chalicelib.store.users.connections import AccountTaken, StoredConnection, write_live
from chalicelib.store.users.settings import SettingsFacts, UserSettings

#: Where new trades go unless their owner says otherwise, and once live is off.
_DEFAULT_MODE: Final = BrokerMode.TRADIER_SANDBOX
#: A-01: what a cleared field falls back to.
DEFAULTS: Final[Mapping[str, "PlainValue"]] = {
    "broker_mode": _DEFAULT_MODE,
    "account_balance": Decimal(5000),
    "max_positions": 5,
    "daily_loss_limit": Decimal(150),
    "heat_limit_pct": Decimal(6),
    "allow_market_live": False,
    "close_before_expiry": True,
    "auto_refresh": True,
    "sounds": True,
}
PlainValue: TypeAlias = Decimal | int | bool | BrokerMode


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """The fields that a caller names, by kind; None clears one. `version` is checked when given."""

    version: int | None = None
    plain: Mapping[str, PlainValue | None] = field(default_factory=dict)
    connections: WantedConnections = field(default_factory=WantedConnections)
    channels: tuple[WantedChannel, ...] | None = None
    alerts_off: frozenset[AlertSwitch] | None = None


def load(env: Environment, username: str) -> UserSettings:
    """Read a user's settings; raises NotFound for a name that never signed in."""
    return env.database.run(lambda connection: require(connection, username), username=username)


def require(connection: Connection, username: str, *, lock: bool = False) -> UserSettings:
    """Read a user's settings inside a transaction; raises NotFound."""
    settings = store.read(connection, username, lock=lock)
    if settings is None:
        raise NotFound("user")
    return settings


def change_settings(env: Environment, username: str, change: SettingsChange) -> UserSettings:
    """Change what is named; return all of it.

    Raises Invalid, StaleSettings, TradesOpen, BrokerRefused, Unavailable; nothing is stored then.
    """
    try:
        return carry_out(env, username, change)
    except AccountTaken as taken:
        raise connections.taken_by_another(connections.ACCOUNT_FIELD[taken.mode]) from taken


def carry_out(env: Environment, username: str, change: SettingsChange) -> UserSettings:
    """Change what is named, by whatever call; raises as `change_settings` does, and AccountTaken."""
    mode = change.plain.get("broker_mode")
    if isinstance(mode, BrokerMode) and mode.is_live:
        raise Invalid([FieldError(field="broker_mode", message="live is switched on by its own call")])
    alert_channels.check(env, change.channels or ())
    present = load(env, username)
    _check_version(present, change.version)
    accounts = connections.try_wanted(env, present, change.connections)

    def work(connection: Connection) -> UserSettings:
        take_turn(connection, username)
        locked = require(connection, username, lock=True)
        _check_version(locked, change.version)
        changed = connections.changed_connections(env, locked, change.connections, accounts)
        values = _columns(env, locked, change, changed)
        connections.store_connections(connection, username, changed)
        if any(
            locked.is_live_on(mode) and not one.live_enabled
            for mode, one in changed.items()
            if mode.is_of_coins_alone
        ):
            end_live_of_all(connection, username)
        if "broker_mode" in values and locked.broker_mode.has_own_switch:
            write_live(connection, username, locked.broker_mode, enabled=False)
        if values or changed:
            store.write(connection, username, values)
        ask_for_codes(env, connection, username, values.get("alert_channels", ()))
        for mode in change.connections.with_token:
            resolve_credentials_alert(connection, username, mode)
        return require(connection, username)

    # Who waited for the turn sees what was placed in the one before (docs/adr/0003).
    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def _check_version(settings: UserSettings, seen: int | None) -> None:
    if seen is not None and seen != settings.version:
        raise StaleSettings(settings)


def _columns(
    env: Environment,
    present: UserSettings,
    change: SettingsChange,
    changed: Mapping[BrokerMode, StoredConnection],
) -> SettingsFacts:
    """Return the facts that this change, with what it makes of connections, moves."""
    plain: dict[str, PlainValue] = {}
    for name, value in change.plain.items():
        wanted = DEFAULTS[name] if value is None else value
        if wanted != getattr(present, name):
            plain[name] = wanted
    values = cast(SettingsFacts, plain)  # named as DEFAULTS are, which a test holds to these facts
    if change.channels is not None:
        made = alert_channels.from_owner(env, present.username, present.alert_channels, change.channels)
        if tuple(made) != present.alert_channels:
            values["alert_channels"] = [channel.as_entry() for channel in made]
    if change.alerts_off is not None:
        wanted_off = [switch.value for switch in AlertSwitch if switch in change.alerts_off]
        if wanted_off != present.alerts_off:
            values["alerts_off"] = wanted_off
    return values | _live_off(present, values, changed)


def _live_off(
    present: UserSettings,
    values: SettingsFacts,
    changed: Mapping[BrokerMode, StoredConnection],
) -> SettingsFacts:
    """Switch live off with whatever leaves live, or changes the account that was confirmed."""
    off: SettingsFacts = {}
    if "broker_mode" in values:
        return {"live_enabled": False} if present.live_enabled else {}
    for mode, after in changed.items():
        before = present.connection(mode)
        is_confirmed = after.sealed is not None and after.account_id == before.account_id
        if is_confirmed or not mode.is_live or not present.is_live_on(mode):
            continue
        if not mode.has_own_switch:
            off["live_enabled"] = False
        if present.broker_mode == mode:
            off["broker_mode"] = _DEFAULT_MODE
    return off

"""A user's settings (A-01): read with tokens masked, changed with tokens tried first, switched to live.

A token reaches the database only after its own broker has accepted it, and only sealed (A-12). What goes
live is confirmed by the account's number and a second factor; whatever changes the live account switches
live off again, so that the confirmation always speaks of the account in use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection

from chalicelib.brokers.errors import BrokerError, Outcome
from chalicelib.brokers.interface import ConnectionReport
from chalicelib.domain.ports import JsonValue
from chalicelib.domain.trades import BrokerMode
from chalicelib.services import alert_channels
from chalicelib.services.account_change import check_nobody_stranded, refusal_of
from chalicelib.services.alert_channels import WantedChannel
from chalicelib.services.alerting import Severity, raise_alert, resolve_credentials_alert
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import (
    BrokerRefused,
    FieldError,
    Invalid,
    NotFound,
    StaleVersion,
    Unavailable,
)
from chalicelib.services.prove_address import ask_for_codes
from chalicelib.services.shapes import instant, number
from chalicelib.store import settings as store
from chalicelib.store.database import Isolation
from chalicelib.store.second_factor import use_step
from chalicelib.store.settings import ACCOUNT_FIELD, TOKEN_FIELD, AccountTaken, UserSettings
from chalicelib.store.turns import take_turn

_LAST_CHARACTERS: Final = 4
#: A-01: what a cleared field falls back to.
DEFAULTS: Final[Mapping[str, "PlainValue"]] = {
    "broker_mode": BrokerMode.TRADIER_SANDBOX,
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
    tokens: Mapping[BrokerMode, str | None] = field(default_factory=dict)
    account_ids: Mapping[BrokerMode, str | None] = field(default_factory=dict)
    channels: tuple[WantedChannel, ...] | None = None


def load(env: Environment, username: str) -> UserSettings:
    """Read a user's settings; raises NotFound for a name that never signed in."""
    return env.database.run(lambda connection: require(connection, username), username=username)


def require(connection: Connection, username: str, *, lock: bool = False) -> UserSettings:
    """Read a user's settings inside a transaction; raises NotFound."""
    settings = store.read(connection, username, lock=lock)
    if settings is None:
        raise NotFound("user")
    return settings


def read_settings(env: Environment, username: str) -> dict[str, JsonValue]:
    """Return the settings as api.md shows them."""
    return shape(load(env, username))


def shape(settings: UserSettings) -> dict[str, JsonValue]:
    """Write settings for their owner: tokens and secret targets as `{set, last4}`."""
    shown: dict[str, JsonValue] = {"broker_mode": settings.broker_mode.value}
    for mode, name in TOKEN_FIELD.items():
        token = settings.tokens.get(mode)
        shown[name] = {"set": token is not None, "last4": None if token is None else token.last4}
        shown[ACCOUNT_FIELD[mode]] = settings.account_ids.get(mode)
    return {
        **shown,
        "account_balance": number(settings.account_balance),
        "max_positions": settings.max_positions,
        "daily_loss_limit": number(settings.daily_loss_limit),
        "heat_limit_pct": number(settings.heat_limit_pct),
        "allow_market_live": settings.allow_market_live,
        "close_before_expiry": settings.close_before_expiry,
        "auto_refresh": settings.auto_refresh,
        "sounds": settings.sounds,
        "alert_channels": [alert_channels.shape(one) for one in settings.alert_channels],
        **_unconfirmed(settings),
        "version": settings.version,
        "created_at": instant(settings.created_at),
        "updated_at": instant(settings.updated_at),
    }


def _unconfirmed(settings: UserSettings) -> dict[str, JsonValue]:
    """Name the addresses whose code was not typed in yet, while there are any."""
    waiting: list[JsonValue] = [one.target for one in settings.alert_channels if one.proof is not None]
    return {"unconfirmed_addresses": waiting} if waiting else {}


def change_settings(env: Environment, username: str, change: SettingsChange) -> dict[str, JsonValue]:
    """Change what is named; raises Invalid, StaleVersion, TradesOpen, BrokerRefused, Unavailable.

    Nothing is stored then.
    """
    if change.plain.get("broker_mode") is BrokerMode.TRADIER_LIVE:
        raise Invalid([FieldError(field="broker_mode", message="live is switched on by its own call")])
    alert_channels.check(env, change.channels or ())
    present = load(env, username)
    _check_version(present, change.version)
    accounts = {mode: _try_credentials(env, present, change, mode) for mode in TOKEN_FIELD}

    def work(connection: Connection) -> UserSettings:
        take_turn(connection, username)
        locked = require(connection, username, lock=True)
        _check_version(locked, change.version)
        values = _columns(env, locked, change, accounts)
        check_nobody_stranded(connection, locked, values)
        if values:
            store.write(connection, username, values)
        ask_for_codes(env, connection, username, values.get("alert_channels", ()))
        if any(values.get(f"{name}_sealed") for name in TOKEN_FIELD.values()):
            resolve_credentials_alert(connection, username)
        return require(connection, username)

    try:
        # Who waited for the turn sees what was placed in the one before (docs/adr/0003).
        changed = env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    except AccountTaken as taken:
        raise refusal_of(taken) from taken
    return shape(changed)


def _check_version(settings: UserSettings, seen: int | None) -> None:
    if seen is not None and seen != settings.version:
        raise StaleVersion(shape(settings))


def _try_credentials(
    env: Environment, present: UserSettings, change: SettingsChange, mode: BrokerMode
) -> str | None:
    """Try what is to be stored at its own broker; return the account that the token trades on."""
    token, account = change.tokens.get(mode), change.account_ids.get(mode)
    if token is not None:
        return _account_of_token(env, mode, token, account, present.account_ids.get(mode))
    keeps_token = mode in present.tokens and mode not in change.tokens
    if account is None or not keeps_token:
        return account
    return _accepted(try_connection(env, mode, _open_token(env, present, mode), account)).account_id


def _account_of_token(
    env: Environment, mode: BrokerMode, token: str, named: str | None, stored: str | None
) -> str | None:
    """Prefer the account that is named, then the stored one if it is the token's, then the token's own."""
    if named is not None:
        return _accepted(try_connection(env, mode, token, named)).account_id or named
    if stored is not None and try_connection(env, mode, token, stored).ok:
        return stored
    return _accepted(try_connection(env, mode, token, None)).account_id


def try_connection(
    env: Environment, mode: BrokerMode, token: str, account_id: str | None
) -> ConnectionReport:
    """Ask the broker about a token; raises Unavailable when it gives no answer."""
    try:
        return env.connections.test(mode, token, account_id)
    except BrokerError as error:
        if error.outcome is Outcome.REFUSED:
            raise BrokerRefused(error.reason) from error
        raise Unavailable(f"The broker cannot be reached: {error.reason}") from error


def _accepted(report: ConnectionReport) -> ConnectionReport:
    if not report.ok:
        raise BrokerRefused(report.reason or "The broker does not accept this token.")
    return report


def _open_token(env: Environment, settings: UserSettings, mode: BrokerMode) -> str:
    stored = settings.tokens.get(mode)
    if stored is None:
        raise CredentialsUnreadable
    return env.sealer.open(stored.sealed, owner=settings.username, field=TOKEN_FIELD[mode])


def _columns(
    env: Environment,
    present: UserSettings,
    change: SettingsChange,
    accounts: Mapping[BrokerMode, str | None],
) -> dict[str, Any]:  # Any: column values of several types
    """Return the columns that this change moves."""
    values: dict[str, Any] = {}
    for name, value in change.plain.items():
        wanted = DEFAULTS[name] if value is None else value
        if wanted != getattr(present, name):
            values[name] = wanted
    for mode in TOKEN_FIELD:
        values |= _token_columns(env, present, change, mode)
        names_account = mode in change.account_ids or change.tokens.get(mode) is not None
        if names_account and accounts[mode] != present.account_ids.get(mode):
            values[ACCOUNT_FIELD[mode]] = accounts[mode]
    if change.channels is not None:
        made = alert_channels.from_owner(env, present.username, present.alert_channels, change.channels)
        if tuple(made) != present.alert_channels:
            values["alert_channels"] = [channel.as_entry() for channel in made]
    return values | _live_off(present, values)


def _token_columns(
    env: Environment, present: UserSettings, change: SettingsChange, mode: BrokerMode
) -> dict[str, str | None]:
    if mode not in change.tokens:
        return {}
    token, name = change.tokens[mode], TOKEN_FIELD[mode]
    if token is None:
        return {f"{name}_sealed": None, f"{name}_last4": None} if mode in present.tokens else {}
    sealed = env.sealer.seal(token, owner=present.username, field=name)
    return {f"{name}_sealed": sealed, f"{name}_last4": token[-_LAST_CHARACTERS:]}


def _live_off(present: UserSettings, values: Mapping[str, Any]) -> dict[str, Any]:  # Any: column values
    """Switch live off with whatever leaves live, or changes the account that was confirmed."""
    if not present.live_enabled:
        return {}
    account_changes = ACCOUNT_FIELD[BrokerMode.TRADIER_LIVE] in values
    token_goes = "tradier_live_token_sealed" in values and values["tradier_live_token_sealed"] is None
    if "broker_mode" in values:
        return {"live_enabled": False}
    if account_changes or token_goes:
        return {"live_enabled": False, "broker_mode": BrokerMode.TRADIER_SANDBOX}
    return {}


def test_connection(env: Environment, username: str, mode: BrokerMode | None) -> dict[str, JsonValue]:
    """Try a broker's stored token and account; whatever is wrong is a reason, not an error."""
    settings = load(env, username)
    report = _report(env, settings, mode or settings.broker_mode)
    return {
        "ok": report.ok,
        "account_id": report.account_id,
        "account_type": report.account_type,
        "status": report.status,
        "options_level": report.options_level,
        "reason": report.reason,
    }


def _report(env: Environment, settings: UserSettings, mode: BrokerMode) -> ConnectionReport:
    account_id = settings.account_id(mode)
    if mode is not BrokerMode.PAPER and mode not in settings.tokens:
        return _failed(account_id, "No token is stored.")
    try:
        if mode is BrokerMode.PAPER:
            assert account_id is not None
            return env.brokers.broker_for(settings.username, mode, account_id).test_connection()
        return env.connections.test(mode, _open_token(env, settings, mode), account_id)
    except CredentialsUnreadable as unreadable:
        return _failed(account_id, str(unreadable))
    except BrokerError as error:
        return _failed(account_id, error.reason)


def _failed(account_id: str | None, reason: str) -> ConnectionReport:
    return ConnectionReport(
        ok=False, account_id=account_id, account_type=None, status=None, options_level=None, reason=reason
    )


def switch_live(
    env: Environment,
    username: str,
    *,
    enable: bool,
    account_id: str | None,
    prove: Callable[[], int],
) -> dict[str, JsonValue]:
    """Switch live trading on or off. Off is always allowed; trades opened before keep their mode.

    `prove` returns the step of a right code of the second factor. Raises what it raises (Forbidden without
    one, Invalid), Invalid without this live account or for a code used before, BrokerRefused, Unavailable.
    """
    step = prove() if enable else None
    if enable:
        _check_live_account(env, load(env, username), account_id)

    def work(connection: Connection) -> UserSettings:
        locked = require(connection, username, lock=True)
        values = _live_columns(locked, enable=enable, account_id=account_id)
        if values:
            if step is not None:
                _tell_live_on(env, connection, locked, step)
            store.write(connection, username, values)
        return require(connection, username)

    return shape(env.database.run(work, username=username))


def _tell_live_on(env: Environment, connection: Connection, settings: UserSettings, step: int) -> None:
    """Use the code up and tell the owner, in the transaction that switches live on."""
    if not use_step(connection, settings.username, step):
        raise Invalid([FieldError(field="code", message="was used before: wait for the next")])
    account = settings.account_ids.get(BrokerMode.TRADIER_LIVE)
    said = f"Live trading was switched on for account {account}: new orders use real money."
    severity = Severity.WARNING
    raise_alert(env, connection, settings.username, severity=severity, kind="live_on", message=said)


def _check_live_account(env: Environment, settings: UserSettings, account_id: str | None) -> None:
    _require_live_account(settings, account_id)
    token = _open_token(env, settings, BrokerMode.TRADIER_LIVE)
    _accepted(try_connection(env, BrokerMode.TRADIER_LIVE, token, account_id))


def _require_live_account(settings: UserSettings, account_id: str | None) -> None:
    live = BrokerMode.TRADIER_LIVE
    if live not in settings.tokens:
        raise Invalid([FieldError(field="account_id", message="store a live token first")])
    if settings.account_ids.get(live) != account_id:
        raise Invalid([FieldError(field="account_id", message="is not the stored live account")])


def _live_columns(
    settings: UserSettings, *, enable: bool, account_id: str | None
) -> dict[str, bool | BrokerMode]:
    if enable:
        _require_live_account(settings, account_id)
        is_on = settings.live_enabled and settings.broker_mode is BrokerMode.TRADIER_LIVE
        return {} if is_on else {"live_enabled": True, "broker_mode": BrokerMode.TRADIER_LIVE}
    if not settings.live_enabled:
        return {}
    leaves = settings.broker_mode is BrokerMode.TRADIER_LIVE
    mode = {"broker_mode": BrokerMode.TRADIER_SANDBOX} if leaves else {}
    return {"live_enabled": False, **mode}

"""The live switch (A-12): on by the account's number and a fresh code of the second factor, off always.

Whatever changes the live account switches it off again, so that the confirmation always speaks of the account
in use.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.users.connections import ask_to_accept, open_token
from chalicelib.services.users.settings import load, require
from chalicelib.store.ai.traders import end_live_of_all
from chalicelib.store.users import settings as store
from chalicelib.store.users.connections import write_live
from chalicelib.store.users.second_factor import use_step
from chalicelib.store.users.settings import SettingsFacts, UserSettings

#: The broker that the settings' switch speaks of, and where new trades go once it is off.
_LIVE: Final = BrokerMode.TRADIER_LIVE
_WITHOUT_LIVE: Final = BrokerMode.TRADIER_SANDBOX


def switch_live(
    env: Environment,
    username: str,
    *,
    enable: bool,
    account_id: str | None,
    prove: Callable[[], int],
    mode: BrokerMode = _LIVE,
    named_in: str = "account_id",
) -> UserSettings:
    """Switch live trading on or off; return the settings. `named_in` is the caller's field for the account.

    That of an account of coins leaves the settings alone; off, it ends live trading of its traders, each of
    which is confirmed anew.

    Off is always allowed; trades opened before keep their mode. `prove` returns the step of a right code of
    the second factor. Raises what it raises (Forbidden without one, Invalid), Invalid without this live
    account or for a code used before, BrokerRefused, Unavailable.
    """
    step = prove() if enable else None
    if enable:
        _check_account(env, load(env, username), mode, account_id, named_in)

    def work(connection: Connection) -> UserSettings:
        locked = require(connection, username, lock=True)
        if enable:
            _require_account(locked, mode, account_id, named_in)
        if mode.has_own_switch:
            _switch_account(env, connection, locked, mode, step)
            return require(connection, username)
        values = _columns(locked, enable=enable)
        if values:
            if step is not None:
                _tell(env, connection, locked, mode, step)
            store.write(connection, username, values)
        return require(connection, username)

    return env.database.run(work, username=username)


def _switch_account(
    env: Environment, connection: Connection, settings: UserSettings, mode: BrokerMode, step: int | None
) -> None:
    """Switch an account on by a code's `step`, or off without one."""
    if settings.is_live_on(mode) is (step is not None):
        return
    if step is not None:
        _tell(env, connection, settings, mode, step)
    elif mode.is_of_coins_alone:
        end_live_of_all(connection, settings.username)
    if not mode.is_of_coins_alone:
        store.write(connection, settings.username, _chosen(settings, mode, enable=step is not None))
    write_live(connection, settings.username, mode, enabled=step is not None)


def _chosen(settings: UserSettings, mode: BrokerMode, *, enable: bool) -> SettingsFacts:
    """Return where new trades in US instruments go: to what was switched on, and not to what is off."""
    if enable:
        return {"broker_mode": mode}
    return {"broker_mode": _WITHOUT_LIVE} if settings.broker_mode == mode else {}


def _tell(
    env: Environment, connection: Connection, settings: UserSettings, mode: BrokerMode, step: int
) -> None:
    """Use the code up and tell the owner, in the transaction that switches live on."""
    if not use_step(connection, settings.username, step):
        raise Invalid([FieldError(field="code", message="was used before: wait for the next")])
    account = settings.account_id(mode)
    said = f"Live trading was switched on for account {account}: new orders use real money."
    severity = Severity.WARNING
    raise_alert(env, connection, settings.username, severity=severity, kind="live_on", message=said)


def _check_account(
    env: Environment, settings: UserSettings, mode: BrokerMode, account_id: str | None, named_in: str
) -> None:
    _require_account(settings, mode, account_id, named_in)
    ask_to_accept(env, mode, open_token(env, settings, mode), account_id)


def _require_account(settings: UserSettings, mode: BrokerMode, account_id: str | None, named_in: str) -> None:
    kept = settings.connection(mode)
    if kept.sealed is None:
        raise Invalid([FieldError(field=named_in, message="store a live token first")])
    if kept.account_id != account_id:
        raise Invalid([FieldError(field=named_in, message="is not the stored live account")])


def _columns(settings: UserSettings, *, enable: bool) -> SettingsFacts:
    if enable:
        is_on = settings.live_enabled and settings.broker_mode.is_live
        return {} if is_on else {"live_enabled": True, "broker_mode": _LIVE}
    if not settings.live_enabled:
        return {}
    off: SettingsFacts = {"live_enabled": False}
    if settings.broker_mode.is_live:
        off["broker_mode"] = _WITHOUT_LIVE
    return off

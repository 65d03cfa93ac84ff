"""A user's connections to brokers (A-12): credentials tried first and kept sealed, an account of one owner.

Credentials reach the database only after their own broker has accepted them, and only under a seal that names
their owner and broker. An account is one user's, and stays as long as trades are open in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.brokers.interface import ConnectionReport
from chalicelib.brokers.offers import offer_of
from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import BrokerRefused, FieldError, Invalid, TradesOpen, Unavailable
from chalicelib.store.accounts.stranded_trades import count_stranded
from chalicelib.store.users import connections as store
from chalicelib.store.users.connections import StoredConnection, sealed_as
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.errors import Outcome, VendorError

#: The fields of the settings call that speak of connections: Tradier's, from when there was no other broker.
TOKEN_FIELD: Final[Mapping[BrokerMode, str]] = {
    BrokerMode.TRADIER_SANDBOX: "tradier_sandbox_token",
    BrokerMode.TRADIER_LIVE: "tradier_live_token",
}
ACCOUNT_FIELD: Final[Mapping[BrokerMode, str]] = {
    BrokerMode.TRADIER_SANDBOX: "tradier_sandbox_account_id",
    BrokerMode.TRADIER_LIVE: "tradier_live_account_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedConnections:
    """The tokens and accounts that a caller names, by mode; None clears one."""

    tokens: Mapping[BrokerMode, str | None] = field(default_factory=dict)
    account_ids: Mapping[BrokerMode, str | None] = field(default_factory=dict)

    @property
    def modes(self) -> list[BrokerMode]:
        """Return the modes of which anything is named."""
        return [mode for mode in BrokerMode if mode in self.tokens or mode in self.account_ids]

    @property
    def with_token(self) -> list[BrokerMode]:
        """Return the modes of which a token is to be stored."""
        return [mode for mode, token in self.tokens.items() if token is not None]


def try_wanted(
    env: Environment, present: UserSettings, wanted: WantedConnections
) -> dict[BrokerMode, str | None]:
    """Try at its own broker whatever is to be stored; return the account of each mode that is named.

    Raises BrokerRefused, Unavailable, CredentialsUnreadable.
    """
    return {mode: _account(env, present, wanted, mode) for mode in wanted.modes}


def _account(
    env: Environment, present: UserSettings, wanted: WantedConnections, mode: BrokerMode
) -> str | None:
    token, account = wanted.tokens.get(mode), wanted.account_ids.get(mode)
    kept = present.connection(mode)
    if token is not None and offer_of(mode).in_browser:
        return kept.account_id  # nothing can be tried before its user has let the program in
    if token is not None:
        return _account_of_token(env, mode, token, account, kept.account_id)
    keeps_token = kept.sealed is not None and mode not in wanted.tokens
    if account is None or not keeps_token:
        return account
    return ask_to_accept(env, mode, open_token(env, present, mode), account).account_id


def _account_of_token(
    env: Environment, mode: BrokerMode, token: str, named: str | None, stored: str | None
) -> str | None:
    """Prefer the account that is named, then the stored one if it is the token's, then the token's own."""
    if named is not None:
        return ask_to_accept(env, mode, token, named).account_id or named
    if stored is not None and _ask(env, mode, token, stored).ok:
        return stored
    return ask_to_accept(env, mode, token, None).account_id


def ask_to_accept(env: Environment, mode: BrokerMode, token: str, account_id: str | None) -> ConnectionReport:
    """Have a broker accept a token; raises BrokerRefused when it does not, Unavailable without an answer."""
    report = _ask(env, mode, token, account_id)
    if not report.ok:
        raise BrokerRefused(report.reason or "The broker does not accept this token.")
    return report


def _ask(env: Environment, mode: BrokerMode, token: str, account_id: str | None) -> ConnectionReport:
    try:
        return env.connections.test(mode, token, account_id)
    except VendorError as error:
        if error.outcome is Outcome.REFUSED:
            raise BrokerRefused(error.reason) from error
        raise Unavailable(f"The broker cannot be reached: {error.reason}") from error


def open_token(env: Environment, settings: UserSettings, mode: BrokerMode) -> str:
    """Open a stored token; raises CredentialsUnreadable."""
    sealed = settings.connection(mode).sealed
    if sealed is None:
        raise CredentialsUnreadable
    return env.sealer.open(sealed, owner=settings.username, field=sealed_as(mode))


def changed_connections(
    env: Environment,
    present: UserSettings,
    wanted: WantedConnections,
    accounts: Mapping[BrokerMode, str | None],
) -> dict[BrokerMode, StoredConnection]:
    """Return the connections that change, as they are to be; `accounts` as `try_wanted` found them."""
    changed = {}
    for mode in wanted.modes:
        token, before = wanted.tokens.get(mode), present.connection(mode)
        after = before
        if token is not None:
            sealed = env.sealer.seal(token, owner=present.username, field=sealed_as(mode))
            after = replace(after, sealed=sealed, last4=offer_of(mode).last_of(token))
        elif mode in wanted.tokens:
            after = replace(after, sealed=None, last4=None)
        if token is not None or mode in wanted.account_ids:
            after = replace(after, account_id=accounts[mode])
        if after.sealed is None or after.account_id != before.account_id:
            after = replace(after, live_enabled=False, login_until=None)
        elif token is not None and offer_of(mode).in_browser and after.account_id is not None:
            after = replace(after, login_until=env.clock.now())  # the login was the former program's
        if token is not None or after != before:
            changed[mode] = after
    return changed


def store_connections(
    connection: Connection, username: str, changed: Mapping[BrokerMode, StoredConnection]
) -> None:
    """Store these; raises AccountTaken, and TradesOpen where that would cut open trades off their account.

    A renewed token of the same account cuts nothing off. Within the user's turn: no trade begins meanwhile.
    """
    stranded = sum(count_stranded(connection, username, mode, one.works_in) for mode, one in changed.items())
    if stranded:
        raise TradesOpen(stranded)
    for mode, one in changed.items():
        store.write(connection, username, mode, one)


def taken_by_another(field_name: str) -> Invalid:
    """Return what the second owner of an account hears: that it is taken, never by whom (I-21)."""
    message = "this broker account belongs to another user here"
    return Invalid([FieldError(field=field_name, message=message)])


def test_connection(env: Environment, settings: UserSettings, mode: BrokerMode) -> ConnectionReport:
    """Try a broker's stored token and account; whatever is wrong is a reason, not an error."""
    account_id = settings.account_id(mode)
    is_outside = CAPABILITIES[mode].is_outside
    if is_outside and settings.connection(mode).sealed is None:
        return _failed(account_id, "No token is stored.")
    try:
        if is_outside:
            return env.connections.test(mode, open_token(env, settings, mode), account_id)
        account = settings.account(mode)
        assert account is not None, "an account of ours is named by its owner"
        return env.brokers.broker_for(account).test_connection()
    except CredentialsUnreadable as unreadable:
        return _failed(account_id, str(unreadable))
    except VendorError as error:
        return _failed(account_id, error.reason)


def _failed(account_id: str | None, reason: str) -> ConnectionReport:
    return ConnectionReport(
        ok=False, account_id=account_id, account_type=None, status=None, options_level=None, reason=reason
    )

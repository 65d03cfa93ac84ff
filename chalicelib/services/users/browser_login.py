"""Connecting a broker by a browser, where that is the only way in (W-03, B-10): a state out, a code back.

The state is this user's, is used once and is good for minutes; what comes back is taken from that user's own
session, so that nobody's login can be slipped to somebody else. A login is sealed like any credential.
"""

import hashlib
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.offers import OFFERS
from chalicelib.domain.accounts import BrokerMode, BrokerName
from chalicelib.services.environment import BrowserLogin, BrowserLoginMaker, Environment
from chalicelib.services.errors import BrokerRefused, FieldError, Invalid, NotFound, Unavailable
from chalicelib.services.raise_alert import resolve_broker_alert, resolve_credentials_alert
from chalicelib.services.users import connections, login_ends
from chalicelib.services.users.settings import load, require
from chalicelib.services.users.standing import Standing, standing_of
from chalicelib.store.database import Isolation
from chalicelib.store.turns import take_turn
from chalicelib.store.users.connections import AccountTaken, StoredConnection, sealed_as
from chalicelib.store.users.logins import ask_login, redeem_state
from chalicelib.vendors.errors import Outcome, VendorError

STATE_LIVES: Final = timedelta(minutes=10)
_STATE_BYTES: Final = 32


def authorize(env: Environment, username: str, name: BrokerName) -> str:
    """Return the broker's page on which its user lets us in; raises Invalid, NotFound without credentials."""
    mode = _mode(name)
    settings = load(env, username)
    if settings.connection(mode).sealed is None:
        raise NotFound("connection")
    secret = connections.open_token(env, settings, mode)
    state = urlsafe_b64encode(env.randomness.token_bytes(_STATE_BYTES)).decode().rstrip("=")
    url = _maker(env).url(mode, secret, state)
    env.database.run(
        lambda connection: ask_login(connection, username, mode, _hashed(state), env.clock.now()),
        username=username,
    )
    return url


def come_back(
    env: Environment, username: str, name: BrokerName, *, code: str | None, state: str | None
) -> Standing:
    """Turn what a browser came back with into a login, kept sealed; return where the user stands then.

    Raises Invalid for a state that is not this user's, is used up or too old, BrokerRefused, Unavailable,
    TradesOpen for another account while trades are open.
    """
    mode = _mode(name)
    if code is None or state is None:
        raise Invalid([FieldError(field="code", message="the broker sent nobody back with one")])
    since = env.clock.now() - STATE_LIVES
    sealed = env.database.run(
        lambda connection: redeem_state(connection, username, mode, _hashed(state), since), username=username
    )
    if sealed is None:
        raise Invalid([FieldError(field="state", message="is not known, used or too old: begin anew")])
    secret = env.sealer.open(sealed, owner=username, field=sealed_as(mode))
    known = load(env, username).account_id(mode)
    login = _redeemed(env, mode, secret, code, known)

    def store(connection: Connection) -> None:
        take_turn(connection, username)
        before = require(connection, username, lock=True).connection(mode)
        if before.sealed != sealed:
            raise Invalid([FieldError(field="state", message="other credentials were stored: begin anew")])
        connections.store_connections(connection, username, {mode: _kept(env, username, mode, before, login)})
        resolve_credentials_alert(connection, username, mode)
        for kind in (login_ends.KIND, login_ends.ENDED):
            resolve_broker_alert(connection, username, kind=kind, topic=mode.value)

    try:
        env.database.run(store, username=username, isolation=Isolation.READ_COMMITTED)
    except AccountTaken as taken:
        raise connections.taken_by_another("account_id") from taken
    return standing_of(env, username, name, mode)


def _redeemed(
    env: Environment, mode: BrokerMode, secret: str, code: str, account_id: str | None
) -> BrowserLogin:
    try:
        login = _maker(env).redeem(mode, secret, code, account_id)
    except VendorError as error:
        if error.outcome is Outcome.REFUSED:
            raise BrokerRefused(error.reason) from error
        raise Unavailable(f"The broker cannot be reached: {error.reason}") from error
    if not login.report.ok:
        raise BrokerRefused(login.report.reason or "The broker does not accept this login.")
    return login


def _kept(
    env: Environment, username: str, mode: BrokerMode, before: StoredConnection, login: BrowserLogin
) -> StoredConnection:
    """Return the connection as it is from now on; another account than the confirmed one is not live."""
    account_id = login.report.account_id
    return StoredConnection(
        account_id=account_id,
        sealed=env.sealer.seal(login.secret, owner=username, field=sealed_as(mode)),
        last4=before.last4,
        live_enabled=before.live_enabled and before.account_id == account_id,
        login_until=login.until,
    )


def _mode(name: BrokerName) -> BrokerMode:
    offer = OFFERS.get(name)
    if offer is None:
        raise Invalid([FieldError(field="broker", message=f"{name} cannot be connected yet")])
    if not offer.in_browser:
        message = f"{name} needs no authorization in a browser: store its credentials"
        raise Invalid([FieldError(field="broker", message=message)])
    return offer.modes[0]


def _maker(env: Environment) -> BrowserLoginMaker:
    if env.browser_logins is None:
        raise Unavailable("Nobody can be sent out to a broker's page from here")
    return env.browser_logins


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()

"""Connecting a broker and letting go of it by calls of their own (W-03), one environment at a time.

The same rows, rules and refusals as the token fields of the settings call: tried first, sealed, one owner an
account, never cut off from open trades.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.brokers.offers import OFFERS, WANTED_ACCOUNT, Offer
from chalicelib.domain.accounts import LIVE, BrokerMode, BrokerName
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.users.connections import WantedConnections, taken_by_another
from chalicelib.services.users.settings import SettingsChange, carry_out, load
from chalicelib.services.users.standing import Standing, standing_of
from chalicelib.store.users.connections import AccountTaken, StoredConnection
from chalicelib.store.users.settings import UserSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedConnection:
    """What a caller gives to be connected: the account is the credentials' own where none is named."""

    environment: str
    account_id: str | None
    credentials: Mapping[str, str] = field(repr=False)


def connect(env: Environment, username: str, name: BrokerName, wanted: WantedConnection) -> Standing:
    """Try what is given at its broker and store it; return where the user stands there then.

    Raises Invalid, TradesOpen, BrokerRefused, Unavailable; nothing is stored then.
    """
    offer = _offer(name)
    mode = _mode(name, offer, wanted.environment)
    _check_credentials(offer, wanted.credentials)
    given, accounts = dict(wanted.credentials), {}
    if wanted.account_id is not None and offer.in_browser:
        given[WANTED_ACCOUNT] = (
            wanted.account_id
        )  # which of a login's accounts it is to be, once there is one
    elif wanted.account_id is not None:
        accounts[mode] = wanted.account_id
    secret = offer.joined(given)
    change = SettingsChange(connections=WantedConnections(tokens={mode: secret}, account_ids=accounts))
    try:
        carry_out(env, username, change)
    except AccountTaken as taken:
        raise taken_by_another("account_id") from taken
    return standing_of(env, username, name, mode)


def disconnect(env: Environment, username: str, name: BrokerName, environment: str | None) -> None:
    """Forget a broker's credentials and account; `environment` may be left out where one is connected.

    Raises Invalid where both are, NotFound where none is, TradesOpen while trades are open there.
    """
    offer = _offer(name)
    mode = _connected_mode(name, offer, load(env, username), environment)
    gone: Mapping[BrokerMode, str | None] = {mode: None}
    carry_out(env, username, SettingsChange(connections=WantedConnections(tokens=gone, account_ids=gone)))


def live_mode(name: BrokerName) -> BrokerMode:
    """Return where this broker trades real money; raises Invalid where it does not."""
    return _mode(name, _offer(name), LIVE, of="broker")


def _offer(name: BrokerName) -> Offer:
    offer = OFFERS.get(name)
    if offer is None:
        raise Invalid([FieldError(field="broker", message=f"{name} cannot be connected yet")])
    if not offer.credentials:
        raise Invalid([FieldError(field="broker", message=f"{name} is ours: everybody is connected to it")])
    return offer


def _mode(name: BrokerName, offer: Offer, environment: str, *, of: str = "environment") -> BrokerMode:
    mode = offer.mode(environment)
    if mode is None:
        raise Invalid([FieldError(field=of, message=f"{name} has no {environment} accounts")])
    return mode


def _check_credentials(offer: Offer, given: Mapping[str, str]) -> None:
    """Refuse what is missing, unknown or cannot be such a credential; never shows what was given."""
    faults = [
        FieldError(field=f"credentials.{name}", message="is not known")
        for name in given
        if name not in offer.credentials
    ]
    for name, form in offer.credentials.items():
        if name not in given:
            faults.append(FieldError(field=f"credentials.{name}", message="is missing"))
        elif form.fullmatch(given[name]) is None:
            faults.append(FieldError(field=f"credentials.{name}", message="cannot be such a credential"))
    if faults:
        raise Invalid(faults)


def _connected_mode(
    name: BrokerName, offer: Offer, settings: UserSettings, environment: str | None
) -> BrokerMode:
    wanted = offer.modes if environment is None else (_mode(name, offer, environment),)
    found = [mode for mode in wanted if settings.connection(mode) != StoredConnection()]
    if not found:
        raise NotFound("connection")
    if len(found) > 1:
        raise Invalid([FieldError(field="environment", message="several are connected: say which to end")])
    return found[0]

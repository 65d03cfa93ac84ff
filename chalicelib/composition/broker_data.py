"""Market data by a user's own broker, where it has chains with Greeks: Schwab's (B-10)."""

from collections.abc import Callable
from typing import Final

from chalicelib.brokers.offers import OFFERS
from chalicelib.composition.brokers import StoredCredentials
from chalicelib.composition.outside_brokers import OutsideLine, schwab_client, schwab_environment
from chalicelib.domain.accounts import AccountRef, BrokerMode, BrokerName
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.marketdata.interface import MarketData
from chalicelib.services.environment import CredentialsUnreadable
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.budget import PurposeBudget, Urgency
from chalicelib.vendors.deadline import Deadline

_MODE: Final = BrokerMode.SCHWAB_LIVE


class OwnBrokerData:
    """Builds the data of a login that its user has at Schwab and that has not ended."""

    def __init__(self, credentials: StoredCredentials, outside: OutsideLine) -> None:
        self._credentials = credentials
        self._outside = outside

    def __call__(
        self,
        username: str,
        deadline: Deadline | None,
        urgency: Urgency,
        underlyings: Callable[[], MarketData | None],
    ) -> MarketData | None:
        """Return Schwab's data where that is its user's broker, or no Tradier token could serve instead.

        None without a login that lasts, where what is stored cannot be opened, or Tradier serves all.
        """
        if self._credentials.data_environment(None) is not None:
            return None
        stored = self._credentials.settings_of(username)
        connection, outside = stored.connection(_MODE), self._outside
        until = connection.login_until
        if connection.works_in is None or until is None or until <= outside.clock.now():
            return None
        if stored.broker_mode is not _MODE and _has_tradier(stored):
            return None
        account = AccountRef(username=username, mode=_MODE, account_id=connection.works_in)
        keep = self._credentials.keep_access(stored, account, outside.clock, outside.randomness)
        budget = PurposeBudget(outside.budgets[BrokerName.SCHWAB], urgency, None)

        from chalicelib.marketdata.schwab_data import SchwabData

        try:
            secret = self._credentials.secret(stored, _MODE)
            environment, _ = schwab_environment(outside, _MODE, secret)
        except (CredentialsUnreadable, ValueError):
            return None
        client = schwab_client(outside, environment, keep, deadline, budget=budget)
        return SchwabData(client, outside.clock, MarketCalendar(), underlyings)


def _has_tradier(stored: UserSettings) -> bool:
    return any(stored.connection(mode).sealed is not None for mode in OFFERS[BrokerName.TRADIER].modes)

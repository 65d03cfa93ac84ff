"""Whose calls the emulated Interactive Brokers answers: their accounts, and how often they may ask."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.ibkr.oauth import Registration
from infra.local.emulators.ibkr.problems import ApiRefusal, too_many

PACE: Final = timedelta(seconds=5)


class Callers:
    """Accounts by who signed a call."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._paced: dict[tuple[str, str], datetime] = {}

    @property
    def accounts(self) -> Mapping[str, Account]:
        """Return every account."""
        return self._broker.accounts

    def own(self, who: Registration) -> list[Account]:
        """Return the accounts of an access token."""
        return [one for one in self.accounts.values() if one.token == who.access_token]

    def account(self, who: Registration, account_id: str) -> Account:
        """Return an account of an access token. Raises ApiRefusal."""
        account = self.accounts.get(account_id)
        if account is None or account.token != who.access_token:
            raise ApiRefusal(403, "Account is not of this user")
        return account

    def keep_pace(self, who: Registration, path: str, now: datetime) -> None:
        """Refuse what comes within five seconds of the last such call. Raises ApiRefusal (429)."""
        last = self._paced.get((who.access_token, path))
        if last is not None and last <= now < last + PACE:
            raise too_many()
        self._paced[who.access_token, path] = now

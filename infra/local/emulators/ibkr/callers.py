"""Whose calls the emulated Interactive Brokers answers: their accounts, and how often they may ask."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.ibkr.oauth import Registration
from infra.local.emulators.ibkr.problems import ApiRefusal, too_many
from infra.local.emulators.serving.rate_limit import RateLimiter

PACE: Final = timedelta(seconds=5)
#: Ten a second, counted by the minute: a clock that is moved by hand has no seconds.
CALLS_A_MINUTE: Final = 600
#: Whoever asked more often is answered nothing for so long: 10 to 15 minutes (wire, 6).
PENALTY: Final = timedelta(minutes=10)


class Callers:
    """Accounts by who signed a call."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._paced: dict[tuple[str, str], datetime] = {}
        self._limiter = RateLimiter()
        self._boxed_until: dict[str, datetime] = {}

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

    def keep_count(self, who: Registration, now: datetime) -> None:
        """Refuse what is beyond ten calls a second, and for ten minutes all else. Raises ApiRefusal (429)."""
        until = self._boxed_until.get(who.access_token)
        if until is not None and now < until:
            raise too_many()
        if self._limiter.count((who.access_token, "all"), CALLS_A_MINUTE, now).refused:
            self._boxed_until[who.access_token] = now + PENALTY
            raise too_many()

    def keep_pace(self, who: Registration, path: str, now: datetime) -> None:
        """Refuse what comes within five seconds of the last such call. Raises ApiRefusal (429)."""
        last = self._paced.get((who.access_token, path))
        if last is not None and last <= now < last + PACE:
            raise too_many()
        self._paced[who.access_token, path] = now

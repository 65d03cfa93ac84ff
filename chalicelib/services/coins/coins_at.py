"""A directory of brokers for a tick: its exchange of coins stands at the end of a minute (C-05)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.brokers.coins.feed import CoinFeed
from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.environment import BrokerDirectory, PaperFloor
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinsAt:
    """Brokers whose orders for coins go by `feed`; what protects is placed as of `until`."""

    brokers: BrokerDirectory
    floor: PaperFloor
    feed: CoinFeed
    until: datetime

    def broker_for(
        self,
        account: AccountRef,
        *,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.MARKS,
        stored: UserSettings | None = None,
    ) -> Broker:
        """Return the broker of an account; raises CredentialsUnreadable."""
        if account.meets_minutes:
            return self.floor.coins(account.username, feed=self.feed, protects_from=self.until)
        return self.brokers.broker_for(account, deadline=deadline, purpose=purpose, stored=stored)

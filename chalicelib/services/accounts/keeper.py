"""Who keeps a broker account: one worker, for its owner, with its broker, under its lease."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.services.environment import Environment
from chalicelib.store.accounts.leases import Lease, let_go_with, run_held
from chalicelib.store.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKeeper:
    """One worker on one broker account: who it acts for, with what, under which lease."""

    env: Environment
    account: AccountRef
    broker: Broker
    lease: Lease | None

    @property
    def username(self) -> str:
        """Return whose account it is."""
        return self.account.username

    @property
    def database(self) -> Database:
        """Return the connections this worker writes by."""
        return self.env.database

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of this user's, only while the lease is held; raises LeaseLost."""
        if self.lease is None:
            return self.database.run(work, username=self.username)
        return run_held(self.database, self.lease, work)

    def write_last(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as `write` does, and let go of the account in the same transaction."""
        if self.lease is None:
            return self.write(work)
        return let_go_with(self.database, self.lease, work, writes=True)

    def read_last(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which ends with a read, and let go of the account before it; writes nothing else."""
        if self.lease is None:
            return self.database.run(work, username=self.username)
        return let_go_with(self.database, self.lease, work, writes=False)

"""Which broker accounts have work, and doing it one account at a time under the account's lease."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.accounts.lease import account_lease
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.raise_alert import alert_unreadable_credentials
from chalicelib.store.accounts.at_work import read_accounts_at_work

T = TypeVar("T")


def accounts_at_work(env: Environment, username: str | None = None) -> Sequence[AccountRef]:
    """Return the accounts with open trades, live orders or prices told today, of one user or of all."""
    today = new_york_midnight(new_york_date(env.clock.now()))
    return env.database.read(
        lambda connection: read_accounts_at_work(connection, username, told_since=today), username=username
    )


def keep_account(
    env: Environment, account: AccountRef, work: Callable[[AccountKeeper], T], *, wait_seconds: float = 0
) -> T | None:
    """Keep the account for `work`; None when another worker keeps it, or its token cannot be opened."""
    with account_lease(env, account, wait_seconds=wait_seconds) as lease:
        if lease is None:
            return None
        try:
            broker = env.brokers.broker_for(account)
        except CredentialsUnreadable:
            env.database.run(
                lambda connection: alert_unreadable_credentials(env, connection, account),
                username=account.username,
            )
            return None
        return work(AccountKeeper(env=env, account=account, broker=broker, lease=lease))

"""Which broker accounts have work, and doing it one account at a time under the account's lease."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection, text

from chalicelib.domain.job_messages import Account
from chalicelib.domain.trades import BrokerMode
from chalicelib.services.account_lease import account_lease
from chalicelib.services.alerting import alert_unreadable_credentials
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.send_order import Desk

T = TypeVar("T")

#: Trades that have not ended, or orders that may still be alive though their trade has ended.
_ACCOUNTS: Final = text(
    """
    select username, broker_mode, account_id from paper_trades
    where not is_locked and broker_mode <> 'IMPORTED'
      and (cast(:username as text) is null or username = :username)
    union
    select t.username, t.broker_mode, t.account_id from orders o join paper_trades t on t.id = o.trade_id
    where o.status in ('SENT', 'UNKNOWN', 'PENDING', 'OPEN', 'PARTIALLY_FILLED')
      and (cast(:username as text) is null or o.username = :username)
    order by 1, 2, 3
    """
)


def accounts_at_work(env: Environment, username: str | None = None) -> Sequence[Account]:
    """Return the accounts with open trades or live orders, of one user or of all."""

    def read(connection: Connection) -> list[Account]:
        rows = connection.execute(_ACCOUNTS, {"username": username})
        return [
            Account(username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)
            for row in rows
        ]

    return env.database.run(read, username=username)


def with_desk(
    env: Environment, account: Account, work: Callable[[Desk], T], *, wait_seconds: float = 0
) -> T | None:
    """Run `work` at this account's desk; None when another worker is at it, or its token cannot be opened."""
    whose = account.username, account.mode, account.account_id
    with account_lease(env, *whose, wait_seconds=wait_seconds) as lease:
        if lease is None:
            return None
        try:
            broker = env.brokers.broker_for(account.username, account.mode, account.account_id)
        except CredentialsUnreadable:
            env.database.run(
                lambda connection: alert_unreadable_credentials(env, connection, account.username),
                username=account.username,
            )
            return None
        return work(Desk(env=env, username=account.username, broker=broker, lease=lease))

"""Day orders that outlive their day: looked after until 17:30, then told of (A-02)."""

from collections.abc import Sequence

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.accounts.at_work import read_accounts_with_day_orders


def accounts_with_day_orders(env: Environment) -> Sequence[AccountRef]:
    """Return the accounts in which a day order is live or unsettled; a day of coins has no close."""
    found = env.database.run(read_accounts_with_day_orders, username=None)
    return [account for account in found if not account.holds_coins]


def alert_live_day_orders(env: Environment, accounts: Sequence[AccountRef]) -> None:
    """Tell each owner that a day order is still live at the end of the day's syncs."""
    for account in accounts:
        _alert(env, account)


def _alert(env: Environment, account: AccountRef) -> None:
    env.database.run(
        lambda connection: raise_alert(
            env,
            connection,
            account.username,
            severity=Severity.WARNING,
            kind="day_order_live",
            message=f"A day order in account {account.account_id} is still live after the day's last sync.",
            lasting=True,
            topic=f"{account.account_id}:{new_york_date(env.clock.now())}",
        ),
        username=account.username,
    )

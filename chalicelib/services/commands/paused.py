"""No entry goes to an exchange of coins that did not answer when it was last looked at (C-06)."""

from typing import Final

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.services.accounts.hand_over import hand_over_account
from chalicelib.services.environment import Environment
from chalicelib.services.errors import BrokerRefused, Unavailable
from chalicelib.store.accounts import broker_accounts
from chalicelib.vendors.errors import Outcome, VendorError

_AWAY_SECONDS: Final = 30
#: An account that is handed over is looked at within so long, mostly.
_COMPARED_WITHIN_SECONDS: Final = 5


def check_reachable(env: Environment, broker: Broker, account: AccountRef) -> None:
    """Refuse an entry where an exchange failed a moment ago; raises Unavailable, BrokerRefused.

    One that is back is looked at first: what happened there meanwhile has to be known before anything enters.
    Of one that answered nobody asks: the order itself is the next question.
    """
    if not account.mode.is_of_coins_alone:
        return
    is_troubled = env.database.read(
        lambda connection: broker_accounts.remembered(connection, account).is_troubled,
        username=account.username,
    )
    if not is_troubled:
        return
    try:
        broker.positions()
    except VendorError as error:
        if error.outcome is Outcome.REFUSED:
            raise BrokerRefused(error.reason) from error
        raise Unavailable(error.reason, retry_after_seconds=_AWAY_SECONDS) from error
    hand_over_account(env, account, due_at=env.clock.now())
    message = f"{account.mode} answers again: its orders and balances are compared before anything enters"
    raise Unavailable(message, retry_after_seconds=_COMPARED_WITHIN_SECONDS)

"""No entry goes to an exchange of coins that did not answer when it was last looked at (C-06)."""

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.services.environment import Environment
from chalicelib.services.errors import BrokerRefused, Unavailable
from chalicelib.store.accounts import broker_accounts
from chalicelib.vendors.errors import Outcome, VendorError


def check_reachable(env: Environment, broker: Broker, account: AccountRef) -> None:
    """Ask an exchange that failed a moment ago whether it is back; raises Unavailable, BrokerRefused.

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
        raise Unavailable(error.reason, retry_after_seconds=30) from error

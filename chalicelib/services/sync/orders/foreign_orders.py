"""Orders of another deployment or another user of ours in this broker account (A-12): told of, left alone."""

from typing import Final

from chalicelib.brokers.interface import BrokerOrder
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.match_orders import is_working
from chalicelib.services.raise_alert import Severity, raise_alert

KIND: Final = "foreign_order"


def is_of_another(keeper: AccountKeeper, order: BrokerOrder) -> bool:
    """Say whether an order that no row of ours names was tagged by somebody else, or before tags named us."""
    return not keeper.env.tags.mark(keeper.username).is_on(order.tag or "")


def tell_of_foreign(keeper: AccountKeeper, order: BrokerOrder) -> None:
    """Tell the account's owner once of a working order that is not ours to touch (I-32)."""
    if not is_working(order):
        return
    keeper.write(
        lambda connection: raise_alert(
            keeper.env,
            connection,
            keeper.username,
            severity=Severity.WARNING,
            kind=KIND,
            topic=order.broker_order_id,
            message=(
                f"Order {order.broker_order_id} in your broker account was placed by another papertape: "
                "it is left alone. Two that trade one account do not see each other's positions."
            ),
            lasting=True,
        )
    )

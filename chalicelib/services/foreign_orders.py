"""Orders of another deployment or another user of ours in this broker account (A-12): told of, left alone."""

from typing import Final

from chalicelib.brokers.interface import BrokerOrder
from chalicelib.services.alerting import Severity, raise_alert
from chalicelib.services.matching import is_working
from chalicelib.services.send_order import Desk

KIND: Final = "foreign_order"


def is_of_another(desk: Desk, order: BrokerOrder) -> bool:
    """Say whether an order that no row of ours names was tagged by somebody else, or before tags named us."""
    return not desk.env.tags.mark(desk.username).is_on(order.tag or "")


def tell_of_foreign(desk: Desk, order: BrokerOrder) -> None:
    """Tell the account's owner once of a working order that is not ours to touch (I-32)."""
    if not is_working(order):
        return
    desk.write(
        lambda connection: raise_alert(
            desk.env,
            connection,
            desk.username,
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

"""Orders good till cancelled that the broker shows neither in its list nor by their id (A-02, ADR 0016).

Tradier's list is of the current day, and nobody has recorded whether it shows an order that rests since an
earlier one. So the order counts as working until the broker says what became of it, its contract expires, or
its owner closes or adjusts; meanwhile its owner knows.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import Duration, Order, OrderStatus
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.trades.orders import load_orders, save_order

#: How often a hidden order is looked for by its id: a list that shows it again says so anyway.
LOOK_FOR_EVERY: Final = timedelta(minutes=15)
KIND: Final = "order_hidden"


def was_looked_for(order: Order, now: datetime) -> bool:
    """Say whether a hidden order was looked for a moment ago."""
    if order.duration is not Duration.GTC or order.missed_at is None:
        return False
    return now - order.missed_at < LOOK_FOR_EVERY


def note_hidden(keeper: AccountKeeper, order: Order) -> None:
    """Note that the broker shows it nowhere, and tell its owner once."""

    def note(connection: Connection) -> None:
        save_order(connection, order.id, {"missed_at": keeper.env.clock.now()})
        raise_alert(
            keeper.env,
            connection,
            keeper.username,
            severity=Severity.WARNING,
            kind=KIND,
            trade_id=order.trade_id,
            message=(
                f"The broker shows the {order.role} order over {order.symbol} neither in its list nor by its "
                "id. It counts as working until the broker says otherwise; adjust or close to replace it."
            ),
            lasting=True,
        )

    keeper.write(note)


def note_shown(keeper: AccountKeeper, trade_id: UUID) -> None:
    """Note that the broker shows a trade's order again."""
    keeper.write(lambda connection: resolve_alert(connection, keeper.username, kind=KIND, trade_id=trade_id))


def end_hidden(keeper: AccountKeeper, trade_id: UUID, broker_order_id: str) -> bool:
    """End orders that the broker neither cancels nor shows, so that an exit can go on; says whether any was.

    Only those that were hidden before: asked twice about it, it twice did not know it.
    """

    def end(connection: Connection) -> bool:
        gone = [
            order
            for order in load_orders(connection, [trade_id]).get(trade_id, ())
            if order.is_live and order.missed_at is not None and order.listed_id == broker_order_id
        ]
        for order in gone:
            ended: OrderFacts = {
                "status": OrderStatus.CANCELED,
                "reason": "the broker does not know it any more",
                "ended_at": keeper.env.clock.now(),
                "handled": True,
            }
            save_order(connection, order.id, ended)
        resolve_alert(connection, keeper.username, kind=KIND, trade_id=trade_id)
        return bool(gone)

    ended: bool = keeper.write(end)
    return ended

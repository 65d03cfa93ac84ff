"""Sales of a close that is over: whatever becomes of them, the next close is not judged by it."""

from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.orders import OrderRole
from chalicelib.domain.trading.trades import Trade
from chalicelib.store.trades.orders import load_orders, save_order

#: No close is asked for.
NO_CLOSE: Final[TradeFacts] = {
    "close_requested_at": None,
    "closing_reason": None,
    "closing_qty": None,
    "closing_limit_price": None,
    "closing_buffer_pct": None,
    "closing_hurried_at": None,
}


def set_sales_aside(connection: Connection, trade: Trade) -> None:
    """Note that a trade's exits were dealt with; the next step cancels those that still work."""
    for order in load_orders(connection, [trade.id]).get(trade.id, ()):
        if order.role is OrderRole.EXIT and not order.handled:
            save_order(connection, order.id, {"handled": True})

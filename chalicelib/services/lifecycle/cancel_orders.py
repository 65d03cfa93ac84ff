"""Cancel orders at the broker and read until it shows their end: a cancel may lose to a fill (A-04).

What protects an open trade is cancelled within the session alone (I-18): nothing could take its place before
the next open.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.errors import AlreadyFinal, UnknownOrder
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading.orders import PROTECTIVE
from chalicelib.domain.trading.steps import CancelOrders, SessionState
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.hidden_orders import end_hidden
from chalicelib.services.lifecycle.order_reader import OrderReader
from chalicelib.services.market_hours import calendar_of, session_state
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.orders import save_order
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import VendorError

_CONFIRM_READS_MAX: Final = 3
_CONFIRM_SECONDS: Final = 0.3


def cancel_and_confirm(keeper: AccountKeeper, reader: OrderReader, trade: Trade, step: CancelOrders) -> bool:
    """Cancel what the step names; False while the broker does not show all of it ended."""
    ids = {order.parent_broker_order_id or order.broker_order_id for order in step.orders}
    market = keeper.write(lambda connection: _note(keeper, connection, trade, step))
    for broker_order_id in sorted(one for one in ids if one is not None):
        # The answer about the one before may have taken until after the bell.
        if _bares(step) and session_state(keeper.env, market, trade) is SessionState.CLOSED:
            return False
        is_final = False
        try:
            keeper.broker.cancel(broker_order_id)
        except AlreadyFinal:
            is_final = True  # the reading below says what became of it: a cancel may lose to a fill
        except UnknownOrder:
            if end_hidden(keeper, trade.id, broker_order_id):
                continue
        except VendorError as error:
            reader.last_error = error
            return False
        if not _confirm(keeper, reader, trade.id, broker_order_id, is_final=is_final):
            return False
    return True


def _bares(step: CancelOrders) -> bool:
    """Say whether it takes protection off a trade that may still hold something."""
    return not step.orphaned and any(order.role in PROTECTIVE for order in step.orders)


def _note(keeper: AccountKeeper, connection: Connection, trade: Trade, step: CancelOrders) -> MarketCalendar:
    """Store what will be asked for; return the calendar that it is asked by."""
    now = keeper.env.clock.now()
    for order in step.orders:
        save_order(connection, order.id, {"cancel_requested_at": now})
    if step.orphaned:
        raise_alert(
            keeper.env,
            connection,
            trade.username,
            severity=Severity.WARNING,
            kind="orphan_order",
            trade_id=trade.id,
            message=f"{trade.ticker}: an order was still live after its trade had ended; it is cancelled.",
        )
    return calendar_of(keeper.env, connection)


def _confirm(
    keeper: AccountKeeper, reader: OrderReader, trade_id: UUID, broker_order_id: str, *, is_final: bool
) -> bool:
    """Read until the broker shows an end; what filled in between is booked.

    What it will not cancel since it has ended, and shows no more, as nothing of earlier days, is over.
    """
    for attempt in range(_CONFIRM_READS_MAX):
        if attempt:
            keeper.env.clock.sleep(_CONFIRM_SECONDS)
        stood = reader.read_and_book(trade_id, broker_order_id, Urgency.EXIT)
        if stood is None:
            is_shown = not isinstance(reader.last_error, UnknownOrder)
            return is_final and not is_shown and end_hidden(keeper, trade_id, broker_order_id)
        left = [
            order
            for order in stood.orders
            if order.is_outstanding
            and broker_order_id in {order.broker_order_id, order.parent_broker_order_id}
        ]
        if not left:
            return True
    return False

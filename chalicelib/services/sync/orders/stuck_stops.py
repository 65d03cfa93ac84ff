"""Stops that were triggered and do not fill (C-06): their trades are closed at market.

Where an exchange has no stop at market, ours has a limit beyond it; a market that leaps over both leaves an
order that works where nobody buys. The close cancels it, sees that confirmed, and sells what is left.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import BrokerOrder, OrderList
from chalicelib.domain.trading.orders import LIVE, Order, OrderRole
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.store.trades.trades import load_trade

#: How long a triggered stop may work unfilled (C-06, ours).
TRIGGERED_MAX: Final = timedelta(seconds=60)


def close_stuck(look: AccountRound, orders: Sequence[Order], listed: OrderList) -> None:
    """Begin the close of each trade whose stop was triggered a minute ago and still works."""
    stops = {
        order.broker_order_id: order
        for order in orders
        if order.role is OrderRole.STOP_LOSS and order.broker_order_id is not None
    }
    for shown in _shown(listed):
        order = stops.get(shown.broker_order_id)
        if order is not None and _is_stuck(shown, listed):
            _close(look, order)


def _shown(listed: OrderList) -> Iterator[BrokerOrder]:
    for one in listed.orders:
        yield from one.alternatives or (one,)


def _is_stuck(shown: BrokerOrder, listed: OrderList) -> bool:
    at = shown.triggered_at
    return at is not None and shown.status in LIVE and listed.read_at - at >= TRIGGERED_MAX


def _close(look: AccountRound, order: Order) -> None:
    env = look.keeper.env

    def close(connection: Connection) -> bool:
        trade = load_trade(connection, order.trade_id, lock=True)
        if trade is None or trade.status not in PROTECTABLE:
            return False
        begin_close(env, connection, trade, CloseReason.SL_HIT, Actor.SYSTEM)
        return True

    look.wrote = look.keeper.write(close) or look.wrote

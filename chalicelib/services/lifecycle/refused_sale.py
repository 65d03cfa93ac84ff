"""Whether a sale was refused too often to be sent again by now (I-35)."""

from datetime import datetime

from sqlalchemy import Connection

from chalicelib.domain.trading.refusals import Refused, refused_sales
from chalicelib.domain.trading.trades import Trade
from chalicelib.store.trades.orders import load_orders


def standing_refusal(connection: Connection, trade: Trade, now: datetime) -> Refused | None:
    """Return how a trade's last sales were refused while the wait after them is not over, else None."""
    refused = refused_sales(trade, load_orders(connection, [trade.id]).get(trade.id, ()))
    return refused if refused is not None and now < refused.retry_at else None

"""How an order of ours reaches a broker: alone, or as one over several legs."""

from chalicelib.brokers.interface import Broker, CombinedRequest, OrderRequest, Placed
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.trades import Trade
from chalicelib.vendors.budget import Urgency


def place(
    broker: Broker, order: Order, trade: Trade, urgency: Urgency, *, market_override: bool = False
) -> Placed:
    """Send an order once; raises VendorError. `market_override`: see `brokers/checks.py`."""
    if order.is_combined:
        asked = CombinedRequest.of(order, trade, market_override=market_override)
        return broker.place_combined(asked, urgency=urgency)
    return broker.place(OrderRequest.of(order, trade, market_override=market_override), urgency=urgency)

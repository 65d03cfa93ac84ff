"""How an order of ours reaches a broker: alone, or as one over several legs."""

from chalicelib.brokers.interface import Broker, CombinedRequest, OrderRequest, Placed
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.trades import Trade
from chalicelib.vendors.budget import Urgency


def place(broker: Broker, order: Order, trade: Trade, urgency: Urgency) -> Placed:
    """Send an order once; raises VendorError."""
    if order.is_combined:
        return broker.place_combined(CombinedRequest.of(order, trade), urgency=urgency)
    return broker.place(OrderRequest.of(order, trade), urgency=urgency)

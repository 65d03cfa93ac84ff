"""What a PUT changes about an order that works (wire notes, 7.6)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from infra.local.emulators.brokerage.orders import Duration, Order, OrderType
from infra.local.emulators.brokerage.refusals import BadParameter, FinalizedOrder
from infra.local.emulators.brokerage.rules import check_stop
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import types_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New terms; None for what stays as it is. A quantity cannot change."""

    order_type: OrderType | None
    duration: Duration | None
    price: Decimal | None
    stop: Decimal | None

    def check(self, order: Order, standing: Standing) -> None:
        """Refuse terms that do not fit. Raises FinalizedOrder, BadParameter, RiskRefusal."""
        if not order.working:
            raise FinalizedOrder(order.status)
        if self.order_type is not None and self.order_type not in types_of(order.order_class):
            raise BadParameter("type", "is not valid")
        kind = self.order_type or order.order_type
        if kind is not None:
            check_stop(order.side, kind, self.stop or order.stop, order.instrument, standing)

    def apply(self, order: Order, now: datetime) -> None:
        """Give an order, and its legs, the new terms."""
        order.order_type = self.order_type or order.order_type
        order.duration = self.duration or order.duration
        order.price, order.stop = self.price or order.price, self.stop or order.stop
        order.fresh, order.triggered, order.changed_at = True, False, now
        for leg in order.legs:
            leg.order_type, leg.price, leg.duration = order.order_type, order.price, order.duration

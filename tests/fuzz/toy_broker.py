"""A broker of a few rules for the machine that drives the pure core: it works orders, and says how far."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from chalicelib.domain.trading.booking import OrderNews
from chalicelib.domain.trading.orders import OrderStatus
from tests.domain.support import NOON

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Work:
    """An order at the broker; orders of one `group` are an OCO."""

    broker_id: str
    buys: bool
    quantity: Decimal
    group: str
    filled: Decimal = ZERO
    value: Decimal = ZERO
    ended: OrderStatus | None = None

    @property
    def is_working(self) -> bool:
        return self.ended is None

    def news(self) -> OrderNews:
        """Say where it stands: totals, as brokers do."""
        status = self.ended or (OrderStatus.PARTIALLY_FILLED if self.filled else OrderStatus.OPEN)
        return OrderNews(
            status=status,
            filled_quantity=self.filled,
            avg_fill_price=self.value / self.filled if self.filled else None,
            broker_order_id=self.broker_id,
            parent_broker_order_id=None,
            updated_at=NOON,
            reason=None,
            fees=None,
            fill_rule="toy",
        )


@dataclass(slots=True)
class ToyBroker:
    """The broker's truth: every order it ever took, by our order's tag and role."""

    orders: dict[str, Work] = field(default_factory=dict)

    def take(self, name: str, *, buys: bool, quantity: Decimal, group: str) -> None:
        """Accept an order; a name taken twice would be a doubled order (I-01)."""
        assert name not in self.orders, "the same order was sent twice"
        self.orders[name] = Work(broker_id=f"b-{name}", buys=buys, quantity=quantity, group=group)

    def fill(self, name: str, quantity: Decimal, price: Decimal, *, race: bool) -> None:
        """Execute a part; an OCO's other leg ends, or shrinks with a part, unless a `race` spares it."""
        work = self.orders[name]
        work.filled += quantity
        work.value += quantity * price
        if work.filled == work.quantity:
            work.ended = OrderStatus.FILLED
        others = [o for o in self.orders.values() if o.group == work.group and o is not work and o.is_working]
        for other in () if race else others:
            if work.ended is not None:
                other.ended = OrderStatus.CANCELED
            else:
                other.quantity -= quantity

    def cancel(self, name: str) -> None:
        """End an order that works, with its OCO."""
        group = self.orders[name].group
        for work in self.orders.values():
            if work.group == group and work.is_working:
                work.ended = OrderStatus.CANCELED

    @property
    def position(self) -> Decimal:
        """Return what the owner holds, negative when oversold."""
        signed = (work.filled if work.buys else -work.filled for work in self.orders.values())
        return sum(signed, ZERO)

    @property
    def sellable(self) -> Decimal:
        """Return the most that may still be sold, an OCO counted once."""
        rest: dict[str, Decimal] = {}
        for work in self.orders.values():
            if work.is_working and not work.buys:
                rest[work.group] = max(rest.get(work.group, ZERO), work.quantity - work.filled)
        return sum(rest.values(), ZERO)

"""Orders as Tradier keeps and shows them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from infra.local.emulators.market.occ import Contract, parse

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
#: Recorded bodies show eight decimals.
AVERAGE_DECIMALS: Final = 8
SHARES_PER_CONTRACT: Final = 100


class OrderClass(StrEnum):
    """Classes of orders; an option leg's own class is `option`."""

    EQUITY = "equity"
    OPTION = "option"
    MULTILEG = "multileg"
    COMBO = "combo"
    OTO = "oto"
    OCO = "oco"
    OTOCO = "otoco"


class OrderType(StrEnum):
    """Types of orders; the last three are for several legs at a net price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    DEBIT = "debit"
    CREDIT = "credit"
    EVEN = "even"


class Duration(StrEnum):
    """How long an order works."""

    DAY = "day"
    GTC = "gtc"
    PRE = "pre"
    POST = "post"


class Status(StrEnum):
    """States of orders."""

    OPEN = "open"
    PENDING = "pending"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    EXPIRED = "expired"
    CANCELED = "canceled"
    REJECTED = "rejected"


WORKING: Final = frozenset({Status.OPEN, Status.PENDING, Status.PARTIALLY_FILLED})
BUYING: Final = frozenset({"buy", "buy_to_cover", "buy_to_open", "buy_to_close"})
#: What makes a position smaller asks for no margin of its own; it is held to what is held elsewhere.
CLOSING: Final = frozenset({"sell", "sell_to_close", "buy_to_cover", "buy_to_close"})
LINKED: Final = frozenset({OrderClass.OCO, OrderClass.OTO, OrderClass.OTOCO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One fill: contracts or shares, dollars per share, when."""

    quantity: int
    price: Decimal
    at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """One order, or the parent of several; prices in dollars per share, quantities in shares or contracts.

    `fill_cap` is the most that will ever fill (a fault), `doomed` marks an order that the late check of risk
    is going to reject, `triggered` a stop that has been reached.
    """

    order_id: int
    account: str
    order_class: OrderClass
    created_at: datetime
    changed_at: datetime
    status: Status
    symbol: str = ""
    option_symbol: str | None = None
    order_type: OrderType | None = None
    side: str = ""
    quantity: int = 0
    duration: Duration = Duration.DAY
    price: Decimal | None = None
    stop: Decimal | None = None
    strategy: str | None = None
    tag: str | None = None
    reason: str | None = None
    filled: int = 0
    average: Decimal = ZERO
    last_price: Decimal = ZERO
    last_quantity: int = 0
    triggered: bool = False
    fresh: bool = True
    doomed: bool = False
    fill_cap: int | None = None
    filled_at: datetime | None = None
    legs: list["Order"] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)

    @property
    def working(self) -> bool:
        """Whether it may still fill."""
        return self.status in WORKING

    @property
    def buys(self) -> bool:
        """Whether it buys."""
        return self.side in BUYING

    @property
    def closes(self) -> bool:
        """Whether it gives up what is held."""
        return self.side in CLOSING

    @property
    def instrument(self) -> str:
        """The symbol of what is traded: the OCC symbol, or the ticker."""
        return self.option_symbol or self.symbol

    @property
    def contract(self) -> Contract | None:
        """The option traded, None for shares."""
        return parse(self.option_symbol) if self.option_symbol else None

    @property
    def multiplier(self) -> int:
        """Shares per unit of quantity."""
        return SHARES_PER_CONTRACT if self.option_symbol else 1

    @property
    def remaining(self) -> int:
        """What is left to fill; 0 once ended, as on the wire."""
        return self.quantity - self.filled if self.working else 0

    @property
    def fillable(self) -> int:
        """What will fill when the price is reached."""
        limit = self.quantity if self.fill_cap is None else min(self.quantity, self.fill_cap)
        return max(0, limit - self.filled)

    def family(self) -> Iterator["Order"]:
        """Yield the order and its legs."""
        yield self
        yield from self.legs

    def trading_legs(self) -> Iterator["Order"]:
        """Yield what trades: the legs, or the order itself when it has none."""
        if self.legs:
            yield from self.legs
        else:
            yield self

    def end(self, status: Status, at: datetime, reason: str | None = None) -> None:
        """End the order and all legs still working."""
        for one in self.family():
            if one.working:
                one.status, one.changed_at = status, at
                one.reason = reason or one.reason

    def record_fill(self, quantity: int, price: Decimal, at: datetime) -> None:
        """Add one fill."""
        total = self.average * self.filled + price * quantity
        self.filled += quantity
        self.average = total / self.filled
        self.last_price, self.last_quantity = price, quantity
        self.executions.append(Execution(quantity=quantity, price=price, at=at))
        self.status = Status.FILLED if self.filled == self.quantity else Status.PARTIALLY_FILLED
        self.changed_at = self.filled_at = at


@lru_cache(maxsize=4096)
def instant_text(at: datetime) -> str:
    """Return an instant as orders carry it, `2025-02-26T20:52:33.982Z`."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def render(order: Order, *, with_tag: bool) -> dict[str, object]:
    """Show an order as Tradier does; a linked parent has only its state and its legs."""
    shown: dict[str, object] = {"id": order.order_id}
    linked = order.order_class in LINKED
    if not linked:
        shown |= {
            "type": order.order_type,
            "symbol": order.symbol,
            "side": order.side,
            "quantity": float(order.quantity),
        }
    shown["status"] = order.status
    if not linked:
        shown |= _terms(order)
    shown |= {
        "create_date": instant_text(order.created_at),
        "transaction_date": instant_text(order.changed_at),
        "class": order.order_class,
    }
    if order.option_symbol:
        shown["option_symbol"] = order.option_symbol
    if order.stop is not None:
        shown["stop_price"] = float(order.stop)
    if order.reason:
        shown["reason_description"] = order.reason
    if order.legs:
        if not linked:
            shown |= {"num_legs": len(order.legs), "strategy": order.strategy}
        shown["leg"] = [render(leg, with_tag=with_tag) for leg in order.legs]
    if with_tag and order.tag is not None:
        shown["tag"] = order.tag
    return shown


def _terms(order: Order) -> dict[str, object]:
    shown: dict[str, object] = {"duration": order.duration}
    if order.price is not None:
        shown["price"] = float(order.price)
    return shown | {
        "avg_fill_price": float(round(order.average, AVERAGE_DECIMALS)),
        "exec_quantity": float(order.filled),
        "last_fill_price": float(order.last_price),
        "last_fill_quantity": float(order.last_quantity),
        "remaining_quantity": float(order.remaining),
    }

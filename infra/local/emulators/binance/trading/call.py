"""One signed call: whose it is, what it gives, and what its kinds share (wire/binance.md, 6)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading.counts import OrderCounts
from infra.local.emulators.binance.trading.floor import Floor
from infra.local.emulators.binance.trading.forming import Former
from infra.local.emulators.binance.trading.given import Given
from infra.local.emulators.binance.trading.orders import CoinBook, CoinOrder, OrderList
from infra.local.emulators.binance.trading.signing import ApiKey
from infra.local.emulators.serving.faults import Fault, FaultKind

_ROWS, _ROWS_MAX = 500, 1000
_WINDOW: Final = timedelta(hours=24)
UNKNOWN: Final = "Unknown order sent."
Answer = dict[str, Any] | list[dict[str, Any]]  # Any: the exchange's own JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Bent:
    """What a fault bends of a call: the part that an order fills, whether a cancel comes after the fill."""

    fraction: Decimal | None = None
    cancel_loses: bool = False


def bent_by(fault: Fault) -> Bent:
    """Return what a fault bends."""
    fraction = Decimal(str(fault.fraction)) if fault.kind is FaultKind.PARTIAL_FILL else None
    return Bent(fraction=fraction, cancel_loses=fault.kind is FaultKind.CANCEL_LOSES)


@dataclass(slots=True, kw_only=True)
class SignedCall:
    """One call of one account. `placed` counts the orders that it took, for the headers."""

    floor: Floor
    book: CoinBook
    counts: OrderCounts
    key: ApiKey
    given: Given
    now: datetime
    new_client_id: Callable[[], str]
    bent: Bent
    placed: int = field(default=0, init=False)

    def former(self) -> Former:
        """Return what makes orders of the parameters."""
        return Former(
            floor=self.floor,
            given=self.given,
            pair=self.given.pair(self.floor.coins),
            now=self.now,
            new_client_id=self.new_client_id,
        )

    def pair(self) -> str:
        """Read the pair."""
        return self.given.pair(self.floor.coins).symbol

    def by(self) -> str:
        """Read the id of what is done now, or make one."""
        return self.given.client_id("newClientOrderId") or self.new_client_id()

    def ordered(self, symbol: str, message: str, code: int) -> CoinOrder:
        """Find the order that is named; raises BinanceRefusal."""
        order_id, client_id = self.given.whole("orderId"), self.given.client_id("origClientOrderId")
        if order_id is None and client_id is None:
            raise BinanceRefusal(
                -1102,
                "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
            )
        found = self.found(symbol, order_id, client_id)
        if found is None:
            raise BinanceRefusal(code, message)
        return found

    def found(self, symbol: str, order_id: int | None, client_id: str | None) -> CoinOrder | None:
        """Find an order; of several that bore one client id the last."""
        of_symbol = self.book.of_symbol(symbol)
        found = [
            one
            for one in of_symbol
            if (order_id is None or one.id == order_id) and (client_id is None or one.client_id == client_id)
        ]
        return found[-1] if found else None

    def order_list(self, client_id: str | None, code: int, message: str) -> OrderList:
        """Find the list that is named; raises BinanceRefusal."""
        number = self.given.whole("orderListId")
        for one in reversed(self.book.lists.values()):
            if one.id == number or (number is None and one.client_id == client_id):
                return one
        raise BinanceRefusal(code, message)

    def span(self) -> tuple[datetime | None, datetime | None, int]:
        """Read a stretch of time and how many rows are wanted."""
        start, end = self.given.whole("startTime"), self.given.whole("endTime")
        first, last = (
            None if at is None else datetime.fromtimestamp(at / 1000, self.now.tzinfo) for at in (start, end)
        )
        if first is not None and last is not None and last - first > _WINDOW:
            raise BinanceRefusal(-1127, "More than 24 hours between startTime and endTime.")
        return first, last, min(self.given.whole("limit") or _ROWS, _ROWS_MAX)

    def is_within(self, at: datetime, start: datetime | None, end: datetime | None) -> bool:
        """Say whether an instant lies in a stretch."""
        return (start is None or at >= start) and (end is None or at <= end)

    def count(self, former: Former, orders: list[CoinOrder]) -> None:
        """Count new orders against filters and limits; raises BinanceRefusal."""
        standing = [one for one in self.book.of_symbol(former.pair.symbol) if one.is_open]
        former.filters.check_counts(orders, standing)
        self.counts.use(len(orders), self.now)
        self.placed += len(orders)

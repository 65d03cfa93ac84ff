"""From parameters to an order: types, prices and forces, as the exchange reads them (wire, 6.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from infra.local.emulators.binance.problems import BinanceRefusal, missing
from infra.local.emulators.binance.rows import exchange_info
from infra.local.emulators.binance.trading.filters import Filters
from infra.local.emulators.binance.trading.floor import Floor
from infra.local.emulators.binance.trading.given import Given
from infra.local.emulators.binance.trading.orders import ALGO, LIMITED, ZERO, CoinOrder, Force, Kind, Side
from infra.local.emulators.market.coins import Pair

_FORMS: Final = ("ACK", "RESULT", "FULL")
_NEEDS_FORCE: Final = LIMITED - {Kind.LIMIT_MAKER}
_UNSUPPORTED: Final = {
    Kind.STOP_LOSS: "Stop loss orders are not supported for this symbol.",
    Kind.TAKE_PROFIT: "Take profit orders are not supported for this symbol.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """Makes orders at one moment. `name` says how a parameter is called: a list's have a word before."""

    floor: Floor
    given: Given
    pair: Pair
    now: datetime
    new_client_id: Callable[[], str]

    @property
    def row(self) -> dict[str, Any]:  # Any: the exchange's own JSON
        """Return what the exchange tells of the pair."""
        found: Any = exchange_info([self.pair], self.now)["symbols"]
        row: dict[str, Any] = found[0]
        return row

    @property
    def filters(self) -> Filters:
        """Return the pair's filters."""
        return Filters(
            rows=self.row["filters"], average=lambda: self.floor.till.average(self.pair.symbol, self.now)
        )

    @property
    def step(self) -> Decimal:
        """Return the step of quantities."""
        return next(
            Decimal(row["stepSize"]) for row in self.row["filters"] if row["filterType"] == "LOT_SIZE"
        )

    def side(self, name: str = "side") -> Side:
        """Read a side."""
        return Side(self.given.word(name, list(Side), -1117, "Invalid side."))

    def single(self) -> CoinOrder:
        """Read one order."""
        order = self.order(lambda name: name, self.side(), "newClientOrderId")
        order.response = self.response()
        return order

    def response(self) -> str | None:
        """Read in which form the answer is wanted."""
        if not self.given.has("newOrderRespType"):
            return None
        return self.given.word("newOrderRespType", _FORMS, -1139, "Invalid newOrderRespType.")

    def order(
        self,
        name: Callable[[str], str],
        side: Side,
        client_id: str,
        *,
        quantity: Decimal | None = None,
    ) -> CoinOrder:
        """Read an order whose parameters are named by `name`, and check its filters."""
        given = self.given
        kind = Kind(given.word(name("type"), list(Kind), -1116, "Invalid orderType."))
        if kind not in self.row["orderTypes"]:
            raise BinanceRefusal(-2010, _UNSUPPORTED[kind])
        for ignored in ("strategyId", "strategyType", "selfTradePreventionMode", "icebergQty"):
            given.has(name(ignored))
        price = given.must(name("price")) if kind in LIMITED else None
        order = CoinOrder(
            id=self.floor.numbers.next_order(),
            client_id=given.client_id(client_id) or self.new_client_id(),
            symbol=self.pair.symbol,
            side=side,
            kind=kind,
            force=self._force(name, kind),
            quantity=quantity or self._quantity(name, kind, side),
            quote_wanted=(given.amount(name("quoteOrderQty")) or ZERO) if kind is Kind.MARKET else ZERO,
            price=price or ZERO,
            stop_price=given.must(name("stopPrice")) if kind in ALGO else None,
            created_at=self.now,
            updated_at=self.now,
        )
        self.filters.check(order)
        return order

    def _force(self, name: Callable[[str], str], kind: Kind) -> Force:
        if kind in _NEEDS_FORCE:
            return Force(self.given.word(name("timeInForce"), list(Force), -1115, "Invalid timeInForce."))
        if self.given.has(name("timeInForce")):
            raise BinanceRefusal(-1106, f"Parameter '{name('timeInForce')}' sent when not required.")
        return Force.GTC

    def _quantity(self, name: Callable[[str], str], kind: Kind, side: Side) -> Decimal:
        told, money = self.given.amount(name("quantity")), self.given.amount(name("quoteOrderQty"))
        if told is not None and money is not None:
            raise BinanceRefusal(-1128, "Combination of optional parameters invalid.")
        if told is not None:
            return told
        if money is None or kind is not Kind.MARKET:
            raise missing(name("quantity"))
        price = self.floor.till.best(self.pair.symbol, self.now, side)
        return (money / price / self.step).to_integral_value(ROUND_DOWN) * self.step

"""Whether the paper exchange takes an order for coins, and its rows once it does. Pure.

Raises Refused, Unsupported, and VendorUnreachable where an entry has no price. The sentences are Binance's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.brokers.coins.execution import (
    AT_MARKET,
    BY_MINUTE,
    NO_BALANCE,
    NOTHING_HELD,
    OTHER_WAY_HELD,
    free_balance,
    is_held_the_other_way,
    needed,
)
from chalicelib.brokers.errors import InsufficientFunds, Refused, Unsupported
from chalicelib.brokers.interface import OcoRequest, OrderRequest
from chalicelib.brokers.paper.ledger import Ledger, PaperOrder
from chalicelib.domain.clocks.instrument_calendars import ALWAYS_OPEN
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.market.coins import CoinPrice
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.errors import VendorUnreachable

WOULD_TRIGGER: Final = "Order would trigger immediately."
OTHER_WAY_RESTS: Final = "An order of the account opens this coin the other way round."
#: An order without an end of its own; a row needs one.
_FOR_GOOD: Final = timedelta(days=36_500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One moment at which orders are taken.

    `price` is the coin's, None where nobody knows. `protects_from`: what closes is placed as of this instant,
    while minutes are made up for, or of its holding's first where that came later; it is not held against the
    present price then.
    """

    now: datetime
    price: CoinPrice | None
    filters: SymbolFilters | None
    new_id: Callable[[], UUID]
    protects_from: datetime | None = None

    def order(self, ledger: Ledger, request: OrderRequest) -> PaperOrder:
        """Return the row of one order."""
        if request.instrument is not Instrument.CRYPTO:
            raise Unsupported("the paper exchange trades coins alone")
        self._check_steps(request.quantity, request.limit_price, request.stop_price)
        reserve = self._reserve(ledger, request)
        self._check_stop(request.side, request.stop_price)
        return self._row(
            request,
            type=request.type,
            duration=request.duration,
            quantity=request.quantity,
            limit_price=request.limit_price,
            stop_price=request.stop_price,
            reserve=reserve,
        )

    def oco(self, ledger: Ledger, request: OcoRequest) -> list[PaperOrder]:
        """Return the rows of a stop and a target, their parent first."""
        if not request.side.is_closing:
            raise Unsupported("an OCO protects what is held")
        self._check_steps(request.quantity, request.target_price, request.stop_price)
        _check_holding(ledger, request.symbol, request.side, request.quantity)
        self._check_stop(request.side, request.stop_price)
        parent = self._row(request, type=None, duration=Duration.GTC, quantity=ZERO)
        one = replace(parent, parent_id=parent.id, quantity=request.quantity)
        target = replace(one, id=self.new_id(), type=OrderType.LIMIT, limit_price=request.target_price)
        stop = replace(one, id=self.new_id(), type=OrderType.STOP, stop_price=request.stop_price)
        return [parent, target, stop]

    def _reserve(self, ledger: Ledger, request: OrderRequest) -> Decimal:
        """Return what a unit of a working entry holds back; raises where balance or holdings lack."""
        if request.side.is_closing:
            _check_holding(ledger, request.symbol, request.side, request.quantity)
            return ZERO
        if is_held_the_other_way(ledger, request.symbol, request.side):
            raise Refused(OTHER_WAY_HELD)
        if any(_crosses(order, request.side) for order in ledger.live({request.symbol})):
            raise Refused(OTHER_WAY_RESTS)
        price = request.limit_price
        if price is None and self.price is not None:
            price = self.price.price
        if price is None:
            raise VendorUnreachable("the coin has no price now", retry_after_seconds=5.0)
        if needed(request.quantity, price) > free_balance(ledger):
            raise InsufficientFunds(NO_BALANCE)
        return needed(Decimal(1), price) if request.type is OrderType.LIMIT else ZERO

    def _check_steps(self, quantity: Decimal, limit: Decimal | None, stop: Decimal | None) -> None:
        filters = self.filters
        if filters is None:
            return
        if not filters.is_on_lot(quantity):
            raise Refused("Filter failure: LOT_SIZE")
        if any(price is not None and not filters.is_on_tick(price) for price in (limit, stop)):
            raise Refused("Filter failure: PRICE_FILTER")

    def _check_stop(self, side: OrderSide, stop: Decimal | None) -> None:
        if stop is None or self.price is None or self.protects_from is not None:
            return
        last = self.price.price
        if stop <= last if side.is_buy else stop >= last:
            raise Refused(WOULD_TRIGGER)

    def _row(
        self,
        request: OrderRequest | OcoRequest,
        *,
        type: OrderType | None,  # noqa: A002  # the order's own word
        duration: Duration,
        quantity: Decimal,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        reserve: Decimal = ZERO,
    ) -> PaperOrder:
        is_for_the_day = duration is Duration.DAY
        return PaperOrder(
            id=self.new_id(),
            parent_id=None,
            tag=request.tag,
            underlying=request.symbol,
            symbol=request.symbol,
            side=request.side,
            type=type,
            duration=duration,
            quantity=quantity,
            limit_price=limit_price,
            stop_price=stop_price,
            reserve=reserve,
            status=OrderStatus.OPEN,
            fill_rule=AT_MARKET if type is OrderType.MARKET else BY_MINUTE,
            created_at=self.now,
            updated_at=self.now,
            expires_at=ALWAYS_OPEN.next_close(self.now) if is_for_the_day else self.now + _FOR_GOOD,
            rests_from=self._rests_from(request),
        )

    def _rests_from(self, request: OrderRequest | OcoRequest) -> datetime:
        if self.protects_from is None or not request.side.is_closing:
            return self.now
        return max(self.protects_from, request.held_since or self.protects_from)


def _crosses(order: PaperOrder, side: OrderSide) -> bool:
    """Say whether an order would be netted with one of this side once both have filled."""
    return not order.side.is_closing and order.side is not side


def _check_holding(ledger: Ledger, symbol: str, side: OrderSide, quantity: Decimal) -> None:
    """Refuse to close beyond what is held and not yet being closed."""
    if quantity > -side.sign * ledger.held(symbol) - ledger.committed(symbol, side):
        raise Refused(NOTHING_HELD)

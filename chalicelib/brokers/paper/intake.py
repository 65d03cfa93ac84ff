"""The rows of an order that the paper broker takes, once it may be taken. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.brokers.interface import OcoRequest, OrderRequest
from chalicelib.brokers.paper import admission
from chalicelib.brokers.paper.ledger import Ledger, PaperOrder
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One moment at which orders are taken; `fill_rule` is what their fills will be told to follow."""

    now: datetime
    calendar: MarketCalendar
    fill_rule: str
    new_id: Callable[[], UUID]

    def order(self, ledger: Ledger, request: OrderRequest, quote: OptionQuote | None) -> PaperOrder:
        """Return the row of one order; raises Refused where the account or the market does not allow it."""
        last = admission.last_instant(request.symbol, self.now, self.calendar)
        reserve = ZERO
        if request.side.is_buy:
            reserve = admission.reserve_of(request.limit_price, quote, request.symbol, self.now)
            admission.check_buy(ledger, reserve, request.quantity)
        else:
            admission.check_sell(ledger, request.symbol, request.quantity)
            admission.check_stop(request.stop_price, quote, request.symbol, self.now)
        return self._row(
            request,
            type=request.type,
            duration=request.duration,
            quantity=request.quantity,
            limit_price=request.limit_price,
            stop_price=request.stop_price,
            reserve=reserve,
            expires_at=admission.working_until(request.duration, last, self.now, self.calendar),
        )

    def oco(self, ledger: Ledger, request: OcoRequest, quote: OptionQuote | None) -> list[PaperOrder]:
        """Return the rows of a stop and a target, their parent first; raises Refused as `order` does."""
        last = admission.last_instant(request.symbol, self.now, self.calendar)
        admission.check_sell(ledger, request.symbol, request.quantity)
        admission.check_stop(request.stop_price, quote, request.symbol, self.now)
        parent = self._row(request, type=None, duration=Duration.GTC, quantity=ZERO, expires_at=last)
        target, stop = (
            self._row(
                request,
                parent_id=parent.id,
                type=kind,
                duration=Duration.GTC,
                quantity=request.quantity,
                limit_price=limit_price,
                stop_price=stop_price,
                expires_at=last,
            )
            for kind, limit_price, stop_price in (
                (OrderType.LIMIT, request.target_price, None),
                (OrderType.STOP, None, request.stop_price),
            )
        )
        return [parent, target, stop]

    def _row(
        self,
        request: OrderRequest | OcoRequest,
        *,
        type: OrderType | None,  # noqa: A002  # the order's own word
        duration: Duration,
        quantity: Decimal,
        expires_at: datetime,
        parent_id: UUID | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        reserve: Decimal = ZERO,
    ) -> PaperOrder:
        return PaperOrder(
            id=self.new_id(),
            parent_id=parent_id,
            tag=request.tag,
            underlying=request.underlying,
            symbol=request.symbol,
            side=request.side,
            type=type,
            duration=duration,
            quantity=quantity,
            limit_price=limit_price,
            stop_price=stop_price,
            reserve=reserve,
            status=OrderStatus.OPEN if self.calendar.is_open(self.now) else OrderStatus.PENDING,
            fill_rule=self.fill_rule,
            created_at=self.now,
            updated_at=self.now,
            expires_at=expires_at,
        )

"""The rows of an order that the paper broker takes, once it may be taken. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest
from chalicelib.brokers.paper import admission
from chalicelib.brokers.paper.admission import Needs
from chalicelib.brokers.paper.hours import Hours
from chalicelib.brokers.paper.ledger import Ledger, PaperLeg, PaperOrder
from chalicelib.brokers.paper.positions_asked import check_holdings, check_sides
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType


def leg_of(request: OrderRequest | OcoRequest) -> PaperLeg:
    """Return what an order over one contract, or shares, moves."""
    instrument = request.instrument if isinstance(request, OrderRequest) else Instrument.OPTION
    return PaperLeg(symbol=request.symbol, side=request.side, instrument=instrument)


def legs_of(request: CombinedRequest) -> tuple[PaperLeg, ...]:
    """Return what a combined order moves."""
    return tuple(
        PaperLeg(symbol=leg.symbol, side=leg.side, ratio=leg.ratio, instrument=leg.instrument)
        for leg in request.legs
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One moment at which orders are taken; `fill_rule` is what their fills will be told to follow."""

    now: datetime
    calendar: MarketCalendar
    fill_rule: str
    new_id: Callable[[], UUID]

    def order(self, ledger: Ledger, request: OrderRequest, quote: OptionQuote | None) -> PaperOrder:
        """Return the row of one order; raises Refused where the account or the market does not allow it."""
        leg = leg_of(request)
        last = admission.last_instant(leg, request.underlying, self.now, self.calendar)
        price = request.limit_price
        if leg.side.is_buy:
            price = admission.price_of_buy(price, quote, leg.symbol, self.now)
        needs = self._needs(ledger, [leg], request.underlying, request.quantity, price)
        admission.check_stop(request.stop_price, leg.side, quote, leg.symbol, self.now)
        return self._row(
            request,
            symbol=leg.symbol,
            side=leg.side,
            type=request.type,
            duration=request.duration,
            quantity=request.quantity,
            limit_price=request.limit_price,
            stop_price=request.stop_price,
            needs=needs,
            expires_at=admission.working_until(request.duration, [leg], last, self.now, self.calendar),
        )

    def oco(self, ledger: Ledger, request: OcoRequest, quote: OptionQuote | None) -> list[PaperOrder]:
        """Return the rows of a stop and a target, their parent first; raises Refused as `order` does."""
        leg = leg_of(request)
        last = admission.last_instant(leg, request.underlying, self.now, self.calendar)
        needs = self._needs(ledger, [leg], request.underlying, request.quantity, None)
        admission.check_stop(request.stop_price, leg.side, quote, leg.symbol, self.now)

        parent = self._row(
            request,
            symbol=leg.symbol,
            side=leg.side,
            type=None,
            duration=Duration.GTC,
            quantity=ZERO,
            needs=Needs(),
            expires_at=last,
        )
        one = replace(parent, parent_id=parent.id, quantity=request.quantity)
        target = replace(
            one,
            id=self.new_id(),
            type=OrderType.LIMIT,
            limit_price=request.target_price,
            reserve=needs.reserve,
        )
        stop = replace(one, id=self.new_id(), type=OrderType.STOP, stop_price=request.stop_price)
        return [parent, target, stop]

    def combined(self, ledger: Ledger, request: CombinedRequest) -> PaperOrder:
        """Return the row of a combined order; raises Refused as `order` does."""
        legs = legs_of(request)
        last = min(admission.last_instant(leg, request.underlying, self.now, self.calendar) for leg in legs)
        return self._row(
            request,
            symbol=request.underlying,
            side=OrderSide.SELL_TO_CLOSE if legs[0].side.is_closing else OrderSide.BUY_TO_OPEN,
            type=OrderType.MARKET if request.net_price is None else OrderType.LIMIT,
            duration=request.duration,
            quantity=request.quantity,
            limit_price=request.net_price,
            legs=legs,
            needs=self._needs(ledger, legs, request.underlying, request.quantity, request.net_price),
            expires_at=admission.working_until(request.duration, legs, last, self.now, self.calendar),
        )

    def _needs(
        self,
        ledger: Ledger,
        legs: Sequence[PaperLeg],
        underlying: str,
        units: Decimal,
        price: Decimal | None,
    ) -> Needs:
        """Return what a unit holds back while it works; raises Refused where the account does not have it."""
        check_sides(ledger, legs)
        check_holdings(ledger, legs, units)
        closes = legs[0].side.is_closing
        needs = (
            admission.needs_to_close(ledger, legs, units) if closes else admission.needs_to_open(legs, price)
        )
        admission.check_needs(ledger, needs, underlying, units)
        return needs

    def _row(
        self,
        request: OrderRequest | OcoRequest | CombinedRequest,
        *,
        symbol: str,
        side: OrderSide,
        type: OrderType | None,  # noqa: A002  # the order's own word
        duration: Duration,
        quantity: Decimal,
        expires_at: datetime,
        needs: Needs,
        parent_id: UUID | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        legs: tuple[PaperLeg, ...] = (),
    ) -> PaperOrder:
        return PaperOrder(
            id=self.new_id(),
            parent_id=parent_id,
            tag=request.tag,
            underlying=request.underlying,
            symbol=symbol,
            side=side,
            type=type,
            duration=duration,
            quantity=quantity,
            limit_price=limit_price,
            stop_price=stop_price,
            reserve=needs.reserve,
            cover=needs.cover,
            legs=legs,
            status=OrderStatus.OPEN if self._can_trade(symbol, legs) else OrderStatus.PENDING,
            fill_rule=self.fill_rule,
            created_at=self.now,
            updated_at=self.now,
            expires_at=expires_at,
        )

    def _can_trade(self, symbol: str, legs: Sequence[PaperLeg]) -> bool:
        return Hours(self.calendar, self.now).are_open([leg.symbol for leg in legs] or [symbol])

"""Putting stop and target at the broker (A-04): one OCO, or one plain order when only one leg is wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.brokers.errors import BrokerError, Outcome
from chalicelib.brokers.interface import OcoRequest, OrderRequest, Placed
from chalicelib.domain.orders import Duration, Order, OrderRole, OrderSide, OrderStatus, OrderType
from chalicelib.domain.quotes import quote_fault
from chalicelib.domain.trades import PROTECTABLE, PendingChange, Protection, Trade
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.services.refused_protection import count_refusal, fail_change
from chalicelib.services.send_order import Desk, Sent, send_orders


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionResult:
    """What came of an attempt to protect."""

    broker_order_id: str | None = None
    error: BrokerError | None = None
    through_the_stop: bool = False
    look_again: bool = False


class Protector:
    """Places brackets; at most one try for the same protection in one drive of a trade."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._env = desk.env
        self._tried: set[tuple[Protection, Decimal]] = set()

    def begin(self) -> None:
        """Start a new drive: each protection may be tried once more."""
        self._tried.clear()

    def place(
        self, trade: Trade, change: PendingChange | None, wanted: Protection, quantity: Decimal
    ) -> ProtectionResult:
        """Send the bracket, or find that the market is already through its stop."""
        if (wanted, quantity) in self._tried:
            return ProtectionResult()
        self._tried.add((wanted, quantity))
        if self._market_is_through(trade, wanted):
            return ProtectionResult(through_the_stop=True)
        sent = self._send(trade, wanted, quantity)
        if sent.error is None or sent.error.outcome is not Outcome.REFUSED:
            return ProtectionResult(
                broker_order_id=sent.broker_order_id, error=sent.error, look_again=sent.superseded
            )
        return self._after_refusal(trade, change, wanted, quantity, sent.error)

    def _market_is_through(self, trade: Trade, wanted: Protection) -> bool:
        """Say whether a usable bid stands at or under the stop; an unusable quote says nothing."""
        if wanted.sl_price is None:
            return False
        symbol = trade.leg.symbol
        try:
            chain = self._env.market_data.for_user(trade.username).option_quotes(trade.ticker, [symbol])
        except MarketDataError:
            return False
        quote = chain.quotes.get(symbol)
        if quote_fault(quote, symbol, self._env.clock.now()) is not None or quote is None:
            return False
        return quote.has_bid and quote.bid is not None and quote.bid <= wanted.sl_price

    def _send(self, trade: Trade, wanted: Protection, quantity: Decimal) -> Sent:
        rows = self._rows(trade, wanted, quantity)
        return send_orders(
            self._desk,
            trade.id,
            rows,
            self._call(trade, rows),
            still_wanted=lambda now: (
                now.status in PROTECTABLE and now.sellable_qty == quantity and now.close_requested_at is None
            ),
        )

    def _rows(self, trade: Trade, wanted: Protection, quantity: Decimal) -> list[Order]:
        tag = self._env.tags.mark(trade.username).tag(self._env.randomness.uuid7(self._env.clock.now()))
        prices = (
            (OrderRole.STOP_LOSS, OrderType.STOP, None, wanted.sl_price),
            (OrderRole.TAKE_PROFIT, OrderType.LIMIT, wanted.tp_price, None),
        )
        return [
            Order(
                id=self._env.randomness.uuid7(self._env.clock.now()),
                username=trade.username,
                trade_id=trade.id,
                role=role,
                tag=tag,
                status=OrderStatus.INTENT,
                type=order_type,
                side=OrderSide.SELL_TO_CLOSE,
                symbol=trade.leg.symbol,
                quantity=quantity,
                limit_price=limit_price,
                stop_price=stop_price,
                duration=Duration.GTC,
            )
            for role, order_type, limit_price, stop_price in prices
            if limit_price is not None or stop_price is not None
        ]

    def _call(self, trade: Trade, rows: list[Order]) -> Callable[[], Placed]:
        if len(rows) == 1:
            (row,) = rows
            request = OrderRequest(
                tag=row.tag,
                underlying=trade.ticker,
                symbol=row.symbol,
                side=row.side,
                quantity=row.quantity,
                type=row.type,
                duration=row.duration,
                limit_price=row.limit_price,
                stop_price=row.stop_price,
            )
            return lambda: self._desk.broker.place(request)
        stop, target = rows
        assert stop.stop_price is not None
        assert target.limit_price is not None
        oco = OcoRequest(
            tag=stop.tag,
            underlying=trade.ticker,
            symbol=stop.symbol,
            side=stop.side,
            quantity=stop.quantity,
            stop_price=stop.stop_price,
            target_price=target.limit_price,
        )
        return lambda: self._desk.broker.place_oco(oco)

    def _after_refusal(
        self,
        trade: Trade,
        change: PendingChange | None,
        wanted: Protection,
        quantity: Decimal,
        error: BrokerError,
    ) -> ProtectionResult:
        """Put the former bracket back after a refused change, a plain stop after a refused bracket; alert."""
        if change is not None:
            self._desk.write(
                lambda connection: fail_change(self._env, connection, trade, change, error.reason)
            )
            return ProtectionResult(error=error, look_again=True)
        self._desk.write(lambda connection: count_refusal(self._env, connection, trade, error.reason))
        if wanted.sl_price is None or wanted.tp_price is None:
            return ProtectionResult(error=error)
        sent = self._send(trade, Protection(sl_price=wanted.sl_price, tp_price=None), quantity)
        return ProtectionResult(broker_order_id=sent.broker_order_id, error=sent.error or error)

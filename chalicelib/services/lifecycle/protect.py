"""Putting stop and target at the broker (A-04): one OCO, or one plain order when only one leg is wanted."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from chalicelib.brokers.interface import OcoRequest, OrderRequest, Placed
from chalicelib.domain.trading.orders import Duration, Order, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.parts import is_as_decided
from chalicelib.domain.trading.steps import PlaceProtection
from chalicelib.domain.trading.trades import PROTECTABLE, PendingChange, Trade
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.refused_protection import count_refusal, fail_change
from chalicelib.services.lifecycle.send_order import Sent, send_orders
from chalicelib.vendors.errors import Outcome, VendorError


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionResult:
    """What came of an attempt to protect."""

    broker_order_id: str | None = None
    error: VendorError | None = None
    look_again: bool = False


class Protector:
    """Places brackets; at most one try for the same protection in one drive of a trade."""

    def __init__(self, keeper: AccountKeeper) -> None:
        self._keeper = keeper
        self._env = keeper.env
        self._tried: set[PlaceProtection] = set()

    def begin(self) -> None:
        """Start a new drive: each protection may be tried once more."""
        self._tried.clear()

    def place(self, trade: Trade, change: PendingChange | None, step: PlaceProtection) -> ProtectionResult:
        """Send the bracket; after a refusal the next look decides what is tried instead, and when."""
        if step in self._tried:
            return ProtectionResult()
        self._tried.add(step)
        sent = self._send(trade, step)
        if sent.error is None or sent.error.outcome is not Outcome.REFUSED:
            return ProtectionResult(
                broker_order_id=sent.broker_order_id, error=sent.error, look_again=sent.superseded
            )
        reason = sent.error.reason
        self._keeper.write(lambda connection: self._note_refused(connection, trade, change, reason))
        return ProtectionResult(error=sent.error, look_again=True)

    def _note_refused(
        self, connection: Connection, trade: Trade, change: PendingChange | None, reason: str
    ) -> None:
        if change is not None:
            fail_change(self._env, connection, trade, change, reason)
        else:
            count_refusal(self._env, connection, trade, reason)

    def _send(self, trade: Trade, step: PlaceProtection) -> Sent:
        rows = self._rows(trade, step)
        return send_orders(
            self._keeper,
            trade.id,
            rows,
            self._call(trade, rows),
            still_wanted=lambda now: now.status in PROTECTABLE and is_as_decided(now, trade),
        )

    def _rows(self, trade: Trade, step: PlaceProtection) -> list[Order]:
        wanted = step.protection
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
                side=trade.leg.side.closes_by,
                symbol=trade.leg.symbol,
                quantity=step.quantity,
                limit_price=limit_price,
                stop_price=stop_price,
                duration=Duration.GTC,
                target_no=step.target_no,
            )
            for role, order_type, limit_price, stop_price in prices
            if limit_price is not None or stop_price is not None
        ]

    def _call(self, trade: Trade, rows: list[Order]) -> Callable[[], Placed]:
        if len(rows) == 1:
            (row,) = rows
            request = OrderRequest.of(row, trade)
            return lambda: self._keeper.broker.place(request)
        stop, target = rows
        oco = OcoRequest.of(stop, target, trade)
        return lambda: self._keeper.broker.place_oco(oco)

"""Settle what expired (A-06): at intrinsic value of the official close, or not at all until there is one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.index_classes import is_cash_settled, settles_on_open
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.money import CENT, ZERO
from chalicelib.domain.trading.changing_facts import OrderFacts, TradeFacts
from chalicelib.domain.trading.lifecycle import Move
from chalicelib.domain.trading.orders import Fill, FillKind, OrderStatus
from chalicelib.domain.trading.position import position_of
from chalicelib.domain.trading.trades import HOLDING, Actor, ChangeState, CloseReason, Leg, Trade, TradeStatus
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import CredentialsUnreadable
from chalicelib.services.expiry.exercise import open_exercised_shares
from chalicelib.services.lifecycle.book_news import Booked, closing_facts, move, save_legs
from chalicelib.services.lifecycle.edge_snapshots import EdgeSnapshots
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.trades.orders import insert_fill, load_fills, load_orders, save_order
from chalicelib.store.trades.trade_changes import load_pending_change, settle_change
from chalicelib.store.trades.trades import load_trade, load_working_trades

#: A-06: settlement begins this long after the close of expiry day.
SETTLE_AFTER: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a contract is worth at the official close of its last day, dollars per share."""

    close: Decimal
    value: Decimal
    in_the_money: bool


def settlement_of(leg: Leg, close: Decimal) -> Settlement:
    """Return the intrinsic value of a leg at the underlying's official close."""
    assert leg.strike is not None
    intrinsic = close - leg.strike if leg.option_type is OptionType.CALL else leg.strike - close
    in_the_money = intrinsic >= CENT
    return Settlement(close=close, value=intrinsic if in_the_money else ZERO, in_the_money=in_the_money)


def is_held(trade: Trade, in_doubt: Collection[str]) -> bool:
    """Say whether the account is known to hold all of a trade: nothing else is settled (I-31)."""
    return trade.missing_qty == 0 and trade.leg.symbol not in in_doubt


class ExpirySettlement:
    """Settles one account's expired trades, under its lease."""

    def __init__(self, keeper: AccountKeeper, calendar: MarketCalendar) -> None:
        self._keeper = keeper
        self._env = keeper.env
        self._calendar = calendar
        self._closes: dict[tuple[str, date], Decimal | None] = {}
        self._snapshots = EdgeSnapshots(keeper)

    def due(self) -> list[Trade]:
        """Return the account's trades whose contract's last session closed 30 minutes ago or more."""
        trades = self._env.database.run(
            lambda connection: load_working_trades(connection, self._keeper.account),
            username=self._keeper.username,
        )
        return [trade for trade in trades if trade.status in HOLDING and self._is_due(trade)]

    def _is_due(self, trade: Trade) -> bool:
        expiry = trade.leg.expiry
        session = None if expiry is None else self._calendar.expiry_session(expiry)
        return session is not None and self._env.clock.now() >= session.closes_at + SETTLE_AFTER

    def settle(self, trade: Trade) -> bool:
        """Settle one trade; False while its official close is not to be had (alerted, never guessed)."""
        close = self._official_close(trade)
        if close is None:
            self._keeper.write(lambda connection: self._alert_pending(connection, trade))
            return False
        settlement = settlement_of(trade.leg, close)
        booked: Booked = self._keeper.write(lambda connection: self._book(connection, trade, settlement))
        self._snapshots.after(booked)
        return booked.ended

    def _last_close(self, trade: Trade) -> datetime:
        """Return when the contract stopped trading: all legs settle at that instant, whenever this runs."""
        assert trade.leg.expiry is not None
        session = self._calendar.expiry_session(trade.leg.expiry)
        assert session is not None
        return session.closes_at

    def _official_close(self, trade: Trade) -> Decimal | None:
        """Return what all of an expiry settles at; None while that is not to be had.

        What settles on the open is worth its opening settlement value, which no source of ours tells: the
        close never stands in for it (W-05).
        """
        assert trade.leg.expiry is not None
        if settles_on_open(OptionContract.parse_occ(trade.leg.symbol).root):
            return None
        session = self._calendar.expiry_session(trade.leg.expiry)
        assert session is not None
        key = (trade.ticker, session.day)
        if key not in self._closes:
            try:
                source = self._env.market_data.for_user(trade.username)
                self._closes[key] = source.official_close(*key)
            except (MarketDataError, CredentialsUnreadable):
                self._closes[key] = None
        return self._closes[key]

    def _book(self, connection: Connection, trade: Trade, settlement: Settlement) -> Booked:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.status not in HOLDING:
            return Booked(trade=trade, opened=False, ended=False)
        now = self._env.clock.now()
        for order in load_orders(connection, [trade.id]).get(trade.id, ()):
            if not order.is_ended:
                self._end_order(connection, order.id, order.status)
        change = load_pending_change(connection, trade.id)
        if change is not None:
            settle_change(
                connection, change.id, state=ChangeState.FAILED, error="the contract expired", now=now
            )
        if locked.open_qty > 0 or locked.excess_qty > 0:
            insert_fill(connection, self._settlement_fill(locked, settlement), None)
        ended = self._end_trade(connection, locked, settlement)
        resolve_alert(connection, trade.username, kind="settlement_pending", trade_id=trade.id)
        return Booked(trade=ended, opened=False, ended=True)

    def _end_order(self, connection: Connection, order_id: UUID, status: OrderStatus) -> None:
        ended: OrderFacts = {
            "status": OrderStatus.CANCELED if status is OrderStatus.INTENT else OrderStatus.EXPIRED,
            "reason": "the contract expired",
            "ended_at": self._env.clock.now(),
        }
        save_order(connection, order_id, ended)

    def _settlement_fill(self, trade: Trade, settlement: Settlement) -> Fill:
        """Settle what is held; what was sold beyond it (I-09) is a short, bought back at that value."""
        now = self._env.clock.now()
        return Fill(
            id=self._env.randomness.uuid7(now),
            username=trade.username,
            trade_id=trade.id,
            order_id=None,
            kind=FillKind.SETTLEMENT,
            is_buy=trade.excess_qty > 0,
            quantity=trade.excess_qty or trade.open_qty,
            price=settlement.value,
            fees=ZERO,
            fill_rule="intrinsic",
            filled_at=self._last_close(trade),
        )

    def _end_trade(self, connection: Connection, trade: Trade, settlement: Settlement) -> Trade:
        position = position_of(
            load_fills(connection, trade.id),
            load_orders(connection, [trade.id]).get(trade.id, ()),
            trade.legs,
        )
        reason = _reason(trade, settlement)
        expired_as: TradeFacts = {
            "close_reason": reason,
            "close_detail": f"official close {settlement.close.normalize():f}",
            "open_qty": ZERO,
            "excess_qty": ZERO,
            "missing_qty": ZERO,
            "filled_qty": position.filled_qty,
            "close_requested_at": None,
            "cancel_requested_at": None,
            "unprotected_since": None,
        }
        expired = Move(
            to_status=TradeStatus.EXPIRED,
            actor=Actor.SYSTEM,
            reason=f"{reason}: settled at {settlement.value.normalize():f}",
        )
        ended = move(self._env, connection, trade, [expired], closing_facts(trade, position) | expired_as)
        save_legs(connection, ended, position)
        if reason is CloseReason.EXERCISED:
            delivered_at = self._last_close(trade)
            open_exercised_shares(self._env, connection, trade, settlement.close, delivered_at)
        return ended

    def _alert_pending(self, connection: Connection, trade: Trade) -> None:
        raise_alert(
            self._env,
            connection,
            trade.username,
            severity=Severity.WARNING,
            kind="settlement_pending",
            trade_id=trade.id,
            message=f"{trade.ticker} has expired, but there is no official close yet; tried again hourly.",
            lasting=True,
        )


def _reason(trade: Trade, settlement: Settlement) -> CloseReason:
    if not settlement.in_the_money:
        return CloseReason.EXPIRED_OTM
    is_delivered = CAPABILITIES[trade.broker_mode].delivers_shares and not is_cash_settled(trade.ticker)
    if is_delivered and trade.open_qty > 0:
        return CloseReason.EXERCISED
    return CloseReason.EXPIRED_ITM

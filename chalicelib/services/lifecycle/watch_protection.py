"""How long a trade lacks the stop and target that are due to it, and who is told (I-11)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.instrument_calendars import last_session_of
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.trading.next_step import due_slices, is_protected, is_protection_due
from chalicelib.domain.trading.orders import PROTECTIVE, Order
from chalicelib.domain.trading.slices import covers
from chalicelib.domain.trading.trades import NOT_ENDED, PROTECTABLE, Trade, TradeStatus
from chalicelib.domain.trading.trading_hours import calendar_of_trade
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.refused_protection import end_refusals
from chalicelib.services.lifecycle.told_of_exits import end_failed_closes
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.trades.trades import load_trade, save_trade

#: I-11: two syncs.
UNPROTECTED_MAX: Final = timedelta(seconds=120)


def watch_protection(
    keeper: AccountKeeper, trade: Trade, orders: Sequence[Order], calendar: MarketCalendar
) -> None:
    """Keep since when a trade lacks its due protection; tell its owner after two syncs, or after the bell."""
    now = keeper.env.clock.now()
    is_bare = _is_bare(trade, orders) and not _has_expired(trade, calendar, now)
    is_whole = trade.protection_failures > 0 and _stands_whole(trade, orders)
    if not is_bare and not is_whole and trade.unprotected_since is None:
        return

    def store(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None:
            return
        if is_whole:
            end_refusals(connection, locked, now)
        if not is_bare:
            save_trade(connection, locked, now, {"unprotected_since": None})
            resolve_alert(connection, trade.username, kind="unprotected", trade_id=trade.id)
            if trade.status in PROTECTABLE:
                end_failed_closes(connection, trade)
            return
        since = locked.unprotected_since or now
        if locked.unprotected_since is None:
            save_trade(connection, locked, now, {"unprotected_since": now})
        # After the bell nothing can stand before the next open, and no other sync may come to tell of it.
        if now - since >= UNPROTECTED_MAX or not calendar_of_trade(calendar, trade, now).is_open(now):
            _alert_unprotected(keeper.env, connection, trade, since)

    keeper.write(store)


def _is_bare(trade: Trade, orders: Sequence[Order]) -> bool:
    if trade.status is TradeStatus.CLOSING:
        is_idle = not any(order.is_outstanding for order in orders)
        return trade.sellable_qty > 0 and is_idle and not trade.is_structure
    return trade.status in NOT_ENDED and is_protection_due(trade) and not is_protected(trade, orders)


def _stands_whole(trade: Trade, orders: Sequence[Order]) -> bool:
    bracket = [order for order in orders if order.role in PROTECTIVE and order.is_live]
    return trade.status in PROTECTABLE and covers(due_slices(trade, orders, None), bracket)


def _has_expired(trade: Trade, calendar: MarketCalendar, now: datetime) -> bool:
    """Say whether the contract's last session is over: its brackets have ended with it, as they must."""
    options = [leg for leg in trade.held_legs or trade.legs if leg.instrument is Instrument.OPTION]
    sessions = [last_session_of(calendar, OptionContract.parse_occ(leg.symbol)) for leg in options]
    return any(session is not None and now >= session.closes_at for session in sessions)


def _alert_unprotected(env: Environment, connection: Connection, trade: Trade, since: datetime) -> None:
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.CRITICAL,
        kind="unprotected",
        trade_id=trade.id,
        message=f"{trade.ticker} is held without a working stop or target since {since:%H:%M:%S} UTC.",
        lasting=True,
    )

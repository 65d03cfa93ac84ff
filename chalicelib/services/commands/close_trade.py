"""Close a trade or a part of it (A-04, W-03): the request is stored first, then carried out as far as this
call's time allows.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.commands import CloseTrade
from chalicelib.domain.trading.orders import OrderRole, OrderStatus
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.tradable import has_expired
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade, TradeStatus
from chalicelib.services.commands.by_hand import leave_alone
from chalicelib.services.commands.carry_on import Outcome, accepted, carry_on
from chalicelib.services.commands.check_close import check_close
from chalicelib.services.commands.collateral import check_shares_kept
from chalicelib.services.commands.trade_changes import locked_trade, store_request, stored_before
from chalicelib.services.environment import Environment
from chalicelib.services.errors import TransitionRefused
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.lifecycle.set_aside import set_sales_aside
from chalicelib.services.market_hours import calendar_of, read_calendar, session_state
from chalicelib.services.reading import trade_view
from chalicelib.store.database import Isolation
from chalicelib.store.trades.trades import save_trade
from chalicelib.vendors.deadline import Deadline

EVERYTHING: Final = CloseTrade()
_DONE: Final = frozenset({TradeStatus.CLOSED, TradeStatus.EXPIRED})


def close(
    env: Environment,
    username: str,
    trade_id: UUID,
    version: int,
    idempotency_key: str | None = None,
    command: CloseTrade = EVERYTHING,
) -> Outcome:
    """Close all that is held, or a part: 200 when it is sold, 202 while it goes on or waits for the session.

    Raises NotFound, StaleVersion, TransitionRefused, Invalid, and RiskLimitReached for shares that a short
    call has been promised.
    """
    deadline = Deadline(env.clock)
    if stored_before(env, username, idempotency_key):
        return replace(_answer(env, username, trade_id), replayed=True)
    asked = store_request(
        env,
        username,
        idempotency_key,
        lambda connection: _request(env, connection, trade_id, version, command),
        isolation=Isolation.READ_COMMITTED,  # shares are counted in turn (docs/adr/0003)
    )

    def carry() -> Outcome:
        if asked.trade.status is TradeStatus.CLOSING or asked.trade.closing_qty is not None:
            carry_on(env, asked.trade, read_calendar(env), deadline)
        return _answer(env, username, trade_id)

    return accepted(env, asked, carry)


def _answer(env: Environment, username: str, trade_id: UUID) -> Outcome:
    trade = trade_view.detail(env, username, trade_id)
    return Outcome(status=200 if _is_done(trade) else 202, trade=trade)


def _is_done(trade: Mapping[str, JsonValue]) -> bool:
    """Say whether what was asked for is sold: all of it, or the part, whose trade stays OPEN."""
    if trade["status"] in _DONE:
        return True
    orders = trade["orders"]
    assert isinstance(orders, list)
    exits = [one for one in orders if isinstance(one, dict) and one["role"] == OrderRole.EXIT]
    is_over = trade["status"] in PROTECTABLE and trade["close_requested_at"] is None
    return is_over and bool(exits) and exits[-1]["status"] == OrderStatus.FILLED


def _request(
    env: Environment, connection: Connection, trade_id: UUID, version: int, command: CloseTrade
) -> Trade:
    trade = locked_trade(connection, trade_id, version)
    if trade.status not in PROTECTABLE:
        raise TransitionRefused(
            f"A trade that is {trade.status} cannot be closed.",
            trade_view.detail_in(connection, trade_id),
        )
    if has_expired(trade, new_york_date(env.clock.now())):
        raise TransitionRefused(
            "All that it holds has expired: it is settled by its price, and no order closes it.",
            trade_view.detail_in(connection, trade_id),
        )
    check_close(trade, command)
    part = command.qty if command.qty is not None and command.qty < trade.open_qty else None
    # All of it may be asked for while a part is being closed; the same twice is one request.
    if trade.close_requested_at is not None and (part is not None or trade.closing_qty is None):
        raise TransitionRefused(
            "A close of this trade already waits or is under way.",
            trade_view.detail_in(connection, trade_id),
        )
    check_shares_kept(connection, trade, part or trade.open_qty)
    if part is None:
        leave_alone(connection, trade)
    is_open = session_state(env, calendar_of(env, connection), trade) is SessionState.OPEN
    reason = CloseReason.MANUAL_CLOSE
    if part is None and is_open:
        return begin_close(env, connection, trade, reason, Actor.USER, limit_price=command.limit_price)
    if trade.closing_qty is not None:
        set_sales_aside(connection, trade)
    now = env.clock.now()
    return save_trade(
        connection,
        trade,
        now,
        {
            "close_requested_at": now,
            "closing_reason": reason,
            "closing_qty": part,
            "closing_limit_price": command.limit_price,
        },
    )

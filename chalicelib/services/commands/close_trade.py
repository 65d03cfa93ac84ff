"""Close a trade (A-04): the request is stored first, then carried out as far as this call's time allows."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade, TradeStatus
from chalicelib.services.commands.carry_on import Outcome, accepted, carry_on
from chalicelib.services.commands.trade_changes import locked_trade, store_request, stored_before
from chalicelib.services.environment import Environment
from chalicelib.services.errors import TransitionRefused
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.market_hours import calendar_of, read_calendar, session_state
from chalicelib.services.reading import trade_view
from chalicelib.store.trades.trades import save_trade
from chalicelib.vendors.deadline import Deadline

_DONE: Final = frozenset({TradeStatus.CLOSED, TradeStatus.EXPIRED})


def close(
    env: Environment, username: str, trade_id: UUID, version: int, idempotency_key: str | None = None
) -> Outcome:
    """Close at the market: 200 CLOSED, 202 CLOSING, or 202 OPEN with the request waiting for the session.

    Raises NotFound, StaleVersion, TransitionRefused.
    """
    deadline = Deadline(env.clock)
    if stored_before(env, username, idempotency_key):
        return replace(_answer(env, username, trade_id), replayed=True)
    asked = store_request(
        env, username, idempotency_key, lambda connection: _request(env, connection, trade_id, version)
    )

    def carry() -> Outcome:
        if asked.trade.status is TradeStatus.CLOSING:
            carry_on(env, asked.trade, read_calendar(env), deadline)
        return _answer(env, username, trade_id)

    return accepted(env, asked, carry)


def _answer(env: Environment, username: str, trade_id: UUID) -> Outcome:
    trade = trade_view.detail(env, username, trade_id)
    return Outcome(status=200 if trade["status"] in _DONE else 202, trade=trade)


def _request(env: Environment, connection: Connection, trade_id: UUID, version: int) -> Trade:
    trade = locked_trade(connection, trade_id, version)
    if trade.status not in PROTECTABLE:
        raise TransitionRefused(
            f"A trade that is {trade.status} cannot be closed.",
            trade_view.detail_in(connection, trade_id),
        )
    if trade.close_requested_at is not None:
        raise TransitionRefused(
            "A close of this trade already waits for the session.",
            trade_view.detail_in(connection, trade_id),
        )
    calendar = calendar_of(env, connection)
    if session_state(env, calendar, trade) is SessionState.OPEN:
        return begin_close(env, connection, trade, CloseReason.MANUAL_CLOSE, Actor.USER)
    now = env.clock.now()
    return save_trade(
        connection, trade, now, {"close_requested_at": now, "closing_reason": CloseReason.MANUAL_CLOSE}
    )

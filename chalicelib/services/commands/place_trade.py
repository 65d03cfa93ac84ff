"""Place a trade (A-07): validate, count against limits, store the intent, then carry it to the broker."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import OrderRole
from chalicelib.domain.trading.trades import CloseReason, TradeStatus
from chalicelib.services.commands.carry_on import Carried, Outcome, accepted, carry_on, not_sent
from chalicelib.services.commands.prepare_entry import Asked, placed_before, prepare, store
from chalicelib.services.environment import Environment
from chalicelib.services.errors import (
    BrokerRefused,
    Unavailable,
)
from chalicelib.services.reading import trade_view
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import Outcome as BrokerOutcome

NO_REASON: Final = "the broker rejected the order"


def place(env: Environment, username: str, command: PlaceTrade, idempotency_key: str | None) -> Outcome:
    """Place a trade: 201 as it then stands, 202 as it was stored when that cannot be told.

    Raises Invalid, RiskLimitReached, BrokerRefused (the trade is kept as CANCELED, REJECTED) and Unavailable
    (surely nothing was done). A lost answer of the broker is no error: the trade is PENDING and settling.
    """
    deadline = Deadline(env.clock)
    before = placed_before(env, username, idempotency_key)
    if before is not None:
        return _answer_again(env, username, before)
    asked = Asked(username=username, command=command, idempotency_key=idempotency_key)
    prepared = prepare(env, asked, deadline)
    requested, stored = store(env, prepared)

    def carry() -> Outcome:
        trade = requested.trade
        known = prepared.broker if trade.account == prepared.account else None
        carried = carry_on(env, trade, prepared.calendar, deadline, broker=known, stored=stored)
        placed = carried.view or trade_view.detail(env, username, trade.id)
        error = _refusal(carried)
        if error is not None:
            raise error
        # Left to sync, which may find that it cannot be sent any more: accepted, not placed.
        return Outcome(status=202 if carried.stood is None else 201, trade=placed)

    return accepted(env, requested, carry)


def _answer_again(env: Environment, username: str, trade_id: UUID) -> Outcome:
    """Answer for a call that died before its answer was kept, as it would have; raises BrokerRefused."""

    def refusal(connection: Connection) -> str | None:
        trade = load_trade(connection, trade_id)
        if trade is None or trade.close_reason is not CloseReason.REJECTED:
            return None
        orders = load_orders(connection, [trade_id]).get(trade_id, ())
        return next((order.reason for order in orders if order.reason), NO_REASON)

    reason = env.database.run(refusal, username=username)
    if reason is not None:
        raise BrokerRefused(reason)
    return Outcome(status=200, trade=trade_view.detail(env, username, trade_id), replayed=True)


def _refusal(carried: Carried) -> BrokerRefused | Unavailable | None:
    """Return what the caller must hear of a trade that was not taken."""
    stood, error = carried.stood, carried.error
    if stood is None or stood.trade.status is not TradeStatus.CANCELED:
        return None
    if stood.trade.close_reason is CloseReason.REJECTED:
        entry = next(order for order in stood.orders if order.role is OrderRole.ENTRY)
        return BrokerRefused(entry.reason or NO_REASON)
    if error is not None and error.outcome is BrokerOutcome.NOT_SENT:
        return not_sent(error)
    return None

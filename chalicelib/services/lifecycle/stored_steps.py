"""Steps of a trade that only store something: each looks again under the trade's lock, no broker is asked."""

from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from sqlalchemy import Connection

from chalicelib.domain.trading.changing_facts import OrderFacts, TradeFacts
from chalicelib.domain.trading.lifecycle import Move
from chalicelib.domain.trading.market_seen import WITHDRAWN
from chalicelib.domain.trading.parts import is_as_decided
from chalicelib.domain.trading.steps import (
    AbandonClose,
    ApplyChange,
    BeginClose,
    EndPart,
    EndUnplaced,
    EndWalk,
    NameWorst,
)
from chalicelib.domain.trading.trades import (
    ENTERING,
    PROTECTABLE,
    Actor,
    ChangeState,
    CloseReason,
    PendingChange,
    Trade,
    TradeStatus,
    Trigger,
)
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.lifecycle.book_news import move, restate
from chalicelib.services.lifecycle.end_unplaced import end_unplaced
from chalicelib.services.lifecycle.put_targets import put_targets
from chalicelib.services.lifecycle.refused_protection import PROTECTION_REFUSED
from chalicelib.services.lifecycle.set_aside import NO_CLOSE, set_sales_aside
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.lifecycle.told_of_exits import tell_abandoned
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.accounts.broker_accounts import look_next
from chalicelib.store.trades.orders import save_order
from chalicelib.store.trades.trade_changes import load_pending_change, settle_change
from chalicelib.store.trades.trades import load_trade, save_trade

#: What only changes what is stored.
StoredStep = EndWalk | EndUnplaced | ApplyChange | BeginClose | NameWorst | AbandonClose | EndPart


def store_step(keeper: AccountKeeper, stood: Stood, step: StoredStep) -> Stood | bool:
    """Take such a step; returns the trade as it then stands, or whether to look for another step."""
    trade = stood.trade
    match step:
        case EndWalk():
            end_walk(keeper, trade)
        case EndUnplaced():
            end_unplaced_entry(keeper, stood, step.reason, step.detail)
            return False
        case ApplyChange():
            apply_change(keeper, trade, step.change)
        case BeginClose():
            begin_close_of(keeper, trade, step.reason)
        case NameWorst():
            return replace(stood, trade=name_worst(keeper, trade, step.worst))
        case AbandonClose():
            abandon_close(keeper, trade, step)
            # An excess asks for its purchase again at once: one try a sync, not one after the other.
            return trade.excess_qty == 0
        case EndPart():
            end_part(keeper, trade)
        case _:
            assert_never(step)
    return True


def end_unplaced_entry(keeper: AccountKeeper, stood: Stood, reason: CloseReason, detail: str) -> None:
    """End a trade whose entry never left, and tell its owner where it was not placed."""

    def end(connection: Connection) -> None:
        trade = load_trade(connection, stood.trade.id, lock=True)
        if trade is None or trade.status is not TradeStatus.PENDING:
            return
        end_unplaced(keeper.env, connection, trade, stood.orders, reason, detail)
        if reason is CloseReason.NOT_PLACED:
            raise_alert(
                keeper.env,
                connection,
                trade.username,
                severity=Severity.WARNING,
                kind="not_placed",
                trade_id=trade.id,
                message=f"{trade.ticker} was not placed: {detail}",
            )

    keeper.write(end)


def end_walk(keeper: AccountKeeper, trade: Trade) -> None:
    """Note that an entry walks no more: what filled is kept, a trade without a fill is over."""

    def end(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.status not in ENTERING or locked.walk_ended_at is not None:
            return
        now = keeper.env.clock.now()
        restate(keeper.env, connection, save_trade(connection, locked, now, {"walk_ended_at": now}))

    keeper.write(end)


def apply_change(keeper: AccountKeeper, trade: Trade, change: PendingChange) -> None:
    """Record a change of stop or target as applied: it stands at the broker."""

    def apply(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.is_ended or load_pending_change(connection, locked.id) != change:
            return
        now = keeper.env.clock.now()
        settle_change(connection, change.id, state=ChangeState.APPLIED, error=None, now=now)
        resolve_alert(connection, locked.username, kind=PROTECTION_REFUSED, trade_id=locked.id)
        put_targets(keeper.env, connection, locked, change.after)
        save_trade(
            connection,
            locked,
            now,
            {
                "sl_price": change.after.sl_price,
                "tp_price": change.after.tp_price,
                "trailing_pct": change.trailing_pct,
                "override_count": locked.override_count + (change.triggered_by is Trigger.USER_MANUAL),
                "protection_failures": 0,
                # Nothing waits any more, even where stop and next target stay (api.md, Versions).
                "version": locked.version + 1,
            },
        )

    keeper.write(apply)


def begin_close_of(keeper: AccountKeeper, trade: Trade, reason: CloseReason) -> None:
    """Begin to close a trade by ourselves."""

    def begin(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.status not in {TradeStatus.OPEN, TradeStatus.PARTIALLY_FILLED}:
            return
        is_the_owners = locked.close_requested_at is not None and locked.closing_reason is reason
        worst = locked.closing_limit_price if is_the_owners else None
        begin_close(keeper.env, connection, locked, reason, Actor.SYSTEM, limit_price=worst)

    keeper.write(begin)


def name_worst(keeper: AccountKeeper, trade: Trade, worst: Decimal) -> Trade:
    """Store how far a strategy's exit may go; returns the trade as it then stands."""

    def name(connection: Connection) -> Trade:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or not is_as_decided(locked, trade):
            return locked or trade
        return save_trade(connection, locked, keeper.env.clock.now(), {"closing_limit_price": worst})

    return keeper.write(name)


def abandon_close(keeper: AccountKeeper, trade: Trade, step: AbandonClose) -> None:
    """Give a close up: the trade is open again, its failed orders are dealt with, its owner is told."""

    def abandon(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or (locked.status is not TradeStatus.CLOSING and locked.closing_qty is None):
            return
        handled: OrderFacts = {"handled": True}
        if step.detail == WITHDRAWN:
            handled["reason"] = WITHDRAWN
        for order_id in step.failed_order_ids:
            save_order(connection, order_id, handled)
        look_next(connection, trade.account)
        facts: TradeFacts = {"protection_failures": 0}
        if not step.keep_request:
            facts |= {**NO_CLOSE, "cancel_requested_at": None}
        elif step.part_left is not None:
            facts["closing_qty"] = step.part_left
        back = Move(to_status=TradeStatus.OPEN, actor=Actor.SYSTEM, reason=step.detail)
        moves = [back] if locked.status is TradeStatus.CLOSING else []
        move(keeper.env, connection, locked, moves, facts)
        tell_abandoned(keeper.env, connection, locked, step)

    keeper.write(abandon)


def end_part(keeper: AccountKeeper, trade: Trade) -> None:
    """Note that the part which was asked for is sold: the trade goes on with what is left."""

    def end(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.status not in PROTECTABLE or locked.closing_qty != trade.closing_qty:
            return
        set_sales_aside(connection, locked)
        save_trade(connection, locked, keeper.env.clock.now(), NO_CLOSE)

    keeper.write(end)

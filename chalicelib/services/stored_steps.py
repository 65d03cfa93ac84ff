"""Steps of a trade that only store something: each looks again under the trade's lock, no broker is asked."""

from sqlalchemy import Connection

from chalicelib.domain.lifecycle import Move
from chalicelib.domain.market_seen import WITHDRAWN
from chalicelib.domain.steps import AbandonClose
from chalicelib.domain.trades import Actor, ChangeState, CloseReason, PendingChange, Trade, TradeStatus
from chalicelib.services.alerting import Severity, raise_alert, resolve_alert
from chalicelib.services.closing import begin_close
from chalicelib.services.end_unplaced import end_unplaced
from chalicelib.services.ledger import move
from chalicelib.services.refused_protection import PROTECTION_REFUSED
from chalicelib.services.send_order import Desk
from chalicelib.services.stood import Stood
from chalicelib.services.told_of_exits import tell_abandoned
from chalicelib.store.broker_accounts import look_next
from chalicelib.store.orders import save_order
from chalicelib.store.trade_changes import load_pending_change, settle_change
from chalicelib.store.trades import load_trade, save_trade


def end_unplaced_entry(desk: Desk, stood: Stood, reason: CloseReason, detail: str) -> bool:
    """End a trade whose entry never left, and tell its owner where it was not placed."""

    def end(connection: Connection) -> None:
        trade = load_trade(connection, stood.trade.id, lock=True)
        if trade is None or trade.status is not TradeStatus.PENDING:
            return
        end_unplaced(desk.env, connection, trade, stood.orders, reason, detail)
        if reason is CloseReason.NOT_PLACED:
            raise_alert(
                desk.env,
                connection,
                trade.username,
                severity=Severity.WARNING,
                kind="not_placed",
                trade_id=trade.id,
                message=f"{trade.ticker} was not placed: {detail}",
            )

    desk.write(end)
    return False


def apply_change(desk: Desk, trade: Trade, change: PendingChange) -> bool:
    """Record a change of stop or target as applied: it stands at the broker."""

    def apply(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.is_ended or load_pending_change(connection, locked.id) != change:
            return
        now = desk.env.clock.now()
        settle_change(connection, change.id, state=ChangeState.APPLIED, error=None, now=now)
        resolve_alert(connection, locked.username, kind=PROTECTION_REFUSED, trade_id=locked.id)
        save_trade(
            connection,
            locked,
            now,
            {
                "sl_price": change.after.sl_price,
                "tp_price": change.after.tp_price,
                "override_count": locked.override_count + 1,
                "protection_failures": 0,
            },
        )

    desk.write(apply)
    return True


def begin_close_of(desk: Desk, trade: Trade, reason: CloseReason) -> bool:
    """Begin to close a trade by ourselves."""

    def begin(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.status not in {TradeStatus.OPEN, TradeStatus.PARTIALLY_FILLED}:
            return
        begin_close(desk.env, connection, locked, reason, Actor.SYSTEM)

    desk.write(begin)
    return True


def abandon_close(desk: Desk, trade: Trade, step: AbandonClose) -> bool:
    """Give a close up: the trade is open again, its failed orders are dealt with, its owner is told."""

    def abandon(connection: Connection) -> None:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.status is not TradeStatus.CLOSING:
            return
        why = {"reason": WITHDRAWN} if step.detail == WITHDRAWN else {}
        for order_id in step.failed_order_ids:
            save_order(connection, order_id, {"handled": True} | why)
        look_next(connection, trade.username, trade.broker_mode, trade.account_id)
        over = {"close_requested_at": None, "closing_reason": None, "cancel_requested_at": None}
        move(
            desk.env,
            connection,
            locked,
            [Move(to_status=TradeStatus.OPEN, actor=Actor.SYSTEM, reason=step.detail)],
            ({} if step.keep_request else over) | {"protection_failures": 0},
        )
        tell_abandoned(desk.env, connection, locked, step)

    desk.write(abandon)
    return True

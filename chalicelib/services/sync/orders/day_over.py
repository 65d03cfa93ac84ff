"""Entries for the day at an exchange that knows no days (C-06): they are withdrawn after theirs, by UTC."""

from collections.abc import Sequence
from datetime import UTC

from sqlalchemy import Connection

from chalicelib.domain.trading.orders import Duration, Order, OrderRole
from chalicelib.services.commands.cancel_trade import withdraw_entry
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.store.trades.trades import load_trade


def withdraw_after_the_day(look: AccountRound, orders: Sequence[Order]) -> None:
    """Ask for the end of entries that outlived their day; what they filled stays."""
    if not look.account.mode.is_of_coins_alone:
        return
    now = look.keeper.env.clock.now()
    for order in orders:
        sent_at = order.submitted_at
        is_for_the_day = order.role is OrderRole.ENTRY and order.duration is Duration.DAY
        if is_for_the_day and order.is_live and sent_at and sent_at.astimezone(UTC).date() < now.date():
            _withdraw(look, order)


def _withdraw(look: AccountRound, order: Order) -> None:
    env = look.keeper.env

    def withdraw(connection: Connection) -> bool:
        trade = load_trade(connection, order.trade_id, lock=True)
        if trade is None or trade.is_ended or trade.cancel_requested_at is not None:
            return False
        withdraw_entry(env, connection, trade)
        return True

    look.wrote = look.keeper.write(withdraw) or look.wrote

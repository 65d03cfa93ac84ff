"""Withdraw what was asked for and has not filled: of a person who is ended, or whom a kill switch stops."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.trades import ENTERING, Trade
from chalicelib.services.commands.cancel_trade import withdraw_entry
from chalicelib.services.environment import Environment
from chalicelib.store.trades.trades import load_trade


def ask_to_withdraw(env: Environment, username: str, trade_id: UUID) -> Trade | None:
    """Store that a trade's entry is to be cancelled; None where it enters nothing any more.

    What was never sent is ended at once. What works at the broker goes on from `cancel_requested_at`.
    """

    def work(connection: Connection) -> Trade | None:
        trade = load_trade(connection, trade_id, lock=True)
        return None if trade is None else withdrawn_in(env, connection, trade)

    return env.database.run(work, username=username)


def withdrawn_in(env: Environment, connection: Connection, trade: Trade) -> Trade | None:
    """Store the same inside the caller's transaction, under the trade's row lock."""
    if trade.status not in ENTERING:
        return None
    return trade if trade.cancel_requested_at is not None else withdraw_entry(env, connection, trade)

"""What a kill switch does to trades (B-08): entries withdrawn, and by a hard stop every holding closed.

Each trade is decided under its lock by the rows that are in force then, and stored; its account goes on from
there. A kill between two trades, or the same asked twice, changes nothing: the next round finds what is left.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.kill_switch.rows import SwitchMode, SwitchRow, mode_of, stopping
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.tradable import has_expired
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade
from chalicelib.services.accounts.hand_over import hand_over_each
from chalicelib.services.commands.withdraw_entries import withdrawn_in
from chalicelib.services.desk.switch.tell_switch import end_flattening, tell_flattening
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.lifecycle.refused_sale import standing_refusal
from chalicelib.services.lifecycle.set_aside import NO_CLOSE, set_sales_aside
from chalicelib.services.market_hours import calendar_of, session_state
from chalicelib.store.desk.kill_switch import read_rows_of
from chalicelib.store.desk.stoppable import Stoppable, read_stoppable, told_with_results, waiting_closes
from chalicelib.store.trades.trades import load_trade, save_trade

_LOG: Final = logging.getLogger("papertape.desk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """Trades whose entry was withdrawn, and those that began to be closed, or will at the open."""

    withdrawn: tuple[Trade, ...] = ()
    closing: tuple[Trade, ...] = ()


def enforce(env: Environment, username: str, actor: Actor) -> Enforced:
    """Do to a user's trades what the rows in force ask for; their accounts are worked on at once."""
    found = env.database.run(lambda connection: read_stoppable(connection, username), username=username)
    return enforce_on(env, username, found, actor)


def enforce_on(env: Environment, username: str, trades: Sequence[Stoppable], actor: Actor) -> Enforced:
    """Do the same to these trades of a user."""
    withdrawn: list[Trade] = []
    closing: list[Trade] = []
    for one in trades:
        done = _enforce(env, username, one, actor)
        withdrawn += done.withdrawn
        closing += done.closing
    if closing:
        ids = [trade.id for trade in closing]
        env.database.run(
            lambda connection: tell_flattening(env, connection, username, told_with_results(connection, ids)),
            username=username,
        )
    hand_over_each(env, [*withdrawn, *closing])
    return Enforced(withdrawn=tuple(withdrawn), closing=tuple(closing))


def or_left_to_the_round(work: Callable[[], object]) -> None:
    """Do what a stored row asks for; whatever fails, the round of the next minute does it."""
    try:
        work()
    except Exception as error:  # noqa: BLE001  # the row stands: it must not look as if nothing was done
        _LOG.error("a kill switch is left to its round: %s", type(error).__name__)


def concerns(rows: Sequence[SwitchRow], one: Stoppable) -> bool:
    """Say whether rows ask for something of a trade."""
    is_hard = mode_of(rows) is SwitchMode.HARD_STOP
    return (one.is_holding and is_hard) or (one.is_entering and stopping(rows, one.originator) is not None)


def call_off(env: Environment, connection: Connection, username: str) -> None:
    """Take back closes that a hard stop asked for and that wait for the session, once none is in force.

    What is being sold goes on.
    """
    end_flattening(connection, username)
    for trade_id in waiting_closes(connection, username):
        trade = load_trade(connection, trade_id, lock=True)
        if trade is not None and _waits_for_us(trade):
            save_trade(connection, trade, env.clock.now(), NO_CLOSE)


def _enforce(env: Environment, username: str, one: Stoppable, actor: Actor) -> Enforced:
    def work(connection: Connection) -> Enforced:
        rows = read_rows_of(connection, username)
        trade = load_trade(connection, one.trade_id, lock=True)
        if trade is None:
            return Enforced()
        if mode_of(rows) is SwitchMode.HARD_STOP and trade.status in PROTECTABLE:
            closed = _close(env, connection, trade, actor)
            return Enforced() if closed is None else Enforced(closing=(closed,))
        if stopping(rows, trade.originator) is None:
            return Enforced()
        withdrawn = withdrawn_in(env, connection, trade)
        return Enforced() if withdrawn is None else Enforced(withdrawn=(withdrawn,))

    return env.database.run(work, username=username)


def _close(env: Environment, connection: Connection, trade: Trade, actor: Actor) -> Trade | None:
    """Begin to close a holding, or have it closed at the open; None where something closes it already, or
    nothing can, since it has expired.

    Its limit is what leaving brings at once less the buffer: an owner's worst price, or a walk, would wait.
    """
    if trade.close_requested_at is not None and trade.closing_qty is None:
        return None
    now = env.clock.now()
    if has_expired(trade, new_york_date(now)) or standing_refusal(connection, trade, now) is not None:
        return None
    if session_state(env, calendar_of(env, connection), trade) is SessionState.OPEN:
        return begin_close(env, connection, trade, CloseReason.KILL_SWITCH, actor)
    if trade.closing_qty is not None:
        set_sales_aside(connection, trade)
    return save_trade(
        connection,
        trade,
        now,
        {**NO_CLOSE, "close_requested_at": now, "closing_reason": CloseReason.KILL_SWITCH},
    )


def _waits_for_us(trade: Trade) -> bool:
    return (
        trade.status in PROTECTABLE
        and trade.close_requested_at is not None
        and trade.closing_reason is CloseReason.KILL_SWITCH
    )

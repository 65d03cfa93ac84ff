"""Everything of a trader, or of all of a user's, is closed (C-07): by a person, or by a lock.

What is asked for is stored first, so that the tick drives it on: an entry that fills while it is being
cancelled is held then, and closed in turn. It is done once nothing is open and nothing rests.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade, TradeStatus
from chalicelib.services.ai.manage_traders import hold
from chalicelib.services.ai.positions.apart import Task, each_apart
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.commands.once_told import once_told
from chalicelib.services.commands.withdraw_entries import withdrawn_in
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.lifecycle.refused_sale import standing_refusal
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.ai import closing
from chalicelib.store.ai.closing import DueClose
from chalicelib.store.database import Isolation
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.deadline import Deadline

#: What a call does itself; the tick does the rest.
_CALL_SECONDS: Final = timedelta(seconds=12).total_seconds()


def close_trader(env: Environment, username: str, trader_id: UUID) -> int:
    """Close everything of one trader; returns how many trades have something open or resting still.

    Raises NotFound.
    """

    def mine(connection: Connection) -> list[UUID]:
        hold(connection, username, trader_id)
        return [trader_id]

    return _close(env, username, env.database.run(mine, username=username))


def close_everything(env: Environment, username: str) -> int:
    """Close everything of all of a user's traders; returns as `close_trader` does."""
    found = env.database.run(lambda connection: closing.read_all(connection, username), username=username)
    return _close(env, username, found)


def close_due(env: Environment) -> int:
    """Drive on what is being closed, of all users: what was asked for, and what locked traders hold.

    Returns on how many trades it acted. What a defect raises over one is raised once all others are done.
    """
    due = env.database.run(closing.read_due, username=None)
    tasks = [Task(username=one.username, trade_id=one.id, work=partial(_drive_on, env, one)) for one in due]
    finished = each_apart(env, tasks, "a trade could not be closed with all others")
    env.database.run(closing.note_done, username=None, isolation=Isolation.READ_COMMITTED)
    return len(finished.or_raise())


def _close(env: Environment, username: str, trader_ids: Sequence[UUID]) -> int:
    deadline = Deadline(env.clock, _CALL_SECONDS)

    def begin(connection: Connection) -> list[UUID]:
        closing.ask(connection, username, trader_ids, env.clock.now())
        return closing.read_left(connection, username, trader_ids)

    left = env.database.run(begin, username=username, isolation=Isolation.READ_COMMITTED)

    def go_on() -> int:
        begun = [_begin(env, username, trade_id, CloseReason.MANUAL_CLOSE, Actor.USER) for trade_id in left]
        calendar = read_calendar(env)
        for trade in begun:
            if trade is not None and deadline.seconds_left() > 0:
                carry_on(env, trade, calendar, deadline)
        return len(
            env.database.run(
                lambda connection: closing.read_left(connection, username, trader_ids), username=username
            )
        )

    return once_told(go_on, len(left))


def _drive_on(env: Environment, due: DueClose) -> None:
    reason = CloseReason.DRAWDOWN_LIMIT if due.is_locked else CloseReason.MANUAL_CLOSE
    trade = _begin(env, due.username, due.id, reason, Actor.SYSTEM)
    if trade is not None:
        carry_on(env, trade, read_calendar(env), Deadline(env.clock))


def _begin(
    env: Environment, username: str, trade_id: UUID, reason: CloseReason, actor: Actor
) -> Trade | None:
    """Begin to close a trade, or to withdraw its entry; returns it where something is to be carried on.

    The tick waits after refusals; a person who asks again is tried at once.
    """

    def work(connection: Connection) -> Trade | None:
        trade = load_trade(connection, trade_id, lock=True)
        if trade is None:
            return None
        if trade.status in PROTECTABLE:
            now = env.clock.now()
            if actor is Actor.SYSTEM and standing_refusal(connection, trade, now) is not None:
                return None
            return begin_close(env, connection, trade, reason, actor)
        if trade.status is TradeStatus.PENDING:
            return withdrawn_in(env, connection, trade)
        return trade

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)

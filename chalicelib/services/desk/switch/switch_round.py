"""A round of the kill switch (B-08): what its rows ask for is done to every trade, again until it is flat.

It is what makes the switch hold: whatever a call or a scan that set it left undone, was refused, or came in
beside it, is found here.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import Flatness, SwitchMode, SwitchRow, mode_of
from chalicelib.domain.trading.trades import Actor
from chalicelib.observability.facts import user_fact
from chalicelib.services.desk.switch.day_loss import follow_day_losses
from chalicelib.services.desk.switch.enforce_switch import call_off, concerns, enforce_on
from chalicelib.services.desk.switch.flat import look_whether_flat
from chalicelib.services.desk.switch.tell_switch import (
    resolve_everybodys,
    tell_flat,
    tell_not_flat,
    tell_tripped,
)
from chalicelib.services.environment import Environment
from chalicelib.services.errors import ServiceError
from chalicelib.store.database import DatabaseUnavailable, Isolation
from chalicelib.store.desk.kill_switch import RowsInForce, read_rows_in_force, read_rows_of
from chalicelib.store.desk.stoppable import Stoppable, read_stoppable, users_with_waiting_closes
from chalicelib.store.turns import take_turn
from chalicelib.store.users.people import read_usernames

#: A hard stop has so long of a session until its owner hears what it could not close.
FLAT_WITHIN: Final = timedelta(minutes=3)
#: For so long after an operator's reset the rounds see to it that everybody's alerts of it are over.
ENDED_WITHIN: Final = timedelta(days=1)
_LOG: Final = logging.getLogger("papertape.desk")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundReport:
    """What one round did: users with a row, entries withdrawn, closes begun, users flat and not yet flat."""

    users: int = 0
    tripped: int = 0
    withdrawn: int = 0
    closing: int = 0
    flat: int = 0
    not_flat: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    withdrawn: int = 0
    closing: int = 0
    flat: bool | None = None


def go_round(env: Environment, calendar: MarketCalendar) -> RoundReport:
    """Do to everybody's trades what the rows in force ask for; one user's trouble is theirs alone."""
    before = env.database.read(read_rows_in_force, username=None)
    tripped = follow_day_losses(env, before, calendar)
    in_force = env.database.read(read_rows_in_force, username=None) if tripped or before.any else before
    _end_for_others(env, in_force)
    if not in_force.any:
        return RoundReport()
    found = env.database.read(lambda connection: read_stoppable(connection, None), username=None)
    by_user = {name: list(trades) for name, trades in groupby(found, key=lambda one: one.username)}
    users = sorted(in_force.own)
    if in_force.everybodys:
        users = env.database.read(read_usernames, username=None)
        _tell_everybody(env, users, in_force.everybodys)
    tasks = [
        partial(_of_user, env, username, in_force.of(username), by_user.get(username, []), calendar)
        for username in users
    ]
    done = env.side_by_side.each(tasks)
    return RoundReport(
        users=len(users),
        tripped=tripped,
        withdrawn=sum(one.withdrawn for one in done),
        closing=sum(one.closing for one in done),
        flat=sum(one.flat is True for one in done),
        not_flat=sum(one.flat is False for one in done),
    )


def _of_user(
    env: Environment,
    username: str,
    rows: Sequence[SwitchRow],
    trades: Sequence[Stoppable],
    calendar: MarketCalendar,
) -> _Done:
    try:
        wanted = [one for one in trades if concerns(rows, one)]
        done = enforce_on(env, username, wanted, Actor.SYSTEM)
        flat = None
        if mode_of(rows) is SwitchMode.HARD_STOP:
            flat = _look(env, username, rows, calendar)
    except (DatabaseUnavailable, SQLAlchemyError, ServiceError):
        _LOG.exception("a user's kill switch was not seen to", extra={"user": user_fact(username)})
        return _Done()
    return _Done(withdrawn=len(done.withdrawn), closing=len(done.closing), flat=flat)


def _look(env: Environment, username: str, rows: Sequence[SwitchRow], calendar: MarketCalendar) -> bool:
    """Ask the brokers whether anything is left, and tell what they say."""
    seen = look_whether_flat(env, username)
    is_late = _session_since(rows, env.clock.now(), calendar) >= FLAT_WITHIN

    def tell(connection: Connection) -> None:
        if seen.flat:
            tell_flat(env, connection, username)
        elif is_late:
            tell_not_flat(env, connection, username, _words(seen))

    env.database.run(tell, username=username)
    return seen.flat


def _session_since(rows: Sequence[SwitchRow], now: datetime, calendar: MarketCalendar) -> timedelta:
    """Return how long of the present session a hard stop has stood; nothing outside it."""
    session = calendar.session_at(now)
    if session is None:
        return timedelta(0)
    set_at = min(row.set_at for row in rows if row.mode is SwitchMode.HARD_STOP)
    return now - max(set_at, session.opens_at)


def _words(seen: Flatness) -> str:
    left = ", ".join(f"{count.normalize():f} {symbol}" for symbol, count in seen.left)
    return left or "a broker cannot be read, or an order is still at work"


def _tell_everybody(env: Environment, users: Sequence[str], rows: Sequence[SwitchRow]) -> None:
    """Tell each user of the operator's row, once while it stands."""
    for username in users:
        env.database.run(partial(_tell, env, username, rows), username=username)


def _tell(env: Environment, username: str, rows: Sequence[SwitchRow], connection: Connection) -> None:
    for row in rows:
        tell_tripped(env, connection, username, row)


def _end_for_others(env: Environment, in_force: RowsInForce) -> None:
    """See to those whom an operator's reset concerns: what was told is over, waiting closes are off."""
    standing = {row.mode for row in in_force.everybodys}
    since = env.clock.now() - ENDED_WITHIN
    env.database.run(lambda connection: resolve_everybodys(connection, standing, since), username=None)
    for username in env.database.read(users_with_waiting_closes, username=None):
        if mode_of(in_force.of(username)) is not SwitchMode.HARD_STOP:
            work = partial(_call_off, env, username)
            env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def _call_off(env: Environment, username: str, connection: Connection) -> None:
    take_turn(connection, username)
    if mode_of(read_rows_of(connection, username)) is not SwitchMode.HARD_STOP:
        call_off(env, connection, username)

"""The kill switch as persons set and reset it (B-08, B-15): the row first, what it asks for at once after."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.job_messages import EVERYBODY_NOW
from chalicelib.domain.desk.kill_switch.rows import (
    Flatness,
    SwitchMode,
    SwitchRow,
    after_reset,
    mode_of,
    set_by_person,
)
from chalicelib.domain.trading.trades import Actor
from chalicelib.services.desk.switch.enforce_switch import call_off, enforce, or_left_to_the_round
from chalicelib.services.desk.switch.flat import look_whether_flat
from chalicelib.services.desk.switch.tell_switch import tell_lifted, tell_tripped
from chalicelib.services.environment import Environment
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.services.users.settings import require
from chalicelib.store.database import Isolation
from chalicelib.store.desk import kill_switch as store
from chalicelib.store.desk.kill_switch import Ended
from chalicelib.store.trades.portfolio import portfolio_revision
from chalicelib.store.turns import take_turn

#: A page that polls asks the brokers no more often.
ASKED_APART: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """What is in force for a user, and whether their brokers show that they are flat."""

    mode: SwitchMode
    flatness: Flatness
    rows: tuple[SwitchRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switching:
    """Who sets or resets, and why; `everywhere` is the operator's, over everybody."""

    username: str
    reason: str
    everywhere: bool = False


def read_switch(env: Environment, kept: KeptAnswers, username: str) -> SwitchState:
    """Return what is in force, and what the brokers showed a moment ago.

    After the newest row, and after the last change in the user's own books: what was flat before an entry is
    not known to be any more.
    """

    def read(connection: Connection) -> tuple[tuple[SwitchRow, ...], int]:
        return tuple(store.read_rows_of(connection, username)), portfolio_revision(connection, username)

    rows, revision = env.database.run(read, username=username)
    newest = max((row.set_at for row in rows), default=None)
    question = ("flat", username, "" if newest is None else newest.isoformat(), str(revision))
    seen = kept.answer(question, lambda: look_whether_flat(env, username), fresh_for=ASKED_APART)
    return SwitchState(mode=mode_of(rows), flatness=seen.answer, rows=rows)


def set_switch(env: Environment, asked: Switching, mode: SwitchMode) -> None:
    """Stop entries, and with HARD_STOP close everything; what stands already stays as it was set.

    The row is set in the user's turn: an entry was counted before it and is withdrawn now, or is refused.
    """
    username, now = asked.username, env.clock.now()
    row = set_by_person(mode, asked.reason, username, now, everywhere=asked.everywhere)

    def work(connection: Connection) -> None:
        take_turn(connection, username)
        require(connection, username)
        row_id = env.randomness.uuid7(now)
        is_new = (
            store.insert_everywhere(connection, row, row_id)
            if asked.everywhere
            else store.insert_row(connection, username, row, row_id)
        )
        if is_new:
            tell_tripped(env, connection, username, row)

    env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    _see_to_it(env, asked)


def reset_switch(env: Environment, asked: Switching) -> None:
    """End the caller's rows, and everybody's where it is asked for `everywhere`.

    What tripped by itself and still stands trips again with the next scan.
    """
    username, now = asked.username, env.clock.now()
    ended = Ended(at=now, by=username, reason=asked.reason)

    def work(connection: Connection) -> None:
        take_turn(connection, username)
        rows = store.read_rows_of(connection, username)
        stay = after_reset(rows, is_operator=asked.everywhere)
        store.end_own(connection, username, ended)
        if asked.everywhere:
            store.end_everywhere(connection, ended)
        for row in rows:
            if row not in stay:
                tell_lifted(env, connection, username, row, f"{username} reset it ({asked.reason})")
        if mode_of(stay) is not SwitchMode.HARD_STOP:
            call_off(env, connection, username)

    env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    if asked.everywhere:
        _see_to_it(env, asked)


def _see_to_it(env: Environment, asked: Switching) -> None:
    if asked.everywhere:
        or_left_to_the_round(lambda: env.bus.send("kill_switch", EVERYBODY_NOW))
    else:
        or_left_to_the_round(lambda: enforce(env, asked.username, Actor.USER))

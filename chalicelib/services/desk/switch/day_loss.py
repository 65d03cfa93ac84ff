"""The day's loss as a cause of the kill switch (B-08, B-16): all entries stop until the next trading day."""

from functools import partial

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.desk.kill_switch.rows import (
    ITSELF,
    SCOPES,
    SwitchCause,
    SwitchMode,
    SwitchRow,
)
from chalicelib.domain.spelling import in_dollars
from chalicelib.domain.trading.trades import Originator
from chalicelib.domain.trading.trading_hours import day_began_at
from chalicelib.services.desk.switch.tell_switch import tell_lifted, tell_tripped
from chalicelib.services.environment import Environment
from chalicelib.store.database import Isolation
from chalicelib.store.desk.day_losses import DayLoss, read_day_losses
from chalicelib.store.desk.kill_switch import Ended, RowsInForce, end_rows, insert_row
from chalicelib.store.turns import take_turn


def follow_day_losses(env: Environment, in_force: RowsInForce, calendar: MarketCalendar) -> int:
    """Stop whoever has reached a limit, and lift what a new trading day lifts; returns how many tripped.

    A desk's scan does the same for its user; whoever is later finds the row there.
    """
    now = env.clock.now()
    midnight = day_began_at(Originator.PERSON, now)
    reached = env.database.read(
        lambda connection: read_day_losses(connection, midnight, tuple(CAPABILITIES)), username=None
    )
    stands = {one.username for one in reached}
    for username, rows in in_force.own.items():
        over = [row for row in rows if _is_over(row, env, calendar)]
        if over and username not in stands:
            env.database.run(partial(_lift, env, username, over), username=username)
    tripped = [one for one in reached if not _is_stopped(in_force, one.username)]
    for one in tripped:
        env.database.run(partial(_trip, env, one), username=one.username, isolation=Isolation.READ_COMMITTED)
    return len(tripped)


def _is_stopped(in_force: RowsInForce, username: str) -> bool:
    return any(row.cause is SwitchCause.DAILY_LOSS for row in in_force.own.get(username, ()))


def _is_over(row: SwitchRow, env: Environment, calendar: MarketCalendar) -> bool:
    today = new_york_date(env.clock.now())
    is_later = today > new_york_date(row.set_at) and calendar.is_trading_day(today)
    return row.cause is SwitchCause.DAILY_LOSS and is_later


def _trip(env: Environment, loss: DayLoss, connection: Connection) -> None:
    now = env.clock.now()
    row = SwitchRow(
        scope=SCOPES[SwitchCause.DAILY_LOSS],
        mode=SwitchMode.SAFE_MODE,
        cause=SwitchCause.DAILY_LOSS,
        detail=(
            f"the day's loss of {in_dollars(-loss.lowest)} has reached "
            f"its limit of {in_dollars(loss.allowed)}"
        ),
        set_by=ITSELF,
        set_at=now,
    )
    take_turn(connection, loss.username)
    if insert_row(connection, loss.username, row, env.randomness.uuid7(now)):
        tell_tripped(env, connection, loss.username, row)


def _lift(env: Environment, username: str, rows: list[SwitchRow], connection: Connection) -> None:
    end_rows(connection, username, rows, Ended(at=env.clock.now(), by=ITSELF, reason="lifted"))
    for row in rows:
        tell_lifted(env, connection, username, row, row.lifts_when)

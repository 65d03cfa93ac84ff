"""Ask for a backtest, see how far it came, end it (B-12)."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.backtest.parts import parts_of, trading_days
from chalicelib.domain.backtest.request import SYNTHETIC, BacktestRequest, read_request
from chalicelib.domain.clocks.backtest_messages import BACKTEST, BacktestPart
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.stored import to_json
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.services.backtests.histories import SOURCES
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound, RiskLimitReached
from chalicelib.services.listing import Listing
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.database import after_commit
from chalicelib.store.desk import backtests as store
from chalicelib.store.desk import settings, strategies
from chalicelib.store.desk.backtests import BacktestRow
from chalicelib.store.turns import take_turn

#: Of one user at a time: each goes through years of chains.
UNDER_WAY_MAX: Final = 3
LOST_AFTER: Final = timedelta(minutes=5)


def ask_backtest(env: Environment, username: str, body: object) -> BacktestRow:
    """Store a backtest for its job; raises Invalid, NotFound, RiskLimitReached while others are under way."""
    now = env.clock.now()
    backtest_id = env.randomness.uuid7(now)

    def work(connection: Connection) -> BacktestRow:
        take_turn(connection, username)
        asked = _read(connection, username, body, backtest_id, new_york_date(now))
        days = len(trading_days(asked.first, asked.last, calendar_of(env, connection)))
        if not days:
            raise Invalid([FieldError(field="from", message="no session lies between from and to")])
        under_way = store.count_under_way(connection, username, now - timedelta(days=1))
        if under_way >= UNDER_WAY_MAX:
            most = Decimal(UNDER_WAY_MAX)
            raise RiskLimitReached("quota", Decimal(under_way + 1), most, what="backtest")
        desk = to_json(settings.read(connection, username).settings)
        parts = parts_of(asked)
        store.add(connection, username, backtest_id, asked.as_json(), desk, [days] * parts)
        after_commit(connection, lambda: _send(env, username, backtest_id, range(parts)))
        row = store.read(connection, username, backtest_id)
        assert row is not None
        return row

    return env.database.run(work, username=username)


def list_backtests(
    env: Environment, username: str, *, before: UUID | None, limit: int
) -> Listing[BacktestRow]:
    """List a user's backtests without their results, newest first."""
    rows = env.database.read(
        lambda c: store.page(c, username, before=before, limit=limit + 1), username=username
    )
    next_cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)


def read_backtest(env: Environment, username: str, backtest_id: UUID) -> BacktestRow:
    """Read a backtest; raises NotFound. What nobody carries on any more is sent for again."""
    row = env.database.read(lambda c: store.read(c, username, backtest_id), username=username)
    if row is None:
        raise NotFound("backtest")
    silent_since = env.clock.now() - LOST_AFTER
    if row.status in store.UNDER_WAY and row.moved_at < silent_since:
        lost = env.database.run(
            lambda c: store.take_lost(c, username, backtest_id, silent_since), username=username
        )
        _send(env, username, backtest_id, lost)
    return row


def cancel_backtest(env: Environment, username: str, backtest_id: UUID) -> BacktestRow:
    """End a backtest that is under way; one that is over stays what it is. Raises NotFound."""

    def work(connection: Connection) -> BacktestRow | None:
        store.cancel(connection, username, backtest_id)
        return store.read(connection, username, backtest_id)

    row = env.database.run(work, username=username)
    if row is None:
        raise NotFound("backtest")
    return row


def stored_request(row: BacktestRow) -> BacktestRequest:
    """Return what a row was asked for; it was read before it was stored."""
    strategy = row.request["strategy"]
    assert isinstance(strategy, dict)
    found = read_request(row.request, None, tuple(SOURCES), UUID(str(strategy["id"])))
    assert isinstance(found, BacktestRequest), "what was stored reads back"
    return found


def _send(env: Environment, username: str, backtest_id: UUID, parts: Iterable[int]) -> None:
    for part in parts:
        message = BacktestPart(username=username, backtest_id=backtest_id, part=part)
        env.bus.send(BACKTEST, message.payload())


def _read(
    connection: Connection, username: str, body: object, backtest_id: UUID, today: date
) -> BacktestRequest:
    """Return what a body asks for, its strategy by id where it names one of the user's."""
    strategy = _named(connection, username, body)
    found = read_request(body, strategy, tuple(SOURCES), backtest_id)
    if not isinstance(found, BacktestRequest):
        raise Invalid([FieldError(field=fault.field, message=fault.message) for fault in found])
    if found.last > today and found.source != SYNTHETIC:
        raise Invalid([FieldError(field="to", message="must not be in the future")])
    return found


def _named(connection: Connection, username: str, body: object) -> Strategy | None:
    given = body.get("strategy") if isinstance(body, dict) else None
    if not isinstance(given, str):
        return None
    try:
        strategy_id = UUID(given)
    except ValueError:
        return None
    row = strategies.read(connection, username, strategy_id)
    if row is None:
        raise Invalid([FieldError(field="strategy", message="is none of yours")])
    return row.read()

"""Carry a backtest out, part by part: a month of days between two commits is what a kill costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.backtest.history import History
from chalicelib.domain.backtest.kept import Kept
from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.parts import PartState, sets_of, strategy_with, trading_days
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.clocks.backtest_messages import BACKTEST, BacktestPart
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.backtests.ask import stored_request
from chalicelib.services.backtests.conclude import conclude, outcome_of_part
from chalicelib.services.backtests.histories import open_history
from chalicelib.services.backtests.no_history import NoHistory
from chalicelib.services.backtests.paper_books import opened
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.desk import backtests as store
from chalicelib.store.desk.backtests import BacktestRow, PartRow

#: Days between two commits.
SLICE_DAYS: Final = 21
#: Slices of one message: two years of days lie far inside a function's time.
SLICES_A_MESSAGE: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What a part's slices share."""

    row: BacktestRow
    asked: BacktestRequest
    desk: DeskSettings
    calendar: MarketCalendar
    history: History
    days: Sequence[date]


def carry_out(env: Environment, work: BacktestPart) -> str | None:
    """Carry a part on; returns how its backtest stands, None where there is nothing left to do."""
    username, backtest_id = work.username, work.backtest_id

    def begin(connection: Connection) -> tuple[BacktestRow, PartRow] | None:
        part = store.begin(connection, username, backtest_id, work.part)
        row = store.read(connection, username, backtest_id)
        return None if part is None or row is None else (row, part)

    begun = env.database.run(begin, username=username)
    if begun is None:
        return None
    row, part = begun
    try:
        return _carry_on(env, _ground(env, row), part)
    except NoHistory as error:
        reason = str(error)
        env.database.run(
            lambda c: store.finish(c, username, backtest_id, store.FAILED, {"reason": reason}),
            username=username,
        )
        return store.FAILED


def _ground(env: Environment, row: BacktestRow) -> _Ground:
    asked, calendar = stored_request(row), read_calendar(env)
    return _Ground(
        row=row,
        asked=asked,
        desk=from_json(DeskSettings, dict(row.desk)),
        calendar=calendar,
        history=open_history(env, asked, calendar),
        days=trading_days(asked.first, asked.last, calendar),
    )


def _carry_on(env: Environment, ground: _Ground, part: PartRow) -> str | None:
    """Go through slices until the part is done, somebody else did it, or the message has had its share."""
    username, backtest_id = ground.row.username, ground.row.id
    march = marching(ground, part)
    for _ in range(SLICES_A_MESSAGE):
        begins, ends = part.days_done, min(part.days_done + SLICE_DAYS, len(ground.days))
        for day in ground.days[begins:ends]:
            march.day(day, is_last=day == ground.days[-1])
        if ends == len(ground.days):
            outcome = outcome_of_part(ground.asked, part.part, march, ground.days)
            return conclude(env, ground.row, part, outcome, ends)
        after = PartRow(part=part.part, days=part.days, days_done=ends, state=_state(march), outcome=None)
        if not _keep(env, username, backtest_id, part, after):
            return None
        part = after
    message = BacktestPart(username=username, backtest_id=backtest_id, part=part.part)
    env.bus.send(BACKTEST, message.payload())
    return store.RUNNING


def marching(ground: _Ground, part: PartRow) -> March:
    """Return a part's runs where they were left off, or at their beginning."""
    state = PartState(runs=()) if part.state is None else from_json(PartState, part.state)
    runs = []
    for number, values in enumerate(sets_of(ground.asked, part.part)):
        kept = state.runs[number] if state.runs else Kept()
        strategy = strategy_with(ground.asked.strategy, values)
        books = opened(ground.asked, kept.account)
        told = part.part == 0 and number == 0
        runs.append(Run(ground.asked, strategy, ground.desk, ground.calendar, books, kept, keeps_gates=told))
    return March(
        history=ground.history,
        calendar=ground.calendar,
        runs=runs,
        memory=state.memory(),
        spot=state.spot,
    )


def _state(march: March) -> JsonValue:
    return to_json(
        PartState(
            runs=tuple(run.kept() for run in march.runs),
            iv_days=tuple(march.memory.days),
            iv_values=tuple(march.memory.values),
            spot=march.spot,
        )
    )


def _keep(env: Environment, username: str, backtest_id: UUID, before: PartRow, after: PartRow) -> bool:
    def work(connection: Connection) -> bool:
        return store.note_slice(
            connection,
            username,
            backtest_id,
            before,
            days_done=after.days_done,
            state=after.state,
            outcome=None,
        )

    return env.database.run(work, username=username)

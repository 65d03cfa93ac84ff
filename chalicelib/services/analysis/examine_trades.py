"""Examine ended trades (A-09): minute by minute where the vendor has it, else by our own snapshots.

A trade is examined once, unless somebody names it; the same marks give the same figures. What a failing
vendor keeps from us is asked for again minutes later; after three rounds without progress snapshots must do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.analysis.forensics import (
    FIRST_LOOK,
    MARK_WITHIN,
    SECOND_LOOK,
    ForensicsSource,
    Holding,
    Marks,
    examine,
    marks_of_candles,
    marks_of_snapshots,
    session_time_after,
)
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.instrument_calendars import ALWAYS_OPEN
from chalicelib.domain.clocks.sessions import Calendar
from chalicelib.domain.market.candles import Candle, CandleMinutes, in_session
from chalicelib.domain.market.coins import candle_of
from chalicelib.marketdata.interface import MarketData, MarketDataError, NoHistory
from chalicelib.services.analysis.split_result import split_result
from chalicelib.services.environment import CredentialsUnreadable, Environment, NoKeyRing
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.analysis.forensics import Ended, find_ended, read_marks, save_findings
from chalicelib.store.database import Isolation

#: One run's trades; a run that leaves some asks for another.
TRADES_A_RUN_MAX: Final = 500
#: Histories of a run that are kept for other trades of the same contract: a long one takes megabytes.
_HISTORIES_KEPT_MAX: Final = 16
_MINUTE: Final = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class ForensicsReport:
    """What one run did; `waiting` trades are the next run's.

    Of these `without_keys` have a history that comes by their owner's token, which this function cannot open.
    """

    by_history: int = 0
    by_snapshots: int = 0
    waiting: int = 0
    without_keys: int = 0
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def examined(self) -> int:
        """Return how many trades got their figures."""
        return self.by_history + self.by_snapshots


def examine_ended(
    env: Environment, *, trade_id: UUID | None = None, may_wait: bool = True
) -> ForensicsReport:
    """Examine what ended and was not examined yet, or the trade that is named, anew.

    With `may_wait` a trade whose history cannot be read now is left for later, without it done by snapshots.
    """
    found = env.database.run(
        lambda connection: find_ended(connection, trade_id=trade_id, limit=TRADES_A_RUN_MAX),
        username=None,
        isolation=Isolation.READ_COMMITTED,
    )
    report = ForensicsReport()
    if not found:
        return report
    examiner = _Examiner(env, read_calendar(env), may_wait=may_wait)
    for trade in found:
        try:
            source = examiner.examine(trade)
        except MarketDataError as error:
            report.waiting += 1
            report.errors[trade.symbol] = error.reason
            continue
        except NoKeyRing as error:
            report.waiting += 1
            report.without_keys += 1
            report.errors[trade.symbol] = str(error)
            continue
        report.by_history += source is ForensicsSource.HISTORY
        report.by_snapshots += source is ForensicsSource.SNAPSHOTS
    report.waiting += len(found) == TRADES_A_RUN_MAX and trade_id is None
    return report


class _Examiner:
    """One run: trades of the same contract and times share one reading of its history."""

    def __init__(self, env: Environment, calendar: MarketCalendar, *, may_wait: bool) -> None:
        self._env = env
        self._calendar = calendar
        self._may_wait = may_wait
        self._sources: dict[str, MarketData] = {}
        self._histories: dict[tuple[str, datetime, datetime], list[Candle]] = {}

    def examine(self, trade: Ended) -> ForensicsSource:
        """Examine one trade and store it; raises MarketDataError when it should be tried again later."""
        holding = self._holding(trade)
        last_at = max(holding.ended_at, holding.second_look_at) + MARK_WITHIN
        candles = self._history(trade, last_at)
        if candles:
            source, marks = ForensicsSource.HISTORY, marks_of_candles(candles)
        else:
            source, marks = ForensicsSource.SNAPSHOTS, self._own_marks(trade, last_at)
        findings = examine(holding, marks)

        def save(connection: Connection) -> None:
            save_findings(connection, trade, findings, source, self._env.clock.now())
            split_result(connection, trade.id, trade.entry_at, trade.ended_at, trade.realized_pnl)

        self._env.database.run(save, username=trade.username, isolation=Isolation.READ_COMMITTED)
        return source

    def _holding(self, trade: Ended) -> Holding:
        calendar = self._calendar_of(trade)
        return Holding(
            entry_at=trade.entry_at,
            ended_at=trade.ended_at,
            entry_price=trade.entry_price,
            quantity=trade.quantity,
            multiplier=trade.multiplier,
            is_long=trade.is_long,
            realized_pnl=trade.realized_pnl,
            fill_prices=trade.fill_prices,
            risk_basis=trade.risk_basis,
            seen=None if trade.has_minutes else trade.seen,
            first_look_at=session_time_after(calendar, trade.entry_at, FIRST_LOOK),
            second_look_at=session_time_after(calendar, trade.entry_at, SECOND_LOOK),
        )

    def _history(self, trade: Ended, last_at: datetime) -> list[Candle]:
        """Return the session's minutes from the entry on; none when there is no history to be had.

        Nobody has minutes of several legs together: the highs of each were not at one moment.
        """
        if not trade.has_minutes:
            return []
        first_at = trade.entry_at.replace(second=0, microsecond=0)
        until = min(last_at, self._env.clock.now()).replace(second=0, microsecond=0) + _MINUTE
        key = (trade.symbol, first_at, until)
        if key in self._histories:
            return self._histories[key]
        try:
            read = self._minutes(trade, first_at, until)
        except (NoHistory, CredentialsUnreadable):
            return []
        except MarketDataError:
            if self._may_wait:
                raise
            return []
        if len(self._histories) >= _HISTORIES_KEPT_MAX:
            self._histories.clear()
        self._histories[key] = in_session(read, self._calendar_of(trade))
        return self._histories[key]

    def _minutes(self, trade: Ended, first_at: datetime, until: datetime) -> Sequence[Candle]:
        if trade.is_coin:
            found = self._env.coin_market.candles(trade.symbol, Timeframe.M1, first_at, until)
            return [candle_of(one) for one in found]
        return self._source(trade.username).candles(trade.symbol, CandleMinutes.ONE, first_at, until)

    def _calendar_of(self, trade: Ended) -> Calendar:
        return ALWAYS_OPEN if trade.is_coin else self._calendar

    def _source(self, username: str) -> MarketData:
        if username not in self._sources:
            self._sources[username] = self._env.market_data.for_user(username)
        return self._sources[username]

    def _own_marks(self, trade: Ended, last_at: datetime) -> Marks:
        settled_at = None if trade.has_minutes else trade.settled_at
        until = last_at if settled_at is None else min(last_at, settled_at)
        rows = self._env.database.run(
            lambda connection: read_marks(connection, trade.id, trade.entry_at, until),
            username=trade.username,
            isolation=Isolation.READ_COMMITTED,
        )
        calendar = self._calendar_of(trade)
        session_of = cache(calendar.session)

        def is_open(at: datetime) -> bool:
            session = session_of(calendar.day_of(at))
            return session is not None and session.contains(at)

        return marks_of_snapshots(row for row in rows if is_open(row[0]))

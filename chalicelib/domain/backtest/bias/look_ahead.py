"""Whether a decision knew what came after it: it is made again with the future scrambled, and may not change.

Of each day that is looked at, everything daily from that day's close on is replaced by noise: bars and IV of
the day itself are of the evening, VIX and chains of the moment. Days ahead in calendars stay, as live.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

import numpy as np

from chalicelib.domain.backtest.history import Bars, ChainRows, DailyHistory, Floats, History, Series
from chalicelib.domain.backtest.kept import IvMemory
from chalicelib.domain.backtest.moments import DayFacts, moment_of
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.backtest.seen import Seen
from chalicelib.domain.desk.pipeline.record import decided
from chalicelib.domain.json_value import JsonValue

LOOKED_AT: Final = 8
Columns = TypeVar("Columns", Bars, Series)


class ScrambledFuture:
    """A history whose daily facts are noise from a day on; of later days it tells nothing."""

    def __init__(self, whole: History, day: date, seed: int) -> None:
        self._whole, self._day = whole, day
        self.underlying, self.fingerprint, self.notes = whole.underlying, whole.fingerprint, whole.notes
        self.daily = scrambled(whole.daily, day, seed)

    def chains(self, day: date) -> Sequence[ChainRows]:
        """Return a day's moments up to the last known one."""
        return self._whole.chains(day) if day <= self._day else ()


def scrambled(daily: DailyHistory, day: date, seed: int) -> DailyHistory:
    """Return daily facts with noise for what was not known on a day."""
    first, after = day.toordinal(), day.toordinal() + 1
    return replace(
        daily,
        bars=None if daily.bars is None else _noisy(daily.bars, first, seed),
        iv=None if daily.iv is None else _noisy(daily.iv, first, seed),
        vix=None if daily.vix is None else _noisy(daily.vix, after, seed),
        vix3m=None if daily.vix3m is None else _noisy(daily.vix3m, after, seed),
    )


def _noisy(columns: Columns, first: int, seed: int) -> Columns:
    chance = np.random.default_rng([seed, first])

    def spoiled(values: Floats) -> Floats:
        noise = np.exp(chance.standard_normal(len(values)))
        return np.where(columns.day >= first, values * noise, values)

    if isinstance(columns, Series):
        return replace(columns, value=spoiled(columns.value))
    return replace(
        columns,
        open=spoiled(columns.open),
        high=spoiled(columns.high),
        low=spoiled(columns.low),
        close=spoiled(columns.close),
        volume=spoiled(columns.volume),
    )


def changed_decisions(run: Run, history: History, days: Sequence[date], seed: int) -> tuple[int, list[date]]:
    """Return how many decisions were made again, and the days of those that came out differently."""
    changed: list[date] = []
    looked_at = sample(days)
    for day in looked_at:
        seen = _decisions(run, history, day)
        if seen != _decisions(run, ScrambledFuture(history, day, seed), day):
            changed.append(day)
    return len(looked_at), changed


def sample(days: Sequence[date]) -> list[date]:
    """Return a few days evenly over the range."""
    step = max(len(days) // LOOKED_AT, 1)
    return list(days[step // 2 :: step])[:LOOKED_AT]


def _decisions(run: Run, history: History, day: date) -> list[dict[str, JsonValue]]:
    """Judge each moment of a day with the account as it is at present."""
    session = run.calendar.session(day)
    assert session is not None, "asked of trading days"
    facts = DayFacts(history.daily, run.calendar, session)
    conditions = [run.strategy.entry_conditions]
    found = []
    for rows in history.chains(day):
        moment = moment_of(rows, facts, history.underlying, conditions, IvMemory())
        found.append(decided(run.judged(moment, Seen(moment, moment.enters_at))))
    return found

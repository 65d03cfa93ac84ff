"""A market of the past out of what was loaded: one set's chains, a part at a time, and daily facts (B-12)."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Final

import numpy as np

from chalicelib.domain.backtest.history import Bars, ChainRows, DailyHistory
from chalicelib.domain.backtest.loading.loaders import STORED
from chalicelib.domain.backtest.loading.manifest import LoadedUnderlying, Manifest
from chalicelib.domain.backtest.loading.packed import OpenPart
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.services.backtests.daily_sources import DailySources, read_daily_sources
from chalicelib.services.backtests.no_history import NoHistory
from chalicelib.services.environment import Environment
from chalicelib.store.files.histories import read_part
from chalicelib.store.files.history_sets import HistoryUnreadable, read_sets
from chalicelib.store.files.objects import ObjectsError, ObjectStore

_FINGERPRINT_LETTERS: Final = 16
_GAPS_NAMED: Final = 10


class LoadedHistory:
    """One underlying of one set; holds one part at a time, so that a year costs a month's memory."""

    def __init__(
        self, store: ObjectStore, loaded: LoadedUnderlying, facts: DailySources, notes: tuple[str, ...]
    ) -> None:
        self._store = store
        self._parts = loaded.parts
        self._begins = [part.days[0] for part in loaded.parts]
        self._opened: tuple[str, OpenPart] | None = None
        self._facts = facts
        self._spots = _closes(facts.daily.bars)
        self.underlying = loaded.symbol
        self.notes = notes

    @property
    def daily(self) -> DailyHistory:
        """Return what is told once a day."""
        return self._facts.daily

    @property
    def fingerprint(self) -> str:
        """Return the hash of the parts and of the daily facts."""
        seen = sha256()
        for part in self._parts:
            seen.update(part.sha256.encode())
        seen.update(self._facts.fingerprint.encode())
        return seen.hexdigest()[:_FINGERPRINT_LETTERS]

    def chains(self, day: date) -> Sequence[ChainRows]:
        """Return a day's moments; raises NoHistory when its part cannot be read.

        Where chains do not tell the underlying's price, it is the day's close of the bars.
        """
        index = bisect_right(self._begins, day) - 1
        if index < 0 or day > self._parts[index].days[-1]:
            return ()
        close = self._spots.get(day.toordinal())
        return [
            replace(one, spot=close) if one.spot is None and one.is_end_of_day else one
            for one in self._open(index).moments(day)
        ]

    def _open(self, index: int) -> OpenPart:
        part = self._parts[index]
        if self._opened is None or self._opened[0] != part.key:
            try:
                self._opened = (part.key, read_part(self._store, part))
            except (HistoryUnreadable, ObjectsError) as error:
                raise NoHistory(str(error)) from error
        return self._opened[1]


def open_loaded(env: Environment, asked: BacktestRequest, calendar: MarketCalendar) -> LoadedHistory:
    """Open what a request names; raises NoHistory, DatabaseUnavailable."""
    if env.histories is None:
        raise NoHistory("this deployment has no bucket for histories")
    symbol = asked.strategy.underlying
    try:
        found = [one for one in read_sets(env.histories) if one.of(symbol) is not None]
        manifest = _chosen(found, asked)
        loaded = manifest.of(symbol)
        assert loaded is not None
        facts = read_daily_sources(env, symbol, asked.first, asked.last)
    except (HistoryUnreadable, ObjectsError) as error:
        raise NoHistory(str(error)) from error
    notes = [_from(manifest), *_without_chains(loaded, asked, calendar)]
    notes += [fault.in_words() for fault in manifest.faults]
    return LoadedHistory(env.histories, loaded, facts, (*notes, *facts.notes))


def _chosen(found: Sequence[Manifest], asked: BacktestRequest) -> Manifest:
    """Choose a set: the named one, a loader's only one, or of all that which has most of the days."""
    symbol = asked.strategy.underlying
    of_source = [one for one in found if asked.source in {STORED, one.loader}]
    named = [one for one in of_source if asked.file in {None, one.name}]
    if not named:
        known = ", ".join(one.source for one in found) or "nothing"
        wanted = asked.source if asked.file is None else f"{asked.source}/{asked.file}"
        raise NoHistory(f"{wanted} has no chains of {symbol}; loaded is {known} (dev.py history load)")
    if asked.source != STORED and len(named) > 1:
        raise NoHistory(f"say which file: {', '.join(one.name for one in named)}")
    return max(named, key=lambda one: (_days_of(one, asked), one.source))


def _days_of(manifest: Manifest, asked: BacktestRequest) -> int:
    loaded = manifest.of(asked.strategy.underlying)
    return 0 if loaded is None else loaded.days_between(asked.first, asked.last)


def _from(manifest: Manifest) -> str:
    files = ", ".join(one.name for one in manifest.files[:3])
    more = f" and {len(manifest.files) - 3} more" if len(manifest.files) > 3 else ""
    return f"chains are {manifest.source} of {files}{more}, quotes of {manifest.clock}"


def _without_chains(
    loaded: LoadedUnderlying, asked: BacktestRequest, calendar: MarketCalendar
) -> Iterator[str]:
    """Tell the sessions asked for of which there are no chains, the first of them by their days."""
    there = set(loaded.days)
    days = (date.fromordinal(one) for one in range(asked.first.toordinal(), asked.last.toordinal() + 1))
    gaps = [day for day in days if day not in there and calendar.is_trading_day(day)]
    if gaps:
        named = ", ".join(day.isoformat() for day in gaps[:_GAPS_NAMED])
        more = ", …" if len(gaps) > _GAPS_NAMED else ""
        yield f"no chains on {len(gaps)} sessions of the range: {named}{more}"


def _closes(bars: Bars | None) -> dict[int, float]:
    if bars is None:
        return {}
    known = ~np.isnan(bars.close)
    return dict(zip(bars.day[known].tolist(), bars.close[known].tolist(), strict=True))

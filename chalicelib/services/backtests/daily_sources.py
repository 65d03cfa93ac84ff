"""A backtest's daily facts: what was loaded, else what the product has, else what a vendor tells (B-12).

What nobody has stays None: the gate that needs it fails and the report names it. What a vendor refuses is the
same, with its reason among the notes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from hashlib import sha256
from typing import Final, TypeVar

import numpy as np
from sqlalchemy import Connection

from chalicelib.domain.backtest.history import Bars, DailyHistory, Dividends, EarningsDays, Series
from chalicelib.domain.backtest.loading.daily import (
    ALL,
    DailyFile,
    Kind,
    bars_of,
    dividends_of,
    earnings_of,
    macro_windows_of,
    series_of,
)
from chalicelib.domain.clocks.calendar import new_york_midnight
from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.domain.desk.stored import to_json
from chalicelib.domain.instruments.index_classes import is_index
from chalicelib.domain.instruments.kinds import kind_of
from chalicelib.marketdata.interface import DailyBar, MarketData, MarketDataError
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.environment import Environment
from chalicelib.store.desk.index_closes import read_closes
from chalicelib.store.desk.iv_history import read_ivs_between
from chalicelib.store.desk.macro_windows import read_windows
from chalicelib.store.files.histories import read_daily_facts

T = TypeVar("T")

#: Averages need 50 sessions before the first day, ranks a year of values.
_LOOK_BACK: Final = timedelta(days=400)
#: Companies tell earnings each quarter: a calendar that begins later knows nothing of the time before.
_A_QUARTER: Final = timedelta(days=100)
VIX: Final = "VIX"
VIX3M: Final = "VIX3M"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySources:
    """The facts, what there is to say of them, and the hash of all that they tell."""

    daily: DailyHistory
    notes: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    vix: Sequence[tuple[date, float]]
    vix3m: Sequence[tuple[date, float]]
    iv: Sequence[tuple[date, float]]
    windows: Sequence[MacroWindow]


def read_daily_sources(env: Environment, symbol: str, first: date, last: date) -> DailySources:
    """Read an underlying's facts; raises HistoryUnreadable, ObjectsUnavailable, DatabaseUnavailable."""
    notes: list[str] = []
    loaded = _Loaded(env, notes)
    stored = _read_stored(env, symbol, first, last)
    vendor = _Vendor(env, notes)
    daily = DailyHistory(
        bars=loaded.take(Kind.BARS, symbol, bars_of) or vendor.bars(symbol, first, last),
        vix=loaded.take(Kind.CLOSES, VIX, series_of) or _series(stored.vix),
        vix3m=loaded.take(Kind.CLOSES, VIX3M, series_of) or _series(stored.vix3m),
        iv=loaded.take(Kind.IV, symbol, series_of) or _series(stored.iv),
        earnings=loaded.take(Kind.EARNINGS, symbol, earnings_of) or vendor.earnings(symbol, first),
        dividends=loaded.take(Kind.DIVIDENDS, symbol, dividends_of) or vendor.dividends(symbol, first),
        macro_windows=loaded.take(Kind.MACRO, ALL, macro_windows_of) or tuple(stored.windows) or None,
    )
    return DailySources(daily=daily, notes=tuple(notes), fingerprint=_hash(daily))


class _Loaded:
    """Facts of files; what is wrong with one is noted."""

    def __init__(self, env: Environment, notes: list[str]) -> None:
        self._store, self._notes = env.histories, notes

    def take(self, kind: Kind, symbol: str, form: Callable[[DailyFile], T]) -> T | None:
        file = None if self._store is None else read_daily_facts(self._store, kind, symbol)
        if file is None:
            return None
        self._notes += [f"{kind} of {symbol}: {fault.in_words()}" for fault in file.faults]
        return form(file)


def _read_stored(env: Environment, symbol: str, first: date, last: date) -> _Stored:
    begins = first - _LOOK_BACK

    def read(connection: Connection) -> _Stored:
        return _Stored(
            vix=read_closes(connection, VIX, begins, last),
            vix3m=read_closes(connection, VIX3M, begins, last),
            iv=read_ivs_between(connection, symbol, begins, last),
            windows=read_windows(
                connection, new_york_midnight(first), new_york_midnight(last + timedelta(days=1))
            ),
        )

    return env.database.run(read, username=None)


class _Vendor:
    """Facts of whoever has quotes of underlyings; a refusal is noted, and nothing is known then."""

    def __init__(self, env: Environment, notes: list[str]) -> None:
        self._sources, self._notes = DataSources(env), notes

    def bars(self, symbol: str, first: date, last: date) -> Bars | None:
        bars = self._ask("bars", lambda source: source.daily_bars(symbol, first - _LOOK_BACK, last))
        return _bars(bars) if bars else None

    def earnings(self, symbol: str, first: date) -> EarningsDays | None:
        """Return the days that a vendor's calendar knows, where that reaches back to `first`."""
        kind = kind_of(symbol)
        if kind is not None and not kind.tells_earnings:
            return EarningsDays(has_none=True)
        told = self._ask("earnings", lambda source: source.earnings([symbol]).get(symbol))
        if told is None or not told.days:
            return EarningsDays(has_none=True) if _says_none(told) else None
        days = tuple(sorted(told.days))
        return EarningsDays(days=days) if days[0] <= first + _A_QUARTER else None

    def dividends(self, symbol: str, first: date) -> Dividends | None:
        """Return the dividends that a vendor knows, where those reach back to `first`."""
        if is_index(symbol):
            return Dividends(has_none=True)
        told = self._ask("dividends", lambda source: source.dividends([symbol]).get(symbol))
        if told is None:
            return None
        items: tuple[Dividend, ...] = tuple(sorted(told, key=lambda one: one.ex_date))
        if not items:
            return Dividends(has_none=True)
        return Dividends(items=items) if items[0].ex_date <= first else None

    def _ask(self, what: str, ask: Callable[[MarketData], T]) -> T | None:
        try:
            return self._sources.ask_underlyings((), ask)
        except MarketDataError as error:
            self._notes.append(f"{what} could not be asked for: {error}")
            return None


def _says_none(told: EarningsCalendar | None) -> bool:
    return told is not None and told.has_table


def _bars(bars: Sequence[DailyBar]) -> Bars:
    return Bars(
        day=np.array([one.day.toordinal() for one in bars], dtype=np.int32),
        open=np.full(len(bars), np.nan),
        high=np.array([float(one.high) for one in bars]),
        low=np.array([float(one.low) for one in bars]),
        close=np.array([float(one.close) for one in bars]),
        volume=np.array([np.nan if one.volume is None else float(one.volume) for one in bars]),
    )


def _series(rows: Sequence[tuple[date, float]]) -> Series | None:
    if not rows:
        return None
    return Series(
        day=np.array([day.toordinal() for day, _ in rows], dtype=np.int32),
        value=np.array([value for _, value in rows], dtype=np.float64),
    )


def _hash(daily: DailyHistory) -> str:
    """Hash what the facts tell, column by column."""
    seen = sha256()
    for field in fields(daily):
        told = getattr(daily, field.name)
        seen.update(field.name.encode())
        if isinstance(told, Bars | Series):
            for column in fields(told):
                seen.update(np.ascontiguousarray(getattr(told, column.name)).tobytes())
        else:
            seen.update(json.dumps(to_json(told)).encode())
    return seen.hexdigest()

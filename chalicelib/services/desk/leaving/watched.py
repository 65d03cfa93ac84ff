"""Open trades of the desk as exits are judged by: from rows to what is held and by what it is left (B-06)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.instrument_calendars import last_session_of
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.exits.causes import ExitRules, OpenStructure
from chalicelib.domain.desk.exits.judge import ExitState
from chalicelib.domain.desk.stored import from_json
from chalicelib.domain.desk.strategies.reading import read_exit_conditions
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import ExitConditions
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.payoff import Payoff
from chalicelib.domain.structures.prices import unit_multiplier
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.store.desk.watched_trades import WatchedTrade

_DEFAULTS: Final = DeskSettings()
_KINDS: Final[Mapping[str, StrategyType]] = {kind.value: kind for kind in StrategyType}
#: What stands behind the day in a symbol: contracts of one root and day end together.
_RIGHT_AND_STRIKE: Final = 9
#: More strategies or make-ups than this are no everyday desk.
_KEPT: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One watched trade, ready to be judged: what is held, by what it is left, and what was counted."""

    row: WatchedTrade
    terms: tuple[LegTerms, ...]
    held: OpenStructure
    rules: ExitRules
    state: ExitState

    @property
    def account(self) -> AccountRef:
        """Return the account that holds it."""
        row = self.row
        return AccountRef(username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id)

    @property
    def is_marked(self) -> bool:
        """Say whether a price of the whole means anything: no leg went its own way, its entry is known."""
        return self.row.is_whole and self.row.entry_price is not None


def is_left_by_strategy(row: WatchedTrade) -> bool:
    """Say whether a strategy's conditions are about what is held: shares that came of an assignment wait for
    their calls, or for a person.
    """
    return Instrument.OPTION in row.instruments


def as_judged(row: WatchedTrade, calendar: MarketCalendar, sessions: dict[str, Session | None]) -> Judged:
    """Return a trade as it is judged; `sessions` keeps the last ones by root and day within a scan."""
    terms = _terms(row)
    minutes = (
        _DEFAULTS.zero_dte_close_buffer_minutes if row.zero_dte_minutes is None else row.zero_dte_minutes
    )
    return Judged(
        row=row,
        terms=terms,
        held=_held(row, terms, calendar, sessions),
        rules=ExitRules(
            conditions=conditions_of(row.conditions, row.type),
            calendar=calendar,
            zero_dte_buffer=timedelta(minutes=minutes),
        ),
        state=ExitState() if row.state is None else from_json(ExitState, json.loads(row.state)),
    )


@lru_cache(maxsize=_KEPT)
def conditions_of(stored: str | None, kind: str | None) -> ExitConditions:
    """Return a strategy's conditions of leaving; without one those of none: its last day's buffer alone."""
    if stored is None:
        return ExitConditions(vix_exit=False)
    return read_exit_conditions(json.loads(stored, parse_float=Decimal), _KINDS.get(kind or ""))


def _terms(row: WatchedTrade) -> tuple[LegTerms, ...]:
    return tuple(
        _one_leg(instrument, side, ratio, multiplier, right, strike, expiry)
        for instrument, side, ratio, multiplier, right, strike, expiry in zip(
            row.instruments,
            row.sides,
            row.ratios,
            row.multipliers,
            row.rights,
            row.strikes,
            row.expiries,
            strict=True,
        )
    )


@lru_cache(maxsize=_KEPT)
def _one_leg(
    instrument: str,
    side: str,
    ratio: int,
    multiplier: Decimal,
    right: str | None,
    strike: Decimal | None,
    expiry: date | None,
) -> LegTerms:
    return LegTerms(
        instrument=Instrument(instrument),
        side=LegSide(side),
        ratio=ratio,
        multiplier=multiplier,
        option_type=None if right is None else OptionType(right),
        strike=strike,
        expiry=expiry,
    )


def _held(
    row: WatchedTrade,
    terms: tuple[LegTerms, ...],
    calendar: MarketCalendar,
    sessions: dict[str, Session | None],
) -> OpenStructure:
    entry = ZERO if row.entry_price is None else row.entry_price
    return OpenStructure(
        filled_at=row.entry_date,
        entry_price=entry,
        sign=terms[0].side.sign if len(terms) == 1 else 1,
        dollars=row.open_qty * unit_multiplier(terms),
        max_profit=_max_profit(terms, entry, row.open_qty) if row.is_whole else ZERO,
        last_session=_last_session(row, calendar, sessions),
    )


@lru_cache(maxsize=_KEPT)
def _max_profit(terms: tuple[LegTerms, ...], price: Decimal, qty: Decimal) -> Decimal:
    """Return the most that all of it can win; 0 for what has no end: a target of that never holds."""
    return Payoff(legs=terms, price=price, qty=qty).bounds().max_profit or ZERO


def _last_session(
    row: WatchedTrade, calendar: MarketCalendar, sessions: dict[str, Session | None]
) -> Session | None:
    """Return the last session of the first contract that ends."""
    found: list[Session] = []
    for symbol, instrument in zip(row.symbols, row.instruments, strict=True):
        if instrument != Instrument.OPTION:
            continue
        series = symbol[:-_RIGHT_AND_STRIKE]
        if series not in sessions:
            sessions[series] = last_session_of(calendar, OptionContract.parse_occ(symbol))
        session = sessions[series]
        if session is not None:
            found.append(session)
    return min(found, key=lambda one: one.closes_at, default=None)

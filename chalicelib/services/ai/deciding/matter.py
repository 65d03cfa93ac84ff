"""What is to be decided, as our rows have it: whose, of which symbol, at which candle, and what is held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.context.results import RESULTS_TOLD
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.domain.clocks.decide_messages import DecideWork, OnePosition, OneSignal
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.people import UserState
from chalicelib.services.ai.positions.change_case import Held, read_held
from chalicelib.store.ai import decisions, signals, traders
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.ai.signals import SignalRow
from chalicelib.store.ai.silenced import read_silenced
from chalicelib.store.ai.standing import ChangeTold, find_trade, read_last_changes, read_results
from chalicelib.store.ai.traders import TraderRow
from chalicelib.store.trades.trades import load_trade
from chalicelib.store.users import settings
from chalicelib.store.users.settings import UserSettings

CHANGES_TOLD: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStory:
    """A position, why it was entered, and what was changed of it lately, newest first."""

    held: Held
    entered_by: DecisionRow | None
    changes: tuple[ChangeTold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One thing to decide. `queued` is the decision that is decided anew, `position` what is held.

    `trade_id` is the trade in the symbol that has not ended, be it that its entry still waits.
    """

    rules: UserSettings
    row: TraderRow
    trader: Trader
    symbol: str
    candle: datetime
    signal: SignalRow | None
    queued: DecisionRow | None
    trade_id: UUID | None
    position: HeldStory | None
    is_silenced: bool
    results_pct: tuple[Decimal, ...]
    watched_since: datetime | None

    @property
    def username(self) -> str:
        """Return whose it is."""
        return self.rules.username

    @property
    def setup_score(self) -> Decimal | None:
        """Return how much of its filter a signal met; None where no signal asked."""
        return None if self.signal is None else self.signal.setup_score

    @property
    def outside(self) -> Mapping[str, JsonValue]:
        """Return what a webhook said: data for a model."""
        return {} if self.signal is None else self.signal.told


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a matter is read by."""

    trader_id: UUID
    symbol: str
    candle: datetime
    signal: SignalRow | None = None
    trade_id: UUID | None = None
    queued: DecisionRow | None = None


def read_matter(connection: Connection, username: str, work: DecideWork, now: datetime) -> Matter | None:
    """Read what is to be decided; None where it was decided, or its trader was stopped meanwhile.

    Raises UnreadableTrader.
    """
    wanted = _wanted(connection, username, work)
    if wanted is None:
        return None
    row = traders.read(connection, username, wanted.trader_id)
    if row is None or not row.enabled or row.locked_at is not None:
        return None
    if wanted.queued is not None:
        # Decided anew is decided by the present.
        wanted = Wanted(
            trader_id=wanted.trader_id,
            symbol=wanted.symbol,
            candle=row.read().timeframe.closed_at(now),
            signal=wanted.signal,
            queued=wanted.queued,
        )
    return matter_of(connection, username, row, wanted, now)


def matter_of(
    connection: Connection, username: str, row: TraderRow, wanted: Wanted, now: datetime
) -> Matter | None:
    """Read all that belongs to a matter; None for a user who is not served, or a position that is gone."""
    rules = settings.read(connection, username)
    if rules is None or rules.state is not UserState.ACTIVE:
        return None
    trade_id = wanted.trade_id or find_trade(connection, username, row.id, wanted.symbol)
    position = None if trade_id is None else _story(connection, username, trade_id)
    if wanted.trade_id is not None and position is None:
        return None
    return Matter(
        rules=rules,
        row=row,
        trader=row.read(),
        symbol=wanted.symbol,
        candle=wanted.candle,
        signal=wanted.signal,
        queued=wanted.queued,
        trade_id=trade_id,
        position=position,
        is_silenced=wanted.symbol in read_silenced(connection, username, row.id),
        results_pct=tuple(read_results(connection, username, row.id, RESULTS_TOLD)),
        watched_since=decisions.watched_since(connection, username, row.id, wanted.symbol, now),
    )


def _wanted(connection: Connection, username: str, work: DecideWork) -> Wanted | None:
    match work:
        case OneSignal():
            return _of_signal(connection, username, work.signal_id)
        case OnePosition():
            return _of_position(connection, username, work)
        case _:
            return _of_queued(connection, username, work.decision_id)


def _of_signal(connection: Connection, username: str, signal_id: UUID) -> Wanted | None:
    signal = signals.read(connection, username, signal_id)
    if signal is None or signal.decision_id is not None:
        return None
    return Wanted(trader_id=signal.trader_id, symbol=signal.symbol, candle=signal.candle, signal=signal)


def _of_position(connection: Connection, username: str, work: OnePosition) -> Wanted | None:
    trade = load_trade(connection, work.trade_id)
    if trade is None or trade.is_structure or trade.is_ended:
        return None
    trader_id = traders.trader_of_trade(connection, username, work.trade_id)
    done = decisions.is_decided(
        connection, username, signal_id=None, trade_id=work.trade_id, candle=work.candle
    )
    if trader_id is None or done:
        return None
    return Wanted(trader_id=trader_id, symbol=trade.symbol, candle=work.candle, trade_id=trade.id)


def _of_queued(connection: Connection, username: str, decision_id: UUID) -> Wanted | None:
    queued = decisions.read_queued(connection, username, decision_id)
    if queued is None:
        return None
    signal = None if queued.signal_id is None else signals.read(connection, username, queued.signal_id)
    return Wanted(
        trader_id=queued.trader_id,
        symbol=queued.symbol,
        candle=queued.candle,
        signal=signal,
        queued=queued,
    )


def _story(connection: Connection, username: str, trade_id: UUID) -> HeldStory | None:
    held = read_held(connection, trade_id)
    if held is None:
        return None
    return HeldStory(
        held=held,
        entered_by=decisions.read_entry(connection, username, trade_id),
        changes=tuple(read_last_changes(connection, trade_id, CHANGES_TOLD)),
    )

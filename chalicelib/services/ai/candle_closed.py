"""At a candle's close (C-12): signals are raised, open positions go to be decided, lost ones are found.

A minute that was missed is no close any more: what would have been decided by it is too late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.clocks.decide_messages import DecideWork, OnePosition, OneSignal
from chalicelib.services.ai.candle_book import CandleBook
from chalicelib.services.ai.raise_signals import closed_by, raise_signals
from chalicelib.services.ai.signal_raised import send_to_decide
from chalicelib.services.environment import Environment
from chalicelib.store.ai.signals import read_undecided
from chalicelib.store.ai.watching import read_held

#: A message's worker has ended, or is dead, by then; what is older is decided by nobody's candle any more.
LOST_AFTER: Final = timedelta(seconds=150)
LOST_UNTIL: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseReport:
    """What a minute's closes came to: traders judged, unknown pairs, signals, positions, lost ones found."""

    traders: int = 0
    missing: int = 0
    signals: int = 0
    positions: int = 0
    found: int = 0


def candles_closed(env: Environment, due_at: datetime, *, all_lengths: bool = False) -> CloseReport:
    """Do what the minute's closes ask for; `all_lengths`: of each length the last close, whenever it was.

    The same again sends messages again, and decides nothing twice. Raises DatabaseUnavailable.
    """
    minute = Timeframe.M1.closed_at(due_at)
    closes = _last_closes(minute) if all_lengths else {minute: closed_by(minute)}
    raised = [raise_signals(env, at, CandleBook(env, at), closing) for at, closing in closes.items()]
    positions = [work for at, closing in closes.items() for work in _positions(env, at, closing)]
    send_to_decide(env, positions)
    lost = _lost(env)
    send_to_decide(env, lost)
    return CloseReport(
        traders=sum(one.traders for one in raised),
        missing=sum(one.missing for one in raised),
        signals=sum(one.signals for one in raised),
        positions=len(positions),
        found=len(lost),
    )


def _last_closes(minute: datetime) -> Mapping[datetime, Sequence[Timeframe]]:
    found: dict[datetime, list[Timeframe]] = {}
    for timeframe in Timeframe:
        found.setdefault(timeframe.closed_at(minute), []).append(timeframe)
    return found


def _positions(env: Environment, closed_at: datetime, closing: Sequence[Timeframe]) -> list[DecideWork]:
    rows = env.database.read(lambda connection: read_held(connection, closing, closed_at), username=None)
    return [
        OnePosition(username=username, trade_id=trade_id, candle=closed_at) for username, trade_id in rows
    ]


def _lost(env: Environment) -> list[DecideWork]:
    """Return the signals whose message, or whose worker, was lost."""
    now = env.clock.now()

    def read(connection: Connection) -> list[DecideWork]:
        rows = read_undecided(connection, since=now - LOST_UNTIL, until=now - LOST_AFTER)
        return [OneSignal(username=row.username, signal_id=row.id) for row in rows]

    return env.database.read(read, username=None)

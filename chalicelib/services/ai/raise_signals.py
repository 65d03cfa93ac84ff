"""Filters at a candle's close (C-01): all traders judged on one look at the market, one signal a symbol each.

Paused traders are judged too: their decisions are kept, not executed. Who was stopped between the look and
the row raises nothing.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.filters.reading import read_filter
from chalicelib.domain.ai.filters.rules import Filter, Indicator
from chalicelib.domain.ai.filters.setups import Asked, setups
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.body_reader import BodyReader, FieldFault
from chalicelib.services.ai.candle_book import CandleBook, Pair
from chalicelib.services.ai.signal_raised import signals_raised
from chalicelib.services.environment import Environment
from chalicelib.store.ai import signals as store
from chalicelib.store.ai.signals import FilterSignal
from chalicelib.store.ai.watching import WatchingTrader, read_watching
from chalicelib.store.database import Isolation

_LOG: Final = logging.getLogger("papertape.ai")


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseReport:
    """What a close came to: traders judged, pairs of symbol and length that are not known, signals."""

    traders: int = 0
    missing: int = 0
    signals: int = 0


def raise_signals(
    env: Environment,
    closed_at: datetime,
    book: CandleBook,
    closing: Collection[Timeframe] | None = None,
) -> RaiseReport:
    """Judge every trader whose timeframe closes at an instant, by the book of that instant.

    `closing` are the lengths to look at, all that close then by default. The same again raises nothing.
    Raises DatabaseUnavailable.
    """
    watching = _read(env, closed_by(closed_at) if closing is None else closing)
    if not watching:
        return RaiseReport()
    asked = [one for _, one in watching]
    book.read(_pairs(asked))
    found = setups(asked, book.arrays())
    raised = [
        FilterSignal(
            id=env.randomness.uuid7(env.clock.now()),
            username=trader.username,
            trader_id=trader.id,
            symbol=symbol,
            setup_score=setup.score,
            candle=closed_at,
        )
        for (trader, _), of_one in zip(watching, found, strict=True)
        for symbol, setup in of_one.items()
        if setup.is_signal
    ]
    stored = _store(env, raised)
    signals_raised(env, [(one.username, one.id) for one in stored])
    return RaiseReport(traders=len(watching), missing=len(book.missing()), signals=len(stored))


def closed_by(closed_at: datetime) -> tuple[Timeframe, ...]:
    """Return the lengths of which a candle closes at an instant."""
    return tuple(timeframe for timeframe in Timeframe if timeframe.closes_at(closed_at))


def _read(env: Environment, closing: Collection[Timeframe]) -> list[tuple[WatchingTrader, Asked]]:
    wanted = list(closing)
    rows = env.database.read(lambda connection: read_watching(connection, wanted), username=None)
    asked = [(row, _asked(row)) for row in rows]
    return [(row, one) for row, one in asked if one is not None]


def _asked(row: WatchingTrader) -> Asked | None:
    """Return what a trader asks; None where its rules are none that this code knows, or never signal."""
    faults: list[FieldFault] = []
    found = read_filter(BodyReader({"filter": dict(row.filter)}, faults), "filter")
    if faults or not isinstance(found, Filter):
        _LOG.error("the filter of a trader cannot be read", extra={"trader": str(row.id)})
        return None
    if not found.required:
        return None
    return Asked(filter=found, timeframe=Timeframe(row.timeframe), symbols=tuple(row.symbols))


def _pairs(asked: Sequence[Asked]) -> Iterator[Pair]:
    """Yield which candles the rules need, of each trader's symbols."""
    for one in asked:
        operands = [operand for rule in one.filter.rules for operand in (rule.left, rule.right)]
        timeframes = {
            operand.timeframe or one.timeframe for operand in operands if isinstance(operand, Indicator)
        }
        for symbol in one.symbols:
            yield from ((symbol, timeframe) for timeframe in timeframes)


def _store(env: Environment, raised: Sequence[FilterSignal]) -> list[FilterSignal]:
    def write(connection: Connection) -> frozenset[UUID]:
        return store.add_all(connection, raised)

    if not raised:
        return []
    stored = env.database.run(write, username=None, isolation=Isolation.READ_COMMITTED)
    return [one for one in raised if one.id in stored]

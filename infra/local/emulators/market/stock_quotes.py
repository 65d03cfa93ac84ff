"""What an underlying of the simulated market is quoted at, made of its path."""

import zlib
from datetime import UTC, date, datetime

import numpy as np

from infra.local.emulators.market.bars import second_at
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.option_model import noise
from infra.local.emulators.market.paths import PricePaths, session_required
from infra.local.emulators.market.quotes import Integers, StockQuote, Touches
from infra.local.emulators.market.sessions import current_or_last, new_york_date, session_before, session_on


def quote_stock(paths: PricePaths, instrument: Instrument, at: datetime) -> StockQuote:
    """Return an underlying as last quoted at or before an instant."""
    session = current_or_last(at)
    symbol = instrument.symbol
    grid = paths.grid(symbol, session)
    index = second_at(session, at)
    day = new_york_date(at)
    # On the morning of a trading day yesterday's figures are gone and today's not yet there.
    fresh = day > session.day and session_on(day) is not None
    started = None if fresh else grid[: index + 1]
    last = float(grid[index])
    previous = session.day if fresh else session_before(session.day).day
    half = instrument.half_spread
    quoted = half > 0
    elapsed = (index + 1) / session.seconds
    year = [paths.unbent_close(symbol, date.fromordinal(day.toordinal() - 30 * n)) for n in range(13)]
    key = np.array([zlib.crc32(symbol.encode())], dtype=np.uint64)
    sizes = 1 + (noise(key, (session.open_second + index) // 60) * 12).astype(np.int64)
    return StockQuote(
        instrument=instrument,
        last=last,
        bid=round(last - half, 2) if quoted else None,
        ask=round(last + half, 2) if quoted else None,
        bid_size=int(sizes[0]) if quoted else 0,
        ask_size=int(13 - sizes[0]) if quoted else 0,
        quoted_second=session.open_second + index,
        traded_second=session.open_second + index,
        opening=None if started is None else float(started[0]),
        high=None if started is None else float(started.max()),
        low=None if started is None else float(started.min()),
        closing=last if not fresh and at >= session.close_at else None,
        previous_close=paths.close(symbol, previous),
        volume=0 if fresh else int(instrument.average_volume * elapsed),
        year_high=round(max(*year, last), 2),
        year_low=round(min(*year, last), 2),
    )


def stock_touches(paths: PricePaths, instrument: Instrument, first: int, last: int) -> Touches:
    """Return bid and ask from one second to another of a session, both inclusive; 0 for what has neither."""
    session = session_required(new_york_date(datetime.fromtimestamp(first, UTC)))
    start = first - session.open_second
    spots = paths.grid(instrument.symbol, session)[start : last - session.open_second + 1]
    seconds: Integers = np.arange(first, first + len(spots))
    half = instrument.half_spread
    if half <= 0:
        nothing = np.zeros(len(spots))
        return Touches(seconds=seconds, bid=nothing, ask=nothing)
    return Touches(seconds=seconds, bid=np.round(spots - half, 2), ask=np.round(spots + half, 2))

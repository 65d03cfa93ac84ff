"""Seeded price paths on a grid of seconds, and what the owner of the market has bent them to.

The raw path of a symbol is a pure function of (seed, symbol, date): daily closes revert slowly to the base
price, and each day is a Brownian bridge from its open to its close, one second apart. So any day can be had
without walking there, and a stack started again on the same date shows the same prices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.pasts import WHOLE_MARKET, LaidPasts, Past
from infra.local.emulators.market.quotes import DailyBar
from infra.local.emulators.market.seeds import generator
from infra.local.emulators.market.sessions import (
    Session,
    current_or_next,
    new_york_date,
    session_before,
    session_on,
)
from infra.local.emulators.serving.kept import Kept

BLOCK: Final = 512
REVERSION: Final = 0.98
#: Small, so that what is asked for before the open mostly holds after it; a jump by hand makes a gap.
OVERNIGHT_SHARE: Final = 0.05
YEAR_DAYS: Final = 365.0
SESSIONS_PER_YEAR: Final = 252.0
#: A capture of context reads forty days of candles of some ten symbols: 187 KB for each of their sessions.
GRIDS_KEPT: Final = 384
RAW_GRIDS_KEPT: Final = 24
CLOSES_KEPT: Final = 16384
#: Two blocks of 512 days for each symbol at a time, 4 KB each.
SHOCKS_KEPT: Final = 128
_WEIGHTS: Final[Array] = REVERSION ** np.arange(BLOCK - 1, -1, -1, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """A stretch of the path laid down by hand; afterwards the raw path goes on, scaled by `factor`.

    `seconds` (since 1970, ascending) and `prices` are the corners, joined by straight lines.
    """

    seconds: tuple[int, ...]
    prices: tuple[float, ...]
    factor: float

    def lay_over(self, grid: Array, raw: Array, open_second: int) -> None:
        """Replace what lies at or after the start of this bend in one day's grid."""
        first = max(0, self.seconds[0] - open_second)
        last = min(len(grid), self.seconds[-1] - open_second)
        if first < last:
            instants = np.arange(first, last) + open_second
            grid[first:last] = np.interp(instants, self.seconds, self.prices)
        after = max(0, self.seconds[-1] - open_second)
        grid[after:] = raw[after:] * self.factor


class PricePaths:
    """Prices of all underlyings per second of every session."""

    def __init__(self, seed: int, instruments: Mapping[str, Instrument], began_on: date) -> None:
        """`began_on` is the New York date on which the market began: what was before it is laid."""
        self._seed = seed
        self._instruments = instruments
        self._began_on = began_on
        self._bends: dict[str, list[Bend]] = {}
        self._shocks: Kept[tuple[str, int], Array] = Kept(SHOCKS_KEPT)
        self._closes: Kept[tuple[str, date], float] = Kept(CLOSES_KEPT)
        self._raw: Kept[tuple[str, date], Array] = Kept(RAW_GRIDS_KEPT)
        self._bent: Kept[tuple[str, date], Array] = Kept(GRIDS_KEPT)
        self._pasts = LaidPasts(seed, instruments, self.last_day_before, self.raw_close)

    @property
    def began_on(self) -> date:
        """The New York date on which the market began."""
        return self._began_on

    @property
    def last_day_before(self) -> date:
        """The last session before the market began."""
        return session_before(self._began_on).day

    def grid(self, symbol: str, session: Session) -> Array:
        """Return the price of each second of a session, in dollars, rounded to the cent."""
        key = (symbol, session.day)
        known = self._bent.get(key)
        if known is not None:
            return known
        grid = self._pasts.path(symbol, session)
        if grid is None:
            raw = self._raw_grid(symbol, session)
            grid = raw.copy()
            for bend in self._bends.get(symbol, ()):
                bend.lay_over(grid, raw, session.open_second)
            grid = np.maximum(np.round(grid, 2), 0.01)
        grid.flags.writeable = False
        return self._bent.keep(key, grid)

    def close(self, symbol: str, day: date) -> float:
        """Return the last price of a trading day's session, in dollars."""
        return float(self.grid(symbol, session_required(day))[-1])

    def bend(self, symbol: str, corners: Sequence[tuple[int, float]], at: datetime) -> None:
        """Lead the path through corners (second since 1970, price), from the first on.

        Laid while the exchange is shut, the next session opens where the last corner leaves it.
        """
        end_second, end_price = corners[-1]
        session = current_or_next(max(at, datetime.fromtimestamp(end_second, at.tzinfo)))
        raw = self._raw_grid(symbol, session)
        index = max(0, end_second - session.open_second)
        bend = Bend(
            seconds=tuple(second for second, _ in corners),
            prices=tuple(price for _, price in corners),
            factor=end_price / float(raw[index]),
        )
        self._bends.setdefault(symbol, []).append(bend)
        first_day = new_york_date(datetime.fromtimestamp(corners[0][0], UTC))
        self._bent.forget(lambda key: key[0] == symbol and key[1] >= first_day)

    def bends(self) -> dict[str, list[Bend]]:
        """Return how the paths have been bent, by symbol."""
        return {symbol: list(bends) for symbol, bends in self._bends.items()}

    def restore(
        self, bends: Mapping[str, Sequence[Bend]], began_on: date | None, pasts: Mapping[str, Past]
    ) -> None:
        """Be the paths of a former run again; without its beginning, of one that begins now."""
        self._began_on = began_on or self._began_on
        self._bends = {symbol: list(kept) for symbol, kept in bends.items()}
        for kept in (self._bent, self._raw, self._closes):
            kept.clear()
        self._pasts.restore(self.last_day_before, pasts)

    def lay(self, symbol: str, past: Past) -> None:
        """Make an underlying's past anew. Raises Unreachable, and changes nothing then."""
        self._pasts.lay(symbol, past)
        self._bent.forget(lambda key: key[0] == symbol and key[1] <= past.last_day)

    def pasts(self) -> dict[str, Past]:
        """Return the pasts that were made anew, by symbol."""
        return self._pasts.told()

    def laid_bar(self, symbol: str, day: date) -> DailyBar | None:
        """Return the bar of a day that was laid, None for any other."""
        return self._pasts.bar(symbol, day)

    def unbent_close(self, symbol: str, day: date) -> float:
        """Return the close of a date as it was laid, or as the path itself has it."""
        bar = self._pasts.bar(symbol, day)
        return self.raw_close(symbol, day) if bar is None else bar.closing

    def raw_close(self, symbol: str, day: date) -> float:
        """Return the unbent close of a date."""
        known = self._closes.get((symbol, day))
        return self._closes.keep((symbol, day), self._worked_out(symbol, day)) if known is None else known

    def _worked_out(self, symbol: str, day: date) -> float:
        instrument = self._instruments[symbol]
        found = instrument.base_price * self._away(symbol, day)
        if instrument.begins_at_base:
            return found / self._away(symbol, self.last_day_before)
        return found

    def _away(self, symbol: str, day: date) -> float:
        """Return how many times its base price a symbol is worth by its shocks alone."""
        block, offset = divmod(day.toordinal(), BLOCK)
        shocks = np.concatenate((self._shock_block(symbol, block - 1), self._shock_block(symbol, block)))
        recent = shocks[offset + 1 : offset + BLOCK + 1]
        return float(np.exp(recent @ _WEIGHTS))

    def raw_ends(self, symbol: str, session: Session) -> tuple[float, float]:
        """Return the unbent open and close of a session."""
        close = self.raw_close(symbol, session.day)
        before = self.raw_close(symbol, session_before(session.day).day)
        return before * (close / before) ** OVERNIGHT_SHARE, close

    def bent_before(self, symbol: str, session: Session) -> bool:
        """Say whether the path had been bent by the end of a session."""
        end = session.open_second + session.seconds
        return any(bend.seconds[0] < end for bend in self._bends.get(symbol, ()))

    def _shock_block(self, symbol: str, block: int) -> Array:
        key = (symbol, block)
        known = self._shocks.get(key)
        if known is not None:
            return known
        instrument = self._instruments[symbol]
        own = generator(self._seed, instrument.shaken_as, "daily", block).standard_normal(BLOCK)
        common = generator(self._seed, WHOLE_MARKET, "daily", block).standard_normal(BLOCK)
        scale = instrument.volatility / np.sqrt(YEAR_DAYS)
        return self._shocks.keep(key, float(scale) * _mixed(instrument.correlation, common, own))

    def _raw_grid(self, symbol: str, session: Session) -> Array:
        key = (symbol, session.day)
        known = self._raw.get(key)
        if known is not None:
            return known
        instrument = self._instruments[symbol]
        count = session.seconds
        opening, close = np.log(self.raw_ends(symbol, session))
        ordinal = session.day.toordinal()
        own = generator(self._seed, instrument.shaken_as, "second", ordinal).standard_normal(count)
        common = generator(self._seed, WHOLE_MARKET, "second", ordinal).standard_normal(count)
        step = float(instrument.volatility / np.sqrt(SESSIONS_PER_YEAR * count))
        walk = np.cumsum(step * _mixed(instrument.correlation, common, own))
        elapsed = np.linspace(0.0, 1.0, count)
        bridge = walk - walk[0] - elapsed * (walk[-1] - walk[0])
        grid: Array = np.exp(opening + elapsed * (close - opening) + bridge)
        return self._raw.keep(key, grid)


def _mixed(correlation: float, common: Array, own: Array) -> Array:
    return np.asarray(correlation * common + np.sqrt(1 - correlation**2) * own)


def session_required(day: date) -> Session:
    """Return the session of a date that is known to be a trading day; ValueError when it is none."""
    session = session_on(day)
    if session is None:
        raise ValueError(f"the exchange is shut on {day.isoformat()}")
    return session

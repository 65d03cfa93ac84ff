"""The simulated market: seeded paths, options quoted around them, and the hand that moves both."""

import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

import numpy as np

from infra.local.emulators import listing
from infra.local.emulators.bars import Bars, second_at
from infra.local.emulators.black_scholes import Array
from infra.local.emulators.chains import Ground, Moment, build_chain, lay_ground, years_left
from infra.local.emulators.instruments import INSTRUMENTS, Instrument, required
from infra.local.emulators.kept import Kept
from infra.local.emulators.occ import Right, parse
from infra.local.emulators.option_model import noise, option_value, smile, touch
from infra.local.emulators.paths import Bend, PricePaths, session_required
from infra.local.emulators.quotes import Chain, DailyBar, DayPrices, Integers, StockQuote, Touches, TradePath
from infra.local.emulators.sessions import (
    Session,
    current_or_last,
    new_york_date,
    open_session,
    session_before,
    session_on,
)

CHAINS_KEPT: Final = 512
#: One for each symbol is in use; a reference more, each session and each jump by hand, makes a new one.
STRIKES_KEPT: Final = 64
LEVERAGE: Final = -1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """What was done to a market by hand, and the spot prices around which strikes are listed, by symbol."""

    bends: dict[str, list[Bend]]
    volatilities: dict[str, list[tuple[int, float]]]
    references: dict[str, list[float]]


class SimulatedMarket:
    """One market, the same for the same seed and the same calls.

    `clock` returns the product's time (aware UTC), which may stand still, jump or run fast. In the session a
    quote is that of the current second; after the close the session's last second stands, with its time, and
    so it does until the next open. All prices are dollars per share.
    """

    def __init__(
        self, seed: int, clock: Callable[[], datetime], lock: "threading.RLock | None" = None
    ) -> None:
        self._lock = threading.RLock() if lock is None else lock
        self._seed = seed
        self._clock = clock
        self._paths = PricePaths(seed, INSTRUMENTS)
        self._revision = 0
        self._volatilities: dict[str, list[tuple[int, float]]] = {}
        self._references: dict[str, dict[float, None]] = {
            symbol: {instrument.base_price: None} for symbol, instrument in INSTRUMENTS.items()
        }
        self._strikes: Kept[tuple[str, int], Array] = Kept(STRIKES_KEPT)
        self._chains: Kept[tuple[str, date, int, int], Chain] = Kept(CHAINS_KEPT)
        self._grounds: Kept[tuple[str, date, date, int], Ground] = Kept(CHAINS_KEPT)
        self._bars = Bars(seed, self._paths, self.touches)
        self._listeners: list[Callable[[], None]] = []

    @property
    def revision(self) -> int:
        """A number that changes whenever somebody has moved the market by hand."""
        return self._revision

    def now(self) -> datetime:
        """Return the product's time, aware UTC."""
        return self._clock()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have somebody called just before and just after each change by hand."""
        self._listeners.append(listener)

    # The hand that moves it.

    def jump(self, symbol: str, price: float) -> None:
        """Move a symbol to a price now; the path goes on from there. Raises UnknownSymbol, ValueError."""
        self.path(symbol, [(0.0, price)])

    def path(self, symbol: str, points: Sequence[tuple[float, float]]) -> None:
        """Lead a symbol from now through (seconds from now, price) in straight lines.

        Outside the session the next open starts from where the points lead. Raises UnknownSymbol, and
        ValueError for no points, a price that is not positive, or seconds that do not rise.
        """
        instrument = required(symbol)
        seconds = [second for second, _ in points]
        rising = all(earlier < later for earlier, later in pairwise(seconds))
        if not points or seconds[0] < 0 or not rising or any(price <= 0 for _, price in points):
            raise ValueError("a path needs rising seconds from 0 on and positive prices")
        with self._lock:
            self._announce()
            at = self.now()
            start = int(at.timestamp())
            corners = [(start + round(second), float(price)) for second, price in points]
            if corners[0][0] > start:
                corners.insert(0, (start, self._spot_coming(instrument.symbol, at)))
            self._paths.bend(instrument.symbol, corners, at)
            for _, price in corners:
                self._references[instrument.symbol][round(price, 2)] = None
            self._changed()

    def set_iv(self, symbol: str, iv: float) -> None:
        """Set the at-the-money volatility (yearly fraction) from now on. Raises UnknownSymbol, ValueError."""
        instrument = required(symbol)
        if iv <= 0:
            raise ValueError("a volatility must be positive")
        with self._lock:
            self._announce()
            self._volatilities.setdefault(instrument.symbol, []).append((int(self.now().timestamp()), iv))
            self._changed()

    def state(self) -> MarketState:
        """Return all there is to keep between two runs; the rest follows from the seed."""
        with self._lock:
            return MarketState(
                bends=self._paths.bends(),
                volatilities={symbol: list(kept) for symbol, kept in self._volatilities.items()},
                references={symbol: list(kept) for symbol, kept in self._references.items()},
            )

    def restore(self, state: MarketState) -> None:
        """Be the market of a former run again."""
        with self._lock:
            self._paths.restore_bends(state.bends)
            self._volatilities = {symbol: list(kept) for symbol, kept in state.volatilities.items()}
            self._references |= {symbol: dict.fromkeys(kept) for symbol, kept in state.references.items()}
            self._strikes.clear()
            self._forget(date.min)

    # What there is.

    def instruments(self) -> Sequence[Instrument]:
        """Return every underlying."""
        return tuple(INSTRUMENTS.values())

    def instrument(self, symbol: str) -> Instrument | None:
        """Return one underlying."""
        return INSTRUMENTS.get(symbol)

    def expiries(self, symbol: str, on: date) -> tuple[date, ...]:
        """Return the expiries listed on a date, ascending."""
        instrument = INSTRUMENTS.get(symbol)
        if instrument is None or not instrument.optionable:
            return ()
        return listing.expiries(on, daily=instrument.daily_expiries)

    def strikes(self, symbol: str, expiry: date, on: date) -> Array:
        """Return the strikes listed on a date: around the close before it, and around all seen so far."""
        if expiry not in self.expiries(symbol, on):
            return np.zeros(0)
        references = self._references[symbol]
        before = session_before(on)
        references.setdefault(float(self._paths.grid(symbol, before)[-1]))
        key = (symbol, len(references))
        known = self._strikes.get(key)
        if known is None:
            known = self._strikes.keep(key, listing.strikes(INSTRUMENTS[symbol], references))
        return known

    # What it costs.

    def stock_quote(self, symbol: str, at: datetime) -> StockQuote | None:
        """Return an underlying as last quoted at or before an instant."""
        instrument = INSTRUMENTS.get(symbol)
        if instrument is None:
            return None
        session = current_or_last(at)
        grid = self._paths.grid(symbol, session)
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
        year = [self._paths.raw_close(symbol, date.fromordinal(day.toordinal() - 30 * n)) for n in range(13)]
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
            previous_close=self._close(symbol, previous),
            volume=0 if fresh else int(instrument.average_volume * elapsed),
            year_high=round(max(*year, last), 2),
            year_low=round(min(*year, last), 2),
        )

    def chain(self, symbol: str, expiry: date, at: datetime) -> Chain | None:
        """Return one expiry's options as last quoted at or before an instant; None when not listed."""
        strikes = self.strikes(symbol, expiry, new_york_date(at))
        if not len(strikes):
            return None
        session = current_or_last(at)
        second = session.open_second + second_at(session, at)
        key = (symbol, expiry, second, self._revision * 65536 + len(strikes))
        known = self._chains.get(key)
        if known is None:
            moment = Moment(
                instrument=INSTRUMENTS[symbol],
                session=session,
                second=second,
                spot=float(self._paths.grid(symbol, session)[second - session.open_second]),
                at_the_money=float(self._at_the_money(symbol, session, np.array([second]))[0]),
                anchor=self._close(symbol, session_before(session.day).day),
                seed=self._seed,
            )
            known = self._chains.keep(key, build_chain(moment, expiry, self._ground(moment, expiry, strikes)))
        return known

    def _ground(self, moment: Moment, expiry: date, strikes: Array) -> Ground:
        key = (moment.instrument.symbol, expiry, moment.session.day, len(strikes))
        return self._grounds.get(key) or self._grounds.keep(key, lay_ground(moment, expiry, strikes))

    def day_prices(self, chain: Chain, right: Right) -> DayPrices:
        """Return trade prices: at the open, at the extremes of the underlying, at the close before, now."""
        symbol, session = chain.instrument.symbol, chain.session
        index = chain.quoted_second - session.open_second
        seen = self._paths.grid(symbol, session)[: index + 1]
        side = chain.side(right)
        before = session_before(session.day)
        opening = self._values(chain, right, float(seen[0]), session.open_second)
        high = self._values(chain, right, float(seen.max()), chain.quoted_second)
        low = self._values(chain, right, float(seen.min()), chain.quoted_second)
        before_second = before.open_second + before.seconds - 1
        previous = self._values(chain, right, self._close(symbol, before.day), before_second)
        last = np.maximum(np.round(side.value, 2), 0.01)
        traded = side.volume > 0
        rounded = [np.maximum(np.round(value, 2), 0.01) for value in (opening, high, low)]
        together = np.vstack([last, *rounded])
        none = np.full(last.shape, np.nan)
        return DayPrices(
            last=np.where(traded, last, np.maximum(np.round(previous, 2), 0.01)),
            opening=np.where(traded, rounded[0], none),
            high=np.where(traded, together.max(axis=0), none),
            low=np.where(traded, together.min(axis=0), none),
            previous_close=np.maximum(np.round(previous, 2), 0.01),
        )

    def touches(self, symbol: str, first: int, last: int) -> Touches:
        """Return the quotes of a stock or option from one second to another of a session, both inclusive."""
        contract = parse(symbol)
        underlying = symbol if contract is None else contract.underlying
        instrument = required(underlying)
        session = session_required(new_york_date(datetime.fromtimestamp(first, UTC)))
        start = first - session.open_second
        spots = self._paths.grid(underlying, session)[start : last - session.open_second + 1]
        seconds: Integers = np.arange(first, first + len(spots))
        if contract is None:
            half = instrument.half_spread
            shown = half > 0
            bid, ask = np.round(spots - half, 2), np.round(spots + half, 2)
            nothing = np.zeros(len(spots))
            return Touches(seconds=seconds, bid=bid if shown else nothing, ask=ask if shown else nothing)
        years = years_left(contract.expiry, seconds)
        atm = self._at_the_money(underlying, session, seconds)
        volatility = smile(spots, contract.strike, years, atm)
        value = option_value(instrument, contract.right, spots, contract.strike, years, volatility)
        bid, ask = touch(instrument, value)
        return Touches(seconds=seconds, bid=bid, ask=ask)

    def official_close(self, symbol: str, day: date) -> float | None:
        """Return the last price of the regular session of a date, None when there was none."""
        if symbol not in INSTRUMENTS or session_on(day) is None:
            return None
        return self._close(symbol, day)

    def trades(self, symbol: str, session: Session, until: datetime) -> TradePath:
        """Return the trades of one session up to an instant; options trade every few seconds."""
        return self._bars.trades(symbol, session, until)

    def daily_bar(self, symbol: str, day: date, until: datetime) -> DailyBar | None:
        """Return the bar of one session up to an instant, None when there is none."""
        return self._bars.daily(symbol, day, until)

    # Inside.

    def _announce(self) -> None:
        for listener in self._listeners:
            listener()

    def _changed(self) -> None:
        self._forget(new_york_date(self.now()))
        self._announce()

    def _forget(self, since: date) -> None:
        """Give up what followed from paths and volatilities as they were: what is over by `since` stays."""
        self._revision += 1
        self._chains.clear()
        self._grounds.clear()
        self._bars.forget(since)

    def _close(self, symbol: str, day: date) -> float:
        return float(self._paths.grid(symbol, session_required(day))[-1])

    def _spot_coming(self, symbol: str, at: datetime) -> float:
        session = open_session(at)
        if session is None:
            last = current_or_last(at)
            return self._close(symbol, last.day)
        return float(self._paths.grid(symbol, session)[second_at(session, at)])

    def _at_the_money(self, symbol: str, session: Session, seconds: Integers) -> Array:
        instrument = INSTRUMENTS[symbol]
        before = self._paths.raw_close(symbol, session_before(session.day).day)
        moved = (before / instrument.base_price) ** LEVERAGE
        level = np.full(len(seconds), instrument.volatility * float(np.clip(moved, 0.5, 2.0)))
        for since, volatility in self._volatilities.get(symbol, ()):
            level[seconds >= since] = volatility
        return level

    def _values(self, chain: Chain, right: Right, spot: float, second: int) -> Array:
        years = float(years_left(chain.expiry, np.array([second]))[0])
        session = chain.session
        atm = float(self._at_the_money(chain.instrument.symbol, session, np.array([second]))[0])
        volatility = smile(spot, chain.strikes, years, atm)
        return option_value(chain.instrument, right, spot, chain.strikes, years, volatility)

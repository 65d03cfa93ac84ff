"""The simulated market: seeded paths, options quoted around them, and the hand that moves both."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

import numpy as np

from infra.local.emulators.market import listing
from infra.local.emulators.market.bars import Bars, second_at
from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.chains import Ground, Moment, build_chain, lay_ground
from infra.local.emulators.market.instruments import INSTRUMENTS, Instrument, required
from infra.local.emulators.market.listed_strikes import ListedStrikes
from infra.local.emulators.market.occ import Right, parse
from infra.local.emulators.market.option_prices import OptionPrices
from infra.local.emulators.market.paths import Bend, PricePaths
from infra.local.emulators.market.quotes import Chain, DailyBar, DayPrices, StockQuote, Touches, TradePath
from infra.local.emulators.market.sessions import (
    Session,
    current_or_last,
    new_york_date,
    open_session,
    session_before,
    session_on,
)
from infra.local.emulators.market.stock_quotes import quote_stock, stock_touches
from infra.local.emulators.market.volatilities import Volatilities
from infra.local.emulators.serving.kept import Kept

CHAINS_KEPT: Final = 512


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
        self._volatilities = Volatilities(self._paths)
        self._listed = ListedStrikes(self._paths)
        self._options = OptionPrices(self._paths, self._volatilities)
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
                self._listed.around(instrument.symbol, round(price, 2))
            self._changed()

    def set_iv(self, symbol: str, iv: float) -> None:
        """Set the at-the-money volatility (yearly fraction) from now on. Raises UnknownSymbol, ValueError."""
        instrument = required(symbol)
        if iv <= 0:
            raise ValueError("a volatility must be positive")
        with self._lock:
            self._announce()
            self._volatilities.set(instrument.symbol, int(self.now().timestamp()), iv)
            self._changed()

    def state(self) -> MarketState:
        """Return all there is to keep between two runs; the rest follows from the seed."""
        with self._lock:
            return MarketState(
                bends=self._paths.bends(),
                volatilities=self._volatilities.state(),
                references=self._listed.references(),
            )

    def restore(self, state: MarketState) -> None:
        """Be the market of a former run again."""
        with self._lock:
            self._paths.restore_bends(state.bends)
            self._volatilities.restore(state.volatilities)
            self._listed.restore(state.references)
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
        return self._listed.on(symbol, on)

    # What it costs.

    def stock_quote(self, symbol: str, at: datetime) -> StockQuote | None:
        """Return an underlying as last quoted at or before an instant."""
        instrument = INSTRUMENTS.get(symbol)
        return None if instrument is None else quote_stock(self._paths, instrument, at)

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
                at_the_money=float(self._volatilities.at_the_money(symbol, session, np.array([second]))[0]),
                anchor=self._paths.close(symbol, session_before(session.day).day),
                seed=self._seed,
            )
            known = self._chains.keep(key, build_chain(moment, expiry, self._ground(moment, expiry, strikes)))
        return known

    def _ground(self, moment: Moment, expiry: date, strikes: Array) -> Ground:
        key = (moment.instrument.symbol, expiry, moment.session.day, len(strikes))
        return self._grounds.get(key) or self._grounds.keep(key, lay_ground(moment, expiry, strikes))

    def day_prices(self, chain: Chain, right: Right) -> DayPrices:
        """Return trade prices: at the open, at the extremes of the underlying, at the close before, now."""
        return self._options.day_prices(chain, right)

    def touches(self, symbol: str, first: int, last: int) -> Touches:
        """Return the quotes of a stock or option from one second to another of a session, both inclusive."""
        contract = parse(symbol)
        if contract is not None:
            return self._options.touches(contract, first, last)
        return stock_touches(self._paths, required(symbol), first, last)

    def official_close(self, symbol: str, day: date) -> float | None:
        """Return the last price of the regular session of a date, None when there was none."""
        if symbol not in INSTRUMENTS or session_on(day) is None:
            return None
        return self._paths.close(symbol, day)

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

    def _spot_coming(self, symbol: str, at: datetime) -> float:
        session = open_session(at)
        if session is None:
            last = current_or_last(at)
            return self._paths.close(symbol, last.day)
        return float(self._paths.grid(symbol, session)[second_at(session, at)])

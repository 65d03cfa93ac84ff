"""What a hand does to the simulated market, and what is kept of it between two runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from infra.local.emulators.market.bars import second_at
from infra.local.emulators.market.crypto import PAIRS
from infra.local.emulators.market.holds import Hold
from infra.local.emulators.market.instruments import UnknownSymbol, required
from infra.local.emulators.market.occ import SETTLED_AT_THE_OPEN
from infra.local.emulators.market.parts import MarketParts
from infra.local.emulators.market.pasts import Past
from infra.local.emulators.market.paths import Bend
from infra.local.emulators.market.quotes import Held
from infra.local.emulators.market.regimes import Regime
from infra.local.emulators.market.sessions import (
    current_or_last,
    new_york_date,
    open_session,
    session_before,
    session_on,
)

VOLUME_SESSIONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """When a market began, what a hand did to it, and the spot prices around which strikes are listed."""

    bends: dict[str, list[Bend]]
    volatilities: dict[str, list[tuple[int, float]]]
    references: dict[str, list[float]]
    began_on: date | None = None
    pasts: dict[str, Past] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    volumes: list[tuple[str, date, int]] = field(default_factory=list)
    settlements: list[tuple[str, date, float]] = field(default_factory=list)
    crypto: dict[str, list[Bend]] = field(default_factory=dict)


class MovedMarket(MarketParts):
    """A market and the hand that moves it.

    Whoever listens is told just before and just after each change: what was has to have happened before it.
    """

    def jump(self, symbol: str, price: float) -> None:
        """Move a symbol to a price now; the path goes on from there. Raises UnknownSymbol, ValueError."""
        self.path(symbol, [(0.0, price)])

    def path(self, symbol: str, points: Sequence[tuple[float, float]]) -> None:
        """Lead a symbol from now through (seconds from now, price) in straight lines.

        Outside the session the next open starts from where the points lead; crypto has no outside. Raises
        UnknownSymbol, and ValueError for no points, a price that is not positive, or seconds that do not
        rise.
        """
        known = None if symbol in PAIRS else required(symbol)
        seconds = [second for second, _ in points]
        rising = all(earlier < later for earlier, later in pairwise(seconds))
        if not points or seconds[0] < 0 or not rising or any(price <= 0 for _, price in points):
            raise ValueError("a path needs rising seconds from 0 on and positive prices")
        with self._lock:
            self._announce()
            at = self.now()
            if known is None:
                self.crypto.bend(symbol, points, at)
            else:
                self._bend(symbol, points, at)
            self._changed(new_york_date(at))

    def set_iv(self, symbol: str, iv: float) -> None:
        """Set the at-the-money volatility (yearly fraction) from now on. Raises UnknownSymbol, ValueError."""
        instrument = required(symbol)
        if iv <= 0:
            raise ValueError("a volatility must be positive")
        with self._lock:
            self._announce()
            self._volatilities.set(instrument.symbol, int(self.now().timestamp()), iv)
            self._changed(new_york_date(self.now()))

    def set_regime(self, symbol: str, regime: Regime) -> None:
        """Make the past daily bars of a symbol anew, so that indicators say this of the price now.

        In the session they end where the price is, else at the last close, which stays. Raises UnknownSymbol,
        Unreachable.
        """
        instrument = required(symbol)
        with self._lock:
            self._announce()
            at = self.now()
            session = current_or_last(at)
            last_day = session_before(session.day).day if session.holds(at) else session.day
            spot = float(self._paths.grid(instrument.symbol, session)[second_at(session, at)])
            past = Past(last_day=last_day, last_close=spot, regime=regime)
            self._paths.lay(instrument.symbol, past)
            self._changed(date.min)

    def hold_quote(self, symbol: str, held: Held) -> None:
        """Hold these of a contract's or an underlying's quote until it is released. Raises UnknownSymbol."""
        with self._lock:
            if not self.is_listed(symbol):
                raise UnknownSymbol(symbol)
            self._announce()
            self._holds.hold(symbol, held, int(self.now().timestamp()))
            self._changed(new_york_date(self.now()))

    def release_quotes(self, symbol: str | None) -> None:
        """Hold nothing of a symbol, of any for None."""
        with self._lock:
            self._announce()
            self._holds.release(symbol, int(self.now().timestamp()))
            self._changed(new_york_date(self.now()))

    def settlements_told(self) -> dict[tuple[str, date], float]:
        """Return what was told of opening settlement values, by index and day."""
        with self._lock:
            return dict(self._settlements)

    def set_settlement(self, symbol: str, day: date, value: float) -> None:
        """Say what an index settled at in the morning of a date. Raises UnknownSymbol, ValueError."""
        instrument = required(symbol)
        if not SETTLED_AT_THE_OPEN & set(instrument.roots):
            raise ValueError(f"nothing on {instrument.symbol} settles in the morning")
        if session_on(day) is None or value <= 0:
            raise ValueError("a settlement needs a trading day and a positive value")
        with self._lock:
            self._announce()
            self._settlements[instrument.symbol, day] = value
            self._changed(day)

    def set_volume(self, symbol: str, share: float) -> None:
        """Make the last full session's volume a share of the mean of the 20 before it.

        Raises UnknownSymbol, and ValueError where nothing trades.
        """
        instrument = required(symbol)
        with self._lock:
            self._announce()
            now = self.now()
            last = current_or_last(now)
            last = session_before(last.day) if last.holds(now) else last
            days = [last.day]
            while len(days) <= VOLUME_SESSIONS:
                days.append(session_before(days[-1]).day)
            bars = [self._bars.daily(instrument.symbol, day, now) for day in days[1:]]
            mean = sum(bar.volume for bar in bars if bar is not None) / VOLUME_SESSIONS
            if share < 0 or not mean:
                raise ValueError("a share is not negative, and of something that trades")
            self._bars.set_volume(instrument.symbol, last.day, round(share * mean))
            self._changed(last.day)

    def state(self) -> MarketState:
        """Return all there is to keep between two runs; the rest follows from the seed."""
        with self._lock:
            return MarketState(
                bends=self._paths.bends(),
                volatilities=self._volatilities.state(),
                references=self._listed.references(),
                began_on=self._paths.began_on,
                pasts=self._paths.pasts(),
                holds=self._holds.state(),
                volumes=self._bars.volumes(),
                settlements=[(symbol, day, value) for (symbol, day), value in self._settlements.items()],
                crypto=self.crypto.bends(),
            )

    def restore(self, state: MarketState) -> None:
        """Be the market of a former run again."""
        with self._lock:
            self._paths.restore(state.bends, state.began_on, state.pasts)
            self._volatilities.restore(state.volatilities)
            self._listed.restore(state.references)
            self._holds.restore(state.holds)
            self._bars.restore_volumes(state.volumes)
            self._settlements = {(symbol, day): value for symbol, day, value in state.settlements}
            self.crypto.restore(state.crypto)
            self._forget(date.min)

    # Inside.

    def _announce(self) -> None:
        for listener in self._listeners:
            listener()

    def _changed(self, since: date) -> None:
        self._forget(since)
        self._announce()

    def _bend(self, symbol: str, points: Sequence[tuple[float, float]], at: datetime) -> None:
        start = int(at.timestamp())
        corners = [(start + round(second), float(price)) for second, price in points]
        if corners[0][0] > start:
            corners.insert(0, (start, self._spot_coming(symbol, at)))
        self._paths.bend(symbol, corners, at)
        for _, price in corners:
            self._listed.around(symbol, round(price, 2))

    def _spot_coming(self, symbol: str, at: datetime) -> float:
        session = open_session(at)
        if session is None:
            last = current_or_last(at)
            return self._paths.close(symbol, last.day)
        return float(self._paths.grid(symbol, session)[second_at(session, at)])

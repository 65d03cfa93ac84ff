"""The simulated market: seeded paths, options quoted around them, and the hand that moves both."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from infra.local.emulators.market.bars import second_at
from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.chains import Ground, Moment, build_chain, lay_ground
from infra.local.emulators.market.instruments import INSTRUMENTS, required
from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.moved import MovedMarket
from infra.local.emulators.market.occ import Right, parse
from infra.local.emulators.market.quotes import Chain, DailyBar, DayPrices, StockQuote, Touches, TradePath
from infra.local.emulators.market.sessions import (
    Session,
    current_or_last,
    new_york_date,
    session_before,
    session_on,
)
from infra.local.emulators.market.stock_quotes import quote_stock, stock_touches


class SimulatedMarket(MovedMarket):
    """One market, the same for the same seed and the same calls.

    The product's time may stand still, jump or run fast. In the session a quote is that of the current
    second; after the close the session's last second stands, with its time, and so it does until the next
    open. All prices are dollars per share.
    """

    def __init__(
        self, seed: int, clock: Callable[[], datetime], lock: "threading.RLock | None" = None
    ) -> None:
        super().__init__(seed, clock, lock)

    def stock_quote(self, symbol: str, at: datetime) -> StockQuote | None:
        """Return an underlying as last quoted at or before an instant."""
        instrument = INSTRUMENTS.get(symbol)
        if instrument is None:
            return None
        quote = quote_stock(self._paths, instrument, at)
        told = self._bars.volume_told(symbol, current_or_last(at).day)
        if told is not None and quote.closing is not None:
            quote = replace(quote, volume=told)
        return self._holds.over_stock(quote, at.timestamp())

    def chain(self, symbol: str, expiry: date, at: datetime, root: str = "") -> Chain | None:
        """Return one expiry's options as last quoted at or before an instant; None when not listed.

        Of an index's monthly that is the root that settles in the morning, unless told otherwise.
        """
        strikes = self.strikes(symbol, expiry, new_york_date(at))
        roots = roots_on(INSTRUMENTS[symbol], expiry) if len(strikes) else ()
        root = root or next(iter(roots), "")
        if root not in roots:
            return None
        session = current_or_last(at)
        second = session.open_second + second_at(session, at)
        key = (root, expiry, second, self._revision * 65536 + len(strikes))
        known = self._chains.get(key)
        if known is None:
            moment = Moment(
                instrument=INSTRUMENTS[symbol],
                root=root,
                session=session,
                second=second,
                spot=float(self._paths.grid(symbol, session)[second - session.open_second]),
                at_the_money=float(self._volatilities.at_the_money(symbol, session, np.array([second]))[0]),
                anchor=self._paths.close(symbol, session_before(session.day).day),
                seed=self._seed,
            )
            known = self._chains.keep(key, build_chain(moment, expiry, self._ground(moment, expiry, strikes)))
        return self._holds.over_chain(known, at.timestamp())

    def _ground(self, moment: Moment, expiry: date, strikes: Array) -> Ground:
        key = (moment.root, expiry, moment.session.open_second, len(strikes))
        return self._grounds.get(key) or self._grounds.keep(key, lay_ground(moment, expiry, strikes))

    def day_prices(self, chain: Chain, right: Right) -> DayPrices:
        """Return trade prices: at the open, at the extremes of the underlying, at the close before, now."""
        return self._options.day_prices(chain, right)

    def touches(self, symbol: str, first: int, last: int) -> Touches:
        """Return the quotes of a stock or option from one second to another of a session, both inclusive."""
        contract = parse(symbol)
        if contract is not None:
            touches = self._options.touches(contract, first, last)
        else:
            touches = stock_touches(self._paths, required(symbol), first, last)
        return self._holds.over_touches(symbol, touches)

    def official_close(self, symbol: str, day: date) -> float | None:
        """Return the last price of the regular session of a date, None when there was none."""
        if symbol not in INSTRUMENTS or session_on(day) is None:
            return None
        return self._paths.close(symbol, day)

    def opening_settlement(self, symbol: str, day: date) -> float | None:
        """Return what an index settled at in the morning of a date: as told, else what it opened at."""
        told = self._settlements.get((symbol, day))
        bar = self._bars.daily(symbol, day, self.now()) if told is None else None
        return told if bar is None else bar.opening

    def volatility_history(self, symbol: str, days: int) -> list[tuple[date, float]]:
        """Return the at-the-money volatility at the close of the last full sessions, oldest first.

        Empty for what has no options. Yearly fractions.
        """
        instrument = INSTRUMENTS.get(symbol)
        if instrument is None or not instrument.optionable:
            return []
        now = self.now()
        session = current_or_last(now)
        session = session_before(session.day) if session.holds(now) else session
        found = []
        for _ in range(days):
            last = np.array([session.open_second + session.seconds - 1])
            found.append((session.day, float(self._volatilities.at_the_money(symbol, session, last)[0])))
            session = session_before(session.day)
        return found[::-1]

    def trades(self, symbol: str, session: Session, until: datetime) -> TradePath:
        """Return the trades of one session up to an instant; options trade every few seconds."""
        return self._bars.trades(symbol, session, until)

    def daily_bar(self, symbol: str, day: date, until: datetime) -> DailyBar | None:
        """Return the bar of one session up to an instant, None when there is none."""
        return self._bars.daily(symbol, day, until)

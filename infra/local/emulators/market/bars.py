"""Trades and daily bars of the simulated market, made of the same paths as its quotes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Final

import numpy as np

from infra.local.emulators.market.instruments import INSTRUMENTS, required
from infra.local.emulators.market.occ import Contract, parse
from infra.local.emulators.market.paths import PricePaths
from infra.local.emulators.market.quotes import DailyBar, Touches, TradePath
from infra.local.emulators.market.seeds import generator
from infra.local.emulators.market.sessions import Session, new_york_date, session_on
from infra.local.emulators.serving.kept import Kept

BARS_KEPT: Final = 8192
OPTION_TRADE_STRIDE: Final = 5
REMEMBERED_DAYS: Final = 30


class Bars:
    """What traded; `touches` returns the quotes of an option from one second to another."""

    def __init__(
        self, seed: int, paths: PricePaths, touches: Callable[[Contract, int, int], Touches]
    ) -> None:
        self._seed = seed
        self._paths = paths
        self._touches = touches
        self._kept: Kept[tuple[str, date, bool], DailyBar] = Kept(BARS_KEPT)
        self._told: dict[tuple[str, date], int] = {}

    def set_volume(self, symbol: str, day: date, volume: int) -> None:
        """Say what volume a full session had."""
        self._told[symbol, day] = volume

    def volume_told(self, symbol: str, day: date) -> int | None:
        """Return the volume that a hand gave a session, None for its own."""
        return self._told.get((symbol, day))

    def volumes(self) -> list[tuple[str, date, int]]:
        """Return what was told, (symbol, day, volume)."""
        return [(symbol, day, volume) for (symbol, day), volume in self._told.items()]

    def restore_volumes(self, told: Iterable[tuple[str, date, int]]) -> None:
        """Tell what was told in a former run."""
        self._told = {(symbol, day): volume for symbol, day, volume in told}

    def forget(self, since: date) -> None:
        """Give up the bars of a date and later ones."""
        self._kept.forget(lambda key: key[1] >= since)

    def trades(self, symbol: str, session: Session, until: datetime) -> TradePath:
        """Return the trades of one session up to an instant; options trade every few seconds."""
        last = min(second_at(session, until), session.seconds - 1)
        if until < session.open_at:
            return TradePath(seconds=np.zeros(0, np.int64), price=np.zeros(0), volume=np.zeros(0))
        contract = parse(symbol)
        if contract is None:
            price = self._paths.grid(symbol, session)[: last + 1]
            seconds = session.open_second + np.arange(last + 1)
            each = self._session_volume(symbol, session.day) / session.seconds
            return TradePath(seconds=seconds, price=price, volume=np.full(last + 1, each))
        quotes = self._touches(contract, session.open_second, session.open_second + last)
        middle = np.round((quotes.bid + quotes.ask) / 2, 2)[::OPTION_TRADE_STRIDE]
        seconds = quotes.seconds[::OPTION_TRADE_STRIDE]
        return TradePath(seconds=seconds, price=middle, volume=np.ones(len(seconds)))

    def daily(self, symbol: str, day: date, until: datetime) -> DailyBar | None:
        """Return the bar of one session up to an instant, None when there is none.

        Of a stock's sessions long past only open and close are those of the path; the extremes are drawn, so
        that a year of history needs no year of seconds.
        """
        found = self._daily(symbol, day, until)
        told = self.volume_told(symbol, day)
        return found if found is None or told is None else replace(found, volume=told)

    def _daily(self, symbol: str, day: date, until: datetime) -> DailyBar | None:
        session = session_on(day)
        if session is None or until < session.open_at:
            return None
        contract = parse(symbol)
        if (symbol if contract is None else contract.underlying) not in INSTRUMENTS:
            return None
        laid = None if contract is not None else self._paths.laid_bar(symbol, day)
        if laid is not None:
            return laid
        distant = (new_york_date(until) - day).days > REMEMBERED_DAYS
        if contract is None and distant and not self._paths.bent_before(symbol, session):
            key = (symbol, day, True)
            return self._kept.get(key) or self._kept.keep(key, self._distant_bar(symbol, session))
        if until < session.close_at:
            return self._bar(symbol, session, until)
        key = (symbol, day, False)
        return self._kept.get(key) or self._kept.keep(key, self._bar(symbol, session, session.close_at))

    def _session_volume(self, symbol: str, day: date) -> int:
        """Return what is traded of an underlying in a whole session."""
        told, laid = self.volume_told(symbol, day), self._paths.laid_bar(symbol, day)
        if told is not None:
            return told
        return required(symbol).average_volume if laid is None else laid.volume

    def _bar(self, symbol: str, session: Session, until: datetime) -> DailyBar:
        path = self.trades(symbol, session, until)
        return DailyBar(
            day=session.day,
            opening=float(path.price[0]),
            high=float(path.price.max()),
            low=float(path.price.min()),
            closing=float(path.price[-1]),
            volume=int(path.volume.sum()),
        )

    def _distant_bar(self, symbol: str, session: Session) -> DailyBar:
        opening, closing = self._paths.raw_ends(symbol, session)
        instrument = INSTRUMENTS[symbol]
        reach = instrument.volatility / 16 * 0.5
        draws = generator(self._seed, symbol, "bar", session.day.toordinal()).random(3)
        return DailyBar(
            day=session.day,
            opening=round(opening, 2),
            high=round(max(opening, closing) * (1 + reach * float(draws[0])), 2),
            low=round(min(opening, closing) * (1 - reach * float(draws[1])), 2),
            closing=round(closing, 2),
            volume=int(instrument.average_volume * (0.7 + 0.6 * float(draws[2]))),
        )


def second_at(session: Session, at: datetime) -> int:
    """Return the second of the session that stands at an instant, the last one after its close."""
    return min(max(int(at.timestamp()) - session.open_second, 0), session.seconds - 1)

"""The parts of the simulated market: its clock, its paths, what is listed, and what follows from them."""

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

import numpy as np

from infra.local.emulators.market import listing
from infra.local.emulators.market.bars import Bars
from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.chains import Ground
from infra.local.emulators.market.crypto import CryptoPrices
from infra.local.emulators.market.holds import Holds
from infra.local.emulators.market.instruments import INSTRUMENTS, Instrument
from infra.local.emulators.market.listed_strikes import ListedStrikes
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.option_prices import OptionPrices
from infra.local.emulators.market.paths import PricePaths
from infra.local.emulators.market.quotes import Chain
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.market.volatilities import Volatilities
from infra.local.emulators.serving.kept import Kept

CHAINS_KEPT: Final = 512
ChainKey = tuple[str, date, int, int]


class MarketParts:
    """What a market is made of; `clock` returns the product's time (aware UTC)."""

    def __init__(self, seed: int, clock: Callable[[], datetime], lock: "threading.RLock | None") -> None:
        self._lock = threading.RLock() if lock is None else lock
        self._seed = seed
        self._clock = clock
        self._paths = PricePaths(seed, INSTRUMENTS, new_york_date(clock()))
        self._volatilities = Volatilities(self._paths)
        self._listed = ListedStrikes(self._paths)
        self._options = OptionPrices(self._paths, self._volatilities)
        self._bars = Bars(seed, self._paths, self._options.touches)
        self._holds = Holds()
        self._settlements: dict[tuple[str, date], float] = {}
        self._chains: Kept[ChainKey, Chain] = Kept(CHAINS_KEPT)
        self._grounds: Kept[ChainKey, Ground] = Kept(CHAINS_KEPT)
        self._revision = 0
        self._listeners: list[Callable[[], None]] = []
        #: The pairs that trade at all hours.
        self.crypto: Final = CryptoPrices(seed)

    @property
    def revision(self) -> int:
        """A number that changes whenever somebody has moved the market by hand."""
        return self._revision

    @property
    def began_on(self) -> date:
        """The New York date on which the market began."""
        return self._paths.began_on

    def now(self) -> datetime:
        """Return the product's time, aware UTC."""
        return self._clock()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have somebody called just before and just after each change by hand."""
        self._listeners.append(listener)

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

    def is_listed(self, symbol: str) -> bool:
        """Say whether a symbol is that of an underlying, or of a contract that is listed now."""
        contract = parse(symbol)
        if contract is None:
            return symbol in INSTRUMENTS
        instrument = INSTRUMENTS.get(contract.underlying)
        if instrument is None or contract.root not in listing.roots_on(instrument, contract.expiry):
            return False
        return contract.strike in self.strikes(
            contract.underlying, contract.expiry, new_york_date(self.now())
        )

    def _forget(self, since: date) -> None:
        """Give up what followed from paths and volatilities as they were: what is over by `since` stays."""
        self._revision += 1
        self._chains.clear()
        self._grounds.clear()
        self._bars.forget(since)

"""The at-the-money volatility of each underlying: it leans against the price, until a hand sets it.

When the market begins it is the underlying's own.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.instruments import INSTRUMENTS
from infra.local.emulators.market.paths import PricePaths
from infra.local.emulators.market.quotes import Integers
from infra.local.emulators.market.sessions import Session, session_before

LEVERAGE: Final = -1.5


class Volatilities:
    """Yearly fractions, by symbol and second."""

    def __init__(self, paths: PricePaths) -> None:
        self._paths = paths
        self._by_hand: dict[str, list[tuple[int, float]]] = {}

    def set(self, symbol: str, since: int, volatility: float) -> None:
        """Hold a symbol's volatility at a level from a second (since 1970) on."""
        self._by_hand.setdefault(symbol, []).append((since, volatility))

    def state(self) -> dict[str, list[tuple[int, float]]]:
        """Return what was set by hand, (second, volatility) by symbol."""
        return {symbol: list(kept) for symbol, kept in self._by_hand.items()}

    def restore(self, by_hand: Mapping[str, list[tuple[int, float]]]) -> None:
        """Put what was set by hand in a former run in the place of what was set in this one."""
        self._by_hand = {symbol: list(kept) for symbol, kept in by_hand.items()}

    def at_the_money(self, symbol: str, session: Session, seconds: Integers) -> Array:
        """Return the volatility at each of these seconds of a session."""
        instrument = INSTRUMENTS[symbol]
        day = session_before(session.day).day
        is_laid = self._paths.laid_bar(symbol, session.day) is not None
        before = self._paths.unbent_close(symbol, day) if is_laid else self._paths.raw_close(symbol, day)
        moved = (before / self._paths.raw_close(symbol, self._paths.last_day_before)) ** LEVERAGE
        level = np.full(len(seconds), instrument.volatility * float(np.clip(moved, 0.5, 2.0)))
        for since, volatility in self._by_hand.get(symbol, ()):
            level[seconds >= since] = volatility
        return level

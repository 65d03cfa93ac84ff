"""How the market moves: small jumps and drifts, and now and then a crash in which nobody bids any more."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from infra.local.simulate.season import Window, times, within
from infra.local.simulate.stage import Stage
from infra.local.simulate.tickets import TICKERS

#: How likely an underlying falls or rises in a window so far that calls, or puts, are worth nothing.
CRASHES: Final = 0.12
FACTORS: Final = (0.6, 1.6)
#: For so many minutes, then the price is what it was.
MINUTES: Final = (1.5, 3.0, 6.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Moves the market of a stage, by choices of its own."""

    stage: Stage
    choices: random.Random
    crashes: random.Random
    note: Callable[[str, str], None]

    def plan(self, window: Window, minutes: float) -> None:
        """Plan the moves of a window, which is so many minutes long."""
        engine = self.stage.engine
        for _ in range(times(self.choices, 0.8 * minutes)):
            # On the second: a quote that was read in it is then never another than the second's.
            engine.at(within(self.choices, window).replace(microsecond=0), self._move)
        if self.crashes.random() < CRASHES:
            engine.at(within(self.crashes, window).replace(microsecond=0), self._crash)

    def _move(self) -> None:
        choose, market = self.choices, self.stage.world.simulated
        symbol = choose.choice(TICKERS)
        if choose.random() < 0.15:
            iv = choose.choice((0.12, 0.3, 0.6))
            market.set_iv(symbol, iv)
            self.note("market", f"{symbol} volatility {iv}")
        else:
            last = self._last(symbol)
            factor = 1 + choose.choice((-1, 1)) * choose.choice((0.002, 0.006, 0.015, 0.03))
            seconds = choose.choice((0, 0, 20, 60))
            price = round(last * factor, 2)
            market.path(symbol, [(seconds, price)])
            self.note("market", f"{symbol} from {last:.2f} to {price} in {seconds} s")
        self.stage.work.wrote = True

    def _crash(self) -> None:
        """Have nobody bid for calls, or for puts, of one underlying for some minutes."""
        choose, engine = self.crashes, self.stage.engine
        symbol, factor = choose.choice(TICKERS), choose.choice(FACTORS)
        last = self._last(symbol)
        self._jump(symbol, round(last * factor, 2))
        until = engine.now() + timedelta(minutes=choose.choice(MINUTES))
        engine.at(until, partial(self._jump, symbol, last))

    def _jump(self, symbol: str, price: float) -> None:
        self.stage.world.simulated.jump(symbol, price)
        self.note("market", f"{symbol} at {price} at once")
        self.stage.work.wrote = True

    def _last(self, symbol: str) -> float:
        quote = self.stage.world.simulated.stock_quote(symbol, self.stage.engine.now())
        assert quote is not None
        return quote.last

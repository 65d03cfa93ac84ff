"""One coin's past as a replay reads it: minutes to live through, and what was known at an instant.

Searching is done in floats, which may find a minute too many and never one too few: what a minute does is
decided by its exact prices. Nothing here tells of an instant what came after it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Final

from chalicelib.domain.coins.minutes import Minute
from chalicelib.domain.coins.slippage import slippage
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.coins import CoinCandle
from chalicelib.domain.money import to_price

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_RANGES: Final = timedelta(days=30)
_ATR_PERIOD: Final = 14
#: Minutes looked at first; each search that finds nothing looks at four times as many.
_FIRST_LOOK: Final = 256


class Tape:
    """Minutes, oldest first; `hours` begin thirty days before them, `frames` are the trader's own candles."""

    def __init__(
        self,
        symbol: str,
        minutes: Sequence[Minute],
        *,
        hours: Sequence[CoinCandle],
        frames: Sequence[CoinCandle],
        filters: SymbolFilters | None,
    ) -> None:
        self.symbol = symbol
        self.minutes = minutes
        self.filters = filters
        self._hours = hours
        self._frames = frames
        self._starts = [minute.starts_at for minute in minutes]
        self._hour_ends = [hour.ends_at for hour in hours]
        self._frame_ends = [frame.ends_at for frame in frames]
        self._slips: dict[int, Decimal] = {}

    def index_from(self, at: datetime) -> int:
        """Return the first minute that begins then or later."""
        found = bisect_right(self._starts, at)
        return found - 1 if found and self._starts[found - 1] == at else found

    def ended_by(self, at: datetime) -> int:
        """Return how many minutes have ended by an instant."""
        return self.index_from(at - timedelta(minutes=1) + timedelta(microseconds=1))

    def last(self, at: datetime) -> Minute | None:
        """Return the last minute that has ended by an instant."""
        ended = self.ended_by(at)
        return self.minutes[ended - 1] if ended else None

    def frame_at(self, at: datetime) -> tuple[datetime | None, Decimal | None]:
        """Return when the last of the trader's candles closed, and Wilder's ATR(14) then; None: not known."""
        known = bisect_right(self._frame_ends, at)
        return (self._frame_ends[known - 1] if known else None), self._ranges[known - 1] if known else None

    def hours_at(self, at: datetime) -> Sequence[CoinCandle]:
        """Return the hours of the thirty days before an instant."""
        known = bisect_right(self._hour_ends, at)
        return self._hours[bisect_right(self._hour_ends, at - _RANGES) : known]

    def slip(self, at: datetime) -> Decimal:
        """Return how far a market order slips then, a fraction of the price."""
        known = bisect_right(self._hour_ends, at)
        if known not in self._slips:
            hours = self.hours_at(at)
            self._slips[known] = slippage([(one.high - one.low) / one.opening for one in hours])
        return self._slips[known]

    def next_event(
        self, begin: int, end: int, *, below: Decimal | None, above: Decimal | None, beyond: "Beyond | None"
    ) -> int:
        """Return the first minute in [begin, end) that traded at a price or closed beyond one, else `end`."""
        lows, highs, closes = self._floats
        width = _FIRST_LOOK
        while begin < end:
            upto = min(begin + width, end)
            hit = lows[begin:upto] <= (float("-inf") if below is None else float(below))
            if above is not None:
                hit |= highs[begin:upto] >= float(above)
            if beyond is not None:
                hit |= beyond.is_met(closes[begin:upto])
            first = int(hit.argmax())
            if hit[first]:
                return begin + first
            begin, width = upto, width * 4
        return end

    def best_close(self, begin: int, end: int, side: LegSide) -> Decimal | None:
        """Return the best close of [begin, end) for a position; None without a minute."""
        if begin >= end:
            return None
        _, _, closes = self._floats
        return self.minutes[begin + int((closes[begin:end] * side.sign).argmax())].closing

    @cached_property
    def _floats(self) -> "tuple[Floats, Floats, Floats]":
        import numpy as np

        rows = [(float(one.low), float(one.high), float(one.closing)) for one in self.minutes]
        lows, highs, closes = np.array(rows, dtype=np.float64).reshape(-1, 3).T.copy()
        return lows, highs, closes

    @cached_property
    def _ranges(self) -> list[Decimal | None]:
        """Return Wilder's average true range after each candle: the mean of the first fourteen begins it."""
        found: list[Decimal | None] = []
        average = 0.0
        for number, candle in enumerate(self._frames):
            high, low = float(candle.high), float(candle.low)
            if number == 0:
                found.append(None)
                continue
            before = float(self._frames[number - 1].closing)
            true_range = max(high - low, abs(high - before), abs(low - before))
            share = min(number, _ATR_PERIOD)
            average += (true_range - average) / share
            found.append(to_price(Decimal(str(average))) if number >= _ATR_PERIOD else None)
        return found


class Beyond:
    """A close better for a position than a price, or as good."""

    def __init__(self, price: Decimal, side: LegSide, *, or_at: bool) -> None:
        self._price, self._sign, self._or_at = float(price), side.sign, or_at

    def is_met(self, closes: "Floats") -> "npt.NDArray[np.bool_]":
        """Say of each close whether it is."""
        better = (closes - self._price) * self._sign
        found: npt.NDArray[np.bool_] = better >= 0 if self._or_at else better > 0
        return found

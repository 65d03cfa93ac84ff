"""When what an order moves can trade at the paper broker (W-06): by the calendar of each instrument."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.instrument_calendars import calendar_of_contract
from chalicelib.domain.instruments.index_classes import INDEX_CLASSES
from chalicelib.domain.instruments.symbols import OptionContract

#: Date, right and strike of an OCC symbol: what stands before them is the root.
_BEHIND_THE_ROOT: Final = 15


class Hours:
    """One moment of the market, asked for many instruments; most keep the market's own session."""

    def __init__(self, market: MarketCalendar, now: datetime) -> None:
        self._market = market
        self._now = now
        self._market_is_open = market.is_open(now)

    def is_open(self, symbol: str) -> bool:
        """Say whether this contract, or these shares, can trade at the moment."""
        if symbol[:-_BEHIND_THE_ROOT] not in INDEX_CLASSES:
            return self._market_is_open
        return calendar_of_contract(self._market, OptionContract.parse_occ(symbol)).is_open(self._now)

    def are_open(self, symbols: Iterable[str]) -> bool:
        """Say whether all of these can trade at the moment."""
        return all(self.is_open(symbol) for symbol in symbols)

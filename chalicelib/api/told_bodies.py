"""What operators tell of the market: macro windows, and the implied volatility of past days (B-15)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from chalicelib.api.fields import CalendarDate, Instant, RequestModel, Ticker, Volatility

ITEMS_MAX: Final = 2000
Name = Annotated[str, Field(min_length=1, max_length=60)]
Source = Annotated[str, Field(min_length=1, max_length=100)]


class MacroWindowBody(RequestModel):
    """A span in which nothing is entered, its end left out."""

    name: Name
    start: Instant
    end: Instant
    source: Source

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end: must be after the start")
        return self


class MacroWindowsBody(RequestModel):
    """All macro windows there are from now on."""

    items: Annotated[list[MacroWindowBody], Field(max_length=ITEMS_MAX)]


class DayIv(RequestModel):
    """An underlying's 30-day at-the-money implied volatility at a day's close, a fraction."""

    date: CalendarDate
    iv: Volatility


class IvHistoryBody(RequestModel):
    """Days of one underlying; one that is known already is replaced."""

    symbol: Ticker
    items: Annotated[list[DayIv], Field(min_length=1, max_length=ITEMS_MAX)]
    source: Source

    @model_validator(mode="after")
    def _names_each_day_once(self) -> Self:
        if len({one.date for one in self.items}) < len(self.items):
            raise ValueError("items: must name each day once")
        return self

    def values(self) -> list[tuple[date, Decimal]]:
        """Return the values by day."""
        return [(one.date, one.iv) for one in self.items]

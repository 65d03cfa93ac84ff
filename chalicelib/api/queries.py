"""Query values by call. They arrive as texts, so each type reads one; an unknown name is refused."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from chalicelib.api.fields import TICKER_PATTERN, CalendarDate, Instant, RequestModel, Ticker, Word
from chalicelib.domain.trades import ENDED, NOT_ENDED, TradeStatus

LIMIT_DEFAULT: Final = 50
POINTS_DEFAULT: Final = 500
_SYMBOLS_MAX: Final = 50
_RESULTS: Final = ("wins", "losses", "expired")


def _digits(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    raise ValueError("must be a whole number")


def _flag(value: object) -> bool:
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


def _statuses(value: str) -> str:
    words = value.split(",")
    unknown = [word for word in words if word not in TradeStatus.__members__]
    if unknown or len(set(words)) != len(words):
        raise ValueError("must be a comma list of states: " + ", ".join(TradeStatus))
    return value


def _results(value: str) -> str:
    words = value.split(",")
    if any(word not in _RESULTS for word in words):
        raise ValueError("must be a comma list of " + ", ".join(_RESULTS))
    return value


def _symbols(value: str) -> str:
    words = value.split(",")
    if len(words) > _SYMBOLS_MAX or not all(re.fullmatch(TICKER_PATTERN.strip("^$"), word) for word in words):
        raise ValueError(f"must be a comma list of 1 to {_SYMBOLS_MAX} symbols")
    return value


Limit = Annotated[int, Field(ge=1, le=200), BeforeValidator(_digits)]
Points = Annotated[int, Field(ge=10, le=5000), BeforeValidator(_digits)]
Cursor = Annotated[str, Field(pattern=r"^[A-Za-z0-9_=.-]{1,200}$")]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]


class PageQuery(RequestModel):
    """A page of a list."""

    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor | None = None


class TradesQuery(PageQuery):
    """Trades, newest first."""

    status: Annotated[str, AfterValidator(_statuses)] | None = None
    ticker: Ticker | None = None
    strategy: Word | None = None
    originator: Literal["PERSON", "DESK", "AI"] | None = None

    def statuses(self) -> tuple[TradeStatus, ...]:
        """Return the exact states asked for; none means all but CANCELED.

        `OPEN` alone means all that has not ended, `CLOSED` alone also means EXPIRED.
        """
        if self.status is None:
            return ()
        if self.status == TradeStatus.OPEN:
            return tuple(sorted(NOT_ENDED))
        if self.status == TradeStatus.CLOSED:
            return tuple(sorted(ENDED - {TradeStatus.CANCELED}))
        return tuple(TradeStatus(word) for word in self.status.split(","))


class HistoryQuery(PageQuery):
    """Ended trades, newest first; `from` and `to` are Eastern days, both inclusive."""

    result: Annotated[str, AfterValidator(_results)] | None = None
    from_: Annotated[CalendarDate | None, Field(alias="from")] = None
    to: CalendarDate | None = None
    ticker: Ticker | None = None
    strategy: Word | None = None

    def results(self) -> frozenset[str]:
        """Return the outcomes asked for; none means all."""
        return frozenset() if self.result is None else frozenset(self.result.split(","))


class SnapshotsQuery(RequestModel):
    """A trade's snapshots, oldest first."""

    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    points: Points = POINTS_DEFAULT


class AlertsQuery(PageQuery):
    """Alerts, newest first."""

    since: Instant | None = None
    open: Flag | None = None


class QuotesQuery(RequestModel):
    """Quotes of underlyings."""

    symbols: Annotated[str, AfterValidator(_symbols)]


class ExpirationsQuery(RequestModel):
    """Listed expiries of one underlying."""

    symbol: Ticker


class ChainQuery(RequestModel):
    """One expiry's chain."""

    symbol: Ticker
    expiry: CalendarDate

"""Query values by call. They arrive as texts, so each type reads one; an unknown name is refused."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, WithJsonSchema

from chalicelib.api.fields import (
    TICKER_PATTERN,
    AnyMode,
    CalendarDate,
    Instant,
    ModeWord,
    RequestModel,
    StrategyName,
    Ticker,
    read_date,
    read_instant,
)
from chalicelib.api.reading import ID_PATTERN, parse_id
from chalicelib.domain.clocks.calendar import new_york_midnight
from chalicelib.domain.instruments.tickers import spell_ticker
from chalicelib.domain.trading.trades import TradeStatus, read_statuses

LIMIT_DEFAULT: Final = 50
POINTS_DEFAULT: Final = 500
_SYMBOLS_MAX: Final = 50
_RESULTS: Final = ("wins", "losses", "expired")


def read_digits(value: object) -> object:
    """Read a whole number from the text that a query has."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    raise ValueError("must be a whole number")


def _id(value: object) -> UUID:
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be an id")
    return found


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
    return ",".join(map(spell_ticker, words))


def _from(value: object) -> datetime:
    return new_york_midnight(read_date(value)) if _is_day(value) else read_instant(value)


def _to(value: object) -> datetime:
    """Read an inclusive end; of a day, its last instant in New York."""
    if not _is_day(value):
        return read_instant(value)
    return new_york_midnight(read_date(value) + timedelta(days=1)) - timedelta(microseconds=1)


def _utc_from(value: object) -> datetime:
    return datetime.combine(read_date(value), time(), UTC) if _is_day(value) else read_instant(value)


def _utc_to(value: object) -> datetime:
    """Read an inclusive end; of a day, its last instant in UTC."""
    return datetime.combine(read_date(value), time.max, UTC) if _is_day(value) else read_instant(value)


def _is_day(value: object) -> bool:
    return isinstance(value, str) and len(value) == len("2026-03-20")


Limit = Annotated[int, Field(ge=1, le=200), BeforeValidator(read_digits)]
Points = Annotated[int, Field(ge=10, le=5000), BeforeValidator(read_digits)]
Cursor = Annotated[str, Field(pattern=r"^[A-Za-z0-9_=.-]{1,200}$")]
_BOUND_SCHEMA: Final = {"type": "string", "description": "A time, or a day in New York; inclusive."}
From = Annotated[datetime, BeforeValidator(_from), WithJsonSchema(_BOUND_SCHEMA)]
To = Annotated[datetime, BeforeValidator(_to), WithJsonSchema(_BOUND_SCHEMA)]
_UTC_SCHEMA: Final = {"type": "string", "description": "A time, or a day of UTC; inclusive."}
UtcFrom = Annotated[datetime, BeforeValidator(_utc_from), WithJsonSchema(_UTC_SCHEMA)]
UtcTo = Annotated[datetime, BeforeValidator(_utc_to), WithJsonSchema(_UTC_SCHEMA)]
SeenVersion = Annotated[int, Field(ge=1), BeforeValidator(read_digits)]
DaysOn = Annotated[int, Field(ge=0, le=60), BeforeValidator(read_digits)]
Days = Annotated[int, Field(ge=1, le=90), BeforeValidator(read_digits)]
IdValue = Annotated[
    UUID, BeforeValidator(_id), WithJsonSchema({"type": "string", "format": "uuid", "pattern": ID_PATTERN})
]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
OriginatorWord = Literal["PERSON", "DESK", "AI"]
Words = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]


class PageQuery(RequestModel):
    """A page of a list."""

    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor | None = None


class TradesQuery(PageQuery):
    """Trades, newest first."""

    status: Annotated[str, AfterValidator(_statuses)] | None = None
    ticker: Ticker | None = None
    strategy: StrategyName | None = None
    originator: OriginatorWord | None = None
    tag: Words | None = None

    def statuses(self) -> tuple[TradeStatus, ...]:
        """Return the exact states asked for; none means all but CANCELED."""
        return read_statuses(self.status)


class EndedQuery(RequestModel):
    """Which ended trades; a day as bound is the Eastern one, `q` stands in ticker, strategy, notes, tags."""

    result: Annotated[str, AfterValidator(_results)] | None = None
    from_: Annotated[From | None, Field(alias="from")] = None
    to: To | None = None
    ticker: Ticker | None = None
    strategy: StrategyName | None = None
    mode: AnyMode | None = None
    option_type: Literal["CALL", "PUT"] | None = None
    originator: OriginatorWord | None = None
    tag: Words | None = None
    q: Words | None = None

    def results(self) -> frozenset[str]:
        """Return the outcomes asked for; none means all."""
        return frozenset() if self.result is None else frozenset(self.result.split(","))


class HistoryQuery(EndedQuery, PageQuery):
    """Ended trades, newest first unless told; `totals` asks what all of them amount to."""

    sort: Literal["newest", "oldest", "best", "worst", "longest", "shortest"] = "newest"
    totals: Flag = False


def _ended(value: object) -> EndedQuery:
    if not isinstance(value, str):
        raise ValueError("must be a query of the history")
    try:
        pairs = parse_qsl(value, keep_blank_values=True, strict_parsing=True)
        return EndedQuery.model_validate(dict(pairs))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{first['loc'][0]}: {first['msg']}") from error


Ended = Annotated[
    EndedQuery,
    BeforeValidator(_ended),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A history's query (`ticker=SPY&result=wins`): the file holds what it shows.",
        }
    ),
]


class ExportQuery(RequestModel):
    """The trades of a file; the bounds lie on the end of an ended trade, on the creation of another one."""

    format: Literal["csv", "json"] = "csv"
    status: Annotated[str, AfterValidator(_statuses)] | None = None
    from_: Annotated[From | None, Field(alias="from")] = None
    to: To | None = None
    history: Ended | None = None
    tag: Words | None = None

    def statuses(self) -> tuple[TradeStatus, ...]:
        """Return the exact states asked for; none means all. CANCELED trades are never exported."""
        return read_statuses(self.status)


class PerformanceQuery(RequestModel):
    """The ended trades that count; a day as bound is the Eastern one."""

    from_: Annotated[From | None, Field(alias="from")] = None
    to: To | None = None
    ticker: Ticker | None = None
    strategy: StrategyName | None = None
    mode: AnyMode | None = None
    tag: Words | None = None
    originator: OriginatorWord | None = None


class ImportQuery(RequestModel):
    """Whether a file's trades are only looked at."""

    dry_run: Flag = False


class AccountQuery(RequestModel):
    """Which account, without it the one that new trades go to; and whether all that is held is told, too."""

    broker_mode: ModeWord | None = None
    positions: Flag = False


class ConnectionQuery(RequestModel):
    """Which of a broker's connections; may be left out where one is connected."""

    environment: Literal["paper", "live"] | None = None


class CallbackQuery(RequestModel):
    """What a broker's page sends its visitors back with."""

    code: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    state: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class SnapshotsQuery(RequestModel):
    """A trade's snapshots, oldest first."""

    from_: Annotated[From | None, Field(alias="from")] = None
    to: To | None = None
    points: Points = POINTS_DEFAULT


class AlertsQuery(PageQuery):
    """Alerts, newest first."""

    since: Instant | None = None
    open: Flag | None = None


class VersionQuery(RequestModel):
    """Which version was seen, where no body can say it."""

    version: SeenVersion


class EvaluationsQuery(PageQuery):
    """Evaluations, newest first; of merged ones the last time counts."""

    strategy: IdValue | None = None
    decision: Literal["ENTER", "REJECT", "EXIT", "WAIT", "BLOCKED"] | None = None
    from_: Annotated[From | None, Field(alias="from")] = None
    to: To | None = None


class GatesQuery(RequestModel):
    """Scans of so many days up to now."""

    days: Days = 30


class RiskQuery(RequestModel):
    """The risk book of one kind of money; without a mode of the one that new trades go to."""

    mode: ModeWord | None = None


class RiskPictureQuery(RiskQuery):
    """A risk book pictured, `days` calendar days on."""

    days: DaysOn = 0


class RiskHistoryQuery(RiskQuery):
    """Risk books, oldest first; without bounds the last day's."""

    from_: Annotated[From | None, Field(alias="from")] = None
    to: To | None = None
    points: Points = POINTS_DEFAULT


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

"""The values of api.md as types for models: each knows its bounds, and how OpenAPI describes it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from chalicelib.domain.instruments.tickers import spell_ticker
from chalicelib.domain.json_value import JsonValue

#: Where trades go that name no broker: coins name theirs.
ChosenWord = Literal[
    "PAPER",
    "TRADIER_SANDBOX",
    "TRADIER_LIVE",
    "TASTYTRADE_CERT",
    "TASTYTRADE_LIVE",
    "IBKR_PAPER",
    "IBKR_LIVE",
    "SCHWAB_LIVE",
]
#: Where a trade may go, and where it may have been.
ModeWord = Literal[ChosenWord, "BINANCE_TESTNET", "BINANCE_LIVE"]
AnyMode = Literal[ModeWord, "IMPORTED"]

TICKER_PATTERN: Final = r"^[A-Z0-9./-]{1,10}$"
PRICE_MAX: Final = Decimal(1_000_000)
PRICE_DECIMALS: Final = 4
#: Of coins; what else is traded has coarser ticks, which validation knows.
COIN_DECIMALS: Final = 8
COINS_MAX: Final = Decimal(1_000_000_000)
MONEY_MAX: Final = Decimal(1_000_000_000)
SCORE_MAX: Final = 1000
TRADE_CONTEXT_BYTES_MAX: Final = 16 * 1024
AI_REASONING_BYTES_MAX: Final = 64 * 1024
_DIGITS_MAX: Final = 38
#: Days beyond these mean nothing to a market, and calendar arithmetic on them overflows.
_YEARS: Final = range(1900, 2200)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")


class RequestModel(BaseModel):
    """Base of what callers send: nothing unlisted, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS_MAX or len(str(number)) > 2 * _DIGITS_MAX:
        raise ValueError("is out of bounds")
    return number


def _number_between(
    low: Decimal, high: Decimal, *, above: bool, decimals: int | None
) -> Callable[[object], Decimal]:
    """Build a reader of numbers from `low` (exclusive when `above`) to `high` (inclusive)."""

    def read(value: object) -> Decimal:
        number = _number(value)
        if number < low or (above and number == low) or number > high:
            opening = "above" if above else "from"
            raise ValueError(f"must be {opening} {low} and at most {high}")
        if decimals is not None and number != round(number, decimals):
            raise ValueError(f"may have {decimals} decimals")
        return number

    return read


def _whole(value: object) -> object:
    """Take 3.0 for 3, as JSON Schema does; anything else is left to the strict check."""
    if (
        isinstance(value, Decimal)
        and abs(value.adjusted()) < _DIGITS_MAX
        and value == value.to_integral_value()
    ):
        return int(value)
    return value


def read_date(value: object) -> date:
    """Read `YYYY-MM-DD`; raises ValueError."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date like 2026-03-20")
    day = date.fromisoformat(value)
    if day.year not in _YEARS:
        raise ValueError("is out of bounds")
    return day


def read_instant(value: object) -> datetime:
    """Read RFC 3339 with any offset, into UTC; of the same years as days. Raises ValueError."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("must be a time like 2026-03-20T14:30:00Z")
    if int(value[:4]) not in _YEARS:  # its own year and no conversion: nothing near year 1 has other zones
        raise ValueError("is out of bounds")
    return datetime.fromisoformat(value.upper()).astimezone(UTC)


def _json_of(bytes_max: int) -> Callable[[object], object]:
    """Build a check of free JSON: its size in UTF-8, and numbers that a double can hold."""

    def check(value: object) -> object:
        plain = _plain(value)
        size = len(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode())
        if size > bytes_max:
            raise ValueError(f"may have {bytes_max // 1024} KB")
        return plain

    return check


def _plain(value: object) -> JsonValue:
    """Turn Decimals into doubles; free JSON is kept as readers of JSON will see it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        number = float(value)
        if number in {float("inf"), float("-inf")}:
            raise ValueError("has a number that is out of bounds")
        return number
    assert value is None or isinstance(value, bool | int | str)
    return value


def _object(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


Whole = BeforeValidator(_whole)
Price = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), PRICE_MAX, above=True, decimals=PRICE_DECIMALS)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": float(PRICE_MAX)}),
]


def _signed_price(value: object) -> Decimal:
    number = _SIGNED(value)
    if number == 0:
        raise ValueError("must not be 0")
    return number


_SIGNED: Final = _number_between(-PRICE_MAX, PRICE_MAX, above=False, decimals=COIN_DECIMALS)
#: The price of a trade: of several legs it is signed (W-02).
SignedPrice = Annotated[
    Decimal,
    BeforeValidator(_signed_price),
    WithJsonSchema(
        {"type": "number", "minimum": float(-PRICE_MAX), "maximum": float(PRICE_MAX), "not": {"const": 0}}
    ),
]
#: At which something is sold, of a coin in its 8 decimals.
TargetPrice = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), PRICE_MAX, above=True, decimals=COIN_DECIMALS)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": float(PRICE_MAX)}),
]
Score = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(-SCORE_MAX), Decimal(SCORE_MAX), above=False, decimals=None)),
    WithJsonSchema({"type": "number", "minimum": -SCORE_MAX, "maximum": SCORE_MAX}),
]
Money = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), MONEY_MAX, above=False, decimals=PRICE_DECIMALS)),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": float(MONEY_MAX)}),
]
PositiveMoney = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), MONEY_MAX, above=True, decimals=PRICE_DECIMALS)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": float(MONEY_MAX)}),
]
Percentage = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), Decimal(100), above=False, decimals=PRICE_DECIMALS)),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
#: An implied volatility, a yearly fraction: 0.455 is 45.5 per cent.
Volatility = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), Decimal(10), above=True, decimals=None)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 10}),
]
#: Of a whole.
Share = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), Decimal(1), above=True, decimals=PRICE_DECIMALS)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]
#: How much of a leg makes one structure; of shares a hundred stand beside one contract.
Ratio = Annotated[int, Field(ge=1, le=1000), Whole]
QUANTITY_MAX: Final = 1000
#: Structures are whole, as is checked with their legs; coins have 8 decimals.
Quantity = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), COINS_MAX, above=True, decimals=COIN_DECIMALS)),
    WithJsonSchema(
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": float(COINS_MAX),
            "description": "Whole, 1 to 1000; of a coin with 8 decimals.",
        }
    ),
]
#: Of a holding: shares that were delivered come by the hundred.
PartQuantity = Annotated[
    Decimal,
    BeforeValidator(_number_between(Decimal(0), COINS_MAX, above=True, decimals=COIN_DECIMALS)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": float(COINS_MAX)}),
]
Version = Annotated[int, Field(ge=1, le=2**31 - 1), Whole]
#: Read in any spelling of a share class, known inside by one.
Ticker = Annotated[str, Field(pattern=TICKER_PATTERN), AfterValidator(spell_ticker)]
Word = Annotated[str, Field(max_length=20)]
#: Under what trades are found: a word of a person's, or the whole name of a strategy or trader.
StrategyName = Annotated[str, Field(max_length=60)]
CalendarDate = Annotated[
    date, BeforeValidator(read_date), WithJsonSchema({"type": "string", "format": "date"})
]
Instant = Annotated[
    datetime, BeforeValidator(read_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
#: Free JSON objects, bounded by the whole body alone, or by their own size.
JsonObject = Annotated[
    dict[str, Any],  # Any: free JSON, checked by _plain
    BeforeValidator(_object),
    AfterValidator(_json_of(256 * 1024)),
    WithJsonSchema({"type": "object"}),
]
TradeContext = Annotated[
    dict[str, Any],  # Any: as above
    BeforeValidator(_object),
    AfterValidator(_json_of(TRADE_CONTEXT_BYTES_MAX)),
    WithJsonSchema({"type": "object", "description": "At most 16 KB."}),
]
AiReasoning = Annotated[
    Any,  # Any: free JSON, checked by _plain
    AfterValidator(_json_of(AI_REASONING_BYTES_MAX)),
    WithJsonSchema({"description": "Any JSON of at most 64 KB."}),
]

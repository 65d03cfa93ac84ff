"""The words and values of api.md that all answers share, refusals, and the page of a list."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

StatusWord = Literal["PENDING", "PARTIALLY_FILLED", "OPEN", "CLOSING", "CLOSED", "EXPIRED", "CANCELED"]
CloseReasonWord = Literal[
    "TP_HIT",
    "SL_HIT",
    "MANUAL_CLOSE",
    "EXPIRED_OTM",
    "EXPIRED_ITM",
    "EXERCISED",
    "LIQUIDATED_BY_BROKER",
    "BROKER_RESET",
    "KILL_SWITCH",
    "STRATEGY_EXIT",
    "DRAWDOWN_LIMIT",
    "REJECTED",
    "CANCELED",
    "UNFILLED",
    "NOT_PLACED",
]
OrderStatusWord = Literal[
    "INTENT",
    "SENT",
    "UNKNOWN",
    "PENDING",
    "OPEN",
    "PARTIALLY_FILLED",
    "FILLED",
    "CANCELED",
    "REJECTED",
    "EXPIRED",
]
OptionTypeWord = Literal["CALL", "PUT"]
Number = int | float
Id = Annotated[
    str, Field(json_schema_extra={"format": "uuid"}, pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
]
InstantText = Annotated[
    str,
    Field(json_schema_extra={"format": "date-time"}, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"),
]
DateText = Annotated[str, Field(json_schema_extra={"format": "date"}, pattern=r"^\d{4}-\d\d-\d\d$")]
FreeObject = dict[str, Any]  # Any: JSON as a caller sent it


class ResponseModel(BaseModel):
    """Base of what is answered: exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Page(ResponseModel):
    """A page of a list; `next_cursor` is null at the end."""

    next_cursor: str | None
    as_of: InstantText


class FieldFault(ResponseModel):
    """One fault in the request's data."""

    field: str
    message: str


class Problem(BaseModel):
    """A refusal (RFC 9457); which further members there are depends on `type`."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldFault] | None = None
    current: FreeObject | None = None
    limit: str | None = None
    value: Number | None = None
    allowed: Number | None = None
    reason: str | None = None
    challenge: str | None = None
    missing: list[str] | None = None
    paper_trades: FreeObject | None = None


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    openapi: str

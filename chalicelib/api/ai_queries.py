"""Query values of the traders' calls; a day as bound is UTC's."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.fields import RequestModel
from chalicelib.api.queries import IdValue, PageQuery, UtcFrom, UtcTo, Words

OutcomeWord = Literal[
    "EXECUTED",
    "NO_TRADE",
    "BELOW_CONFIDENCE",
    "VALIDATION_FAILED",
    "AWAITING_APPROVAL",
    "USER_REJECTED",
    "EXPIRED",
    "QUEUED",
    "NOT_EXECUTED",
]


class DecisionsQuery(PageQuery):
    """Decisions of all traders, of one, or about one trade; a day as bound is UTC's."""

    trader: IdValue | None = None
    trade: IdValue | None = None
    outcome: OutcomeWord | None = None
    from_: Annotated[UtcFrom | None, Field(alias="from")] = None
    to: UtcTo | None = None


class AiAccountQuery(RequestModel):
    """Of which account: our own engine's, Binance's testnet, or live."""

    mode: Literal["paper", "testnet", "live"] = "paper"


class SignalsQuery(PageQuery):
    """Signals of all traders, or of one."""

    trader: IdValue | None = None


class AiPerformanceQuery(RequestModel):
    """Ended trades of traders; without a beginning those of 30 days. Days are UTC's."""

    from_: Annotated[UtcFrom | None, Field(alias="from")] = None
    to: UtcTo | None = None
    trader: IdValue | None = None
    mode: Literal["paper", "live"] | None = None
    tag: Words | None = None
    format: Literal["csv", "json"] = "json"

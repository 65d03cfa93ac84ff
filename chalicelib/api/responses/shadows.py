"""Paper beside live, as GET /api/reports/shadow answers it."""

from pydantic import Field

from chalicelib.api.responses.base import DateText, Id, InstantText, Number, ResponseModel


class ShadowHalf(ResponseModel):
    """What live, or paper, came to: means over what is known; `missed` are those that the other one filled.

    `pnl`, net of fees, counts the pairs that are over on both sides.
    """

    filled: int
    missed: int
    slippage_pct: Number | None
    seconds_to_fill: Number | None
    pnl: Number
    pnl_per_trade: Number | None


class ShadowErrors(ResponseModel):
    """What paper did better than live, worse below 0: over `count` pairs the mean, and the largest."""

    count: int
    mean: Number | None
    worst: Number | None


class ShadowSide(ResponseModel):
    """One of the two trades of a pair; prices per share, `pnl` once it is over."""

    trade_id: Id
    sent_at: InstantText | None
    filled_at: InstantText | None
    seconds_to_fill: Number | None
    entry_price: Number | None
    close_price: Number | None
    slippage_pct: Number | None
    pnl: Number | None
    missed: bool


class ShadowPair(ResponseModel):
    """A live trade and its shadow; `mid` is the market's when they were ordered."""

    strategy: str | None
    mid: Number | None
    live: ShadowSide
    paper: ShadowSide
    entry_error: Number | None
    exit_error: Number | None
    pnl_error: Number | None


class ShadowComparison(ResponseModel):
    """Live beside paper, over so many pairs."""

    pairs: int
    live: ShadowHalf
    paper: ShadowHalf
    entry_error: ShadowErrors
    exit_error: ShadowErrors
    pnl_error: ShadowErrors


class ShadowOfStrategy(ShadowComparison):
    """One strategy's comparison; null: trades of none."""

    strategy: str | None


class ShadowReport(ShadowComparison):
    """Live trades beside their shadows on paper, entered from that New York day on.

    Errors of entry and exit are dollars per share, those of P&L dollars: above 0 the paper model is too kind.
    """

    days: int
    from_: DateText = Field(alias="from")
    by_strategy: list[ShadowOfStrategy]
    items: list[ShadowPair]

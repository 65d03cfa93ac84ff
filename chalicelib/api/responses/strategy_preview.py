"""What the desk would do by a strategy that nobody has stored (B-14)."""

from typing import Literal

from pydantic import Field

from chalicelib.api.responses.base import InstantText, Number, ResponseModel
from chalicelib.api.responses.book_with import BookWith
from chalicelib.api.responses.desk import StageWord, TypeWord, Verdict


class Standing(ResponseModel):
    """What keeps it from being scanned whatever the market says: the bot, its hours, the kill switch."""

    cause: str
    reason: str


class PreviewedLeg(ResponseModel):
    """One leg with its quote; `delta` and `iv` as the vendor tells them, else solved from the mid."""

    symbol: str
    side: Literal["LONG", "SHORT"]
    ratio: int
    option_type: Literal["CALL", "PUT"]
    strike: Number
    bid: Number | None
    ask: Number | None
    mid: Number | None
    iv: Number | None
    delta: Number | None
    volume: int | None
    open_interest: int | None


class PreviewedStructure(ResponseModel):
    """What would be entered: `qty` structures at the middle less slippage; dollars are before fees.

    `credit` is per share, below 0 a debit. `max_profit` null: unlimited. `pop` counts under the seller's
    view, `pop_implied` under each strike's own IV, `pot` is the chance that a short strike is touched.
    `payoff` is the result at expiry by the price of the underlying, `payoff_now` the same today, empty where
    a leg's volatility is not known.
    """

    structure: TypeWord
    expiry: str
    dte: int
    qty: int
    legs: list[PreviewedLeg]
    credit: Number
    max_profit: Number | None
    max_loss: Number | None
    break_evens: list[Number]
    payoff: list[list[Number]]
    payoff_now: list[list[Number]]
    pop: Number
    pop_implied: Number
    pot: Number
    expected_move: Number = Field(description="To the expiry, in dollars of the underlying")
    ev_net: Number
    ev_mean: Number
    friction: Number
    delta: Number | None
    gamma: Number | None
    vega: Number | None


class StrategyPreview(ResponseModel):
    """What a scan would come to at `as_of`; nothing is stored and nothing comes of it.

    `gates` are all stages that can be asked, also past `ended_by`, the first that fails and ends a scan.
    `chain_as_of` is when the oldest chain was read, null: none was; `trouble` is what sources refused.
    """

    as_of: InstantText
    decision: Literal["ENTER", "REJECT"]
    reason: str
    ended_by: StageWord | None
    gates: list[Verdict]
    standing: list[Standing]
    spot: Number | None
    spot_as_of: InstantText | None
    chain_as_of: InstantText | None
    source: str | None
    trouble: list[str]
    structure: PreviewedStructure | None
    book: BookWith | None

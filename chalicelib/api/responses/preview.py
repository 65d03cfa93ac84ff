"""What a trade would cost, risk and earn, before it is asked for."""

from typing import Literal

from chalicelib.api.responses.base import InstantText, Number, ResponseModel
from chalicelib.api.responses.book_with import BookWith


class LimitBreak(ResponseModel):
    """A limit that the previewed trade would pass."""

    limit: Literal[
        "kill_switch",
        "max_positions",
        "daily_loss_limit",
        "heat_limit_pct",
        "quota",
        "collateral",
        "delta",
        "gamma",
        "vega",
    ]
    value: Number | None
    allowed: Number


class Greeks(ResponseModel):
    """In shares, shares per dollar, dollars a day and dollars per volatility point, of the whole quantity."""

    delta: Number | None
    gamma: Number | None
    theta: Number | None
    vega: Number | None


class Preview(ResponseModel):
    """What a trade would cost and risk: at the stop, and at worst; break-evens are at expiry, before fees.

    `payoff` is the result at the first expiry by the price of the underlying, `payoff_now` the same today,
    empty where a leg's volatility is not known. `book` is null of a coin.
    """

    cost: Number | None
    loss_at_stop: Number | None
    structure: str
    max_profit: Number | None
    max_loss: Number | None
    break_evens: list[Number]
    payoff: list[list[Number]]
    payoff_now: list[list[Number]]
    pop: Number | None
    greeks: Greeks
    collateral: Number
    max_reward: Number | None
    risk_reward: Number | None
    heat_after: Number | None
    heat_after_pct: Number | None
    bid: Number | None
    ask: Number | None
    as_of: InstantText | None
    delayed: bool
    breaks: list[LimitBreak]
    book: BookWith | None
    warnings: list[str]

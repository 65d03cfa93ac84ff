"""What is held, as it is answered."""

from chalicelib.api.responses.base import Id, InstantText, Number, ResponseModel


class HeldGreeks(ResponseModel):
    """Greeks of all that is held: shares, shares per dollar, dollars a day, dollars per volatility point."""

    delta: Number | None
    gamma: Number | None
    theta: Number | None
    vega: Number | None


class Position(HeldGreeks):
    """One position: money in dollars, `bid`, `ask` and `underlying` per share as last seen.

    `pnl_pct` is of the premium, of a structure's maximum loss, of what shares cost; `day_pnl` since the last
    close; `cost` what its entry paid for what is held, below 0 for a credit. `exit_pnl` what leaving
    at once would make, before fees: at the bid, of what is short at the ask. `strategy_stop` is the price
    at which the desk leaves it by its strategy, where it has no stop of its own. `priced` is false while no
    usable mark stands for the market: it then is in no sum.
    """

    trade_id: Id
    ticker: str
    priced: bool
    open_pnl: Number | None
    pnl_pct: Number | None
    day_pnl: Number | None
    cost: Number | None
    exit_pnl: Number | None
    strategy_stop: Number | None
    bid: Number | None
    ask: Number | None
    underlying: Number | None


class PositionSums(HeldGreeks):
    """Several positions together; `unpriced` are left out of the money, `without_greeks` of the Greeks."""

    positions: int
    unpriced: int
    without_greeks: int
    open_pnl: Number
    day_pnl: Number
    cost: Number


class PositionGroup(PositionSums):
    """The positions of one underlying."""

    ticker: str


class Positions(ResponseModel):
    """All that is held, over all accounts; groups in the order of the underlying's name."""

    items: list[Position]
    groups: list[PositionGroup]
    totals: PositionSums
    as_of: InstantText

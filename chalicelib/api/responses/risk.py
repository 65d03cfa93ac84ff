"""What the portfolio could lose (B-09, B-15)."""

from pydantic import Field

from chalicelib.api.fields import AnyMode
from chalicelib.api.responses.base import Id, InstantText, Number, Page, ResponseModel


class RiskBreach(ResponseModel):
    """A figure past what it may be: entries are stopped."""

    name: str
    value: Number
    limit: Number


class RoughRisk(ResponseModel):
    """The scenarios by delta and gamma alone, in dollars."""

    pnl_1pct_up: Number
    pnl_1pct_down: Number
    pnl_2pct_up: Number
    pnl_2pct_down: Number
    pnl_5pct_down: Number


class RiskBook(ResponseModel):
    """A book of one kind of money at one moment; figures are null where it could not be worked out.

    Value at risk is in dollars over a day: by Cornish-Fisher (`approximate`), by full revaluation (`full`),
    and the one that is to be shown. `unknown` says why a book is not known, `guessed_betas` whose beta
    counted as 1.
    """

    as_of: InstantText | None
    mode: AnyMode | None
    legs: int
    net_delta_shares: Number | None
    net_gamma_shares_per_dollar: Number | None
    net_vega_usd_per_1vol: Number | None
    net_theta_usd_per_day: Number | None
    beta_weighted_delta: Number | None
    pnl_1pct_up: Number | None
    pnl_1pct_down: Number | None
    pnl_2pct_up: Number | None
    pnl_2pct_down: Number | None
    pnl_5pct_down: Number | None
    rough: RoughRisk | None = Field(description="By delta and gamma alone.")
    var_95_1d: Number | None
    var_95_1d_approximate: Number | None
    var_95_1d_full: Number | None
    var_99_1d: Number | None
    var_99_1d_approximate: Number | None
    var_99_1d_full: Number | None
    max_single_position_pct: Number | None
    max_single_underlying_pct: Number | None
    delta_utilization_pct: Number | None
    gamma_utilization_pct: Number | None
    vega_utilization_pct: Number | None
    unknown: str | None
    guessed_betas: list[str]
    breaches: list[RiskBreach]


class RiskBookPage(Page):
    """Books, oldest first."""

    items: list[RiskBook]


class UnderlyingAtRisk(ResponseModel):
    """What may be lost at most, in dollars, and of the equity in per cent; null where that is not known."""

    ticker: str
    max_loss: Number
    equity_pct: Number | None


class PositionAtRisk(UnderlyingAtRisk):
    """One trade's."""

    trade_id: Id
    structure: str | None


class RiskPicture(ResponseModel):
    """The book over moves of price and volatility, every leg valued anew from its last mark.

    `pnl` has a row for each of `moves` (per cent of every underlying's price) and a column for each of
    `points` (volatility points added to each leg's own): dollars against now, `days` calendar days on. All
    three are empty where a leg is not known; `unknown` says which. The largest positions and underlyings.
    """

    as_of: InstantText
    mode: AnyMode
    legs: int
    days: int
    moves: list[Number]
    points: list[Number]
    pnl: list[list[Number]]
    unknown: str | None
    positions: list[PositionAtRisk]
    underlyings: list[UnderlyingAtRisk]

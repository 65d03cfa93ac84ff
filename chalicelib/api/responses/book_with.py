"""A book before and after something is added to it (B-09)."""

from chalicelib.api.responses.base import Number, ResponseModel


class FigureWith(ResponseModel):
    """One figure in its own unit, null where a leg's Greeks are not known; `cap` null: none is set."""

    before: Number | None
    after: Number | None
    cap: Number | None


class BookWith(ResponseModel):
    """Delta in shares, gamma in shares per dollar, vega in dollars per volatility point."""

    delta: FigureWith
    gamma: FigureWith
    vega: FigureWith

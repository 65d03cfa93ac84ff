"""The risk book as its owner reads it (B-15)."""

from typing import Final

from chalicelib.api.shapes.values import instant
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.desk.risk.picture_risk import RiskPicture
from chalicelib.store.desk.risk_snapshots import RiskRow

#: What a book that could not be worked out does not say.
_FIGURES: Final = (
    "net_delta_shares",
    "net_gamma_shares_per_dollar",
    "net_vega_usd_per_1vol",
    "net_theta_usd_per_day",
    "beta_weighted_delta",
    "pnl_1pct_up",
    "pnl_1pct_down",
    "pnl_2pct_up",
    "pnl_2pct_down",
    "pnl_5pct_down",
    "rough",
    "var_95_1d",
    "var_95_1d_approximate",
    "var_95_1d_full",
    "var_99_1d",
    "var_99_1d_approximate",
    "var_99_1d_full",
    "max_single_position_pct",
    "max_single_underlying_pct",
    "delta_utilization_pct",
    "gamma_utilization_pct",
    "vega_utilization_pct",
    "unknown",
)


def shape_risk(row: RiskRow | None) -> dict[str, JsonValue]:
    """Write a book; before the first one nothing is known, and nothing is said."""
    figures = {} if row is None else row.figures
    return {
        "as_of": None if row is None else instant(row.at),
        "mode": None if row is None else row.mode,
        "legs": figures.get("legs", 0),
        **{name: figures.get(name) for name in _FIGURES},
        "guessed_betas": figures.get("guessed_betas", []),
        "breaches": figures.get("breaches", []),
    }


def shape_risk_picture(found: RiskPicture) -> dict[str, JsonValue]:
    """Write a book over price and volatility; dollars to the cent."""
    surface = found.surface
    return {
        "as_of": instant(found.at),
        "mode": found.mode,
        "legs": found.legs,
        "days": found.days,
        "moves": [] if surface is None else [round(one * 100, 4) for one in surface.moves],
        "points": [] if surface is None else list(surface.points),
        "pnl": [] if surface is None else [[round(one, 2) for one in row] for row in surface.dollars],
        "unknown": found.unknown,
        "positions": [
            {
                "trade_id": str(one.trade_id),
                "ticker": one.ticker,
                "structure": one.structure,
                **_at_most(one.loss or 0.0, found.equity),
            }
            for one in found.positions
        ],
        "underlyings": [
            {"ticker": ticker, **_at_most(loss, found.equity)} for ticker, loss in found.underlyings
        ],
    }


def _at_most(loss: float, equity: float | None) -> dict[str, JsonValue]:
    share = None if equity is None or equity <= 0 else round(loss / equity * 100, 4)
    return {"max_loss": round(loss, 2), "equity_pct": share}

"""The risk book as its owner reads it (B-15)."""

from typing import Final

from chalicelib.api.shapes.values import instant
from chalicelib.domain.json_value import JsonValue
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

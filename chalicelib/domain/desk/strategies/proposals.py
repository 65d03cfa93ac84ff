"""What the builder of strategies proposes before anybody has typed (B-01)."""

from typing import Final

from chalicelib.domain.desk.strategies.strategy_types import StrategyType

DTE_MIN: Final = 30
DTE_MAX: Final = 60
SHORT_DELTA: Final = 0.16
WING_WIDTH: Final = 5
MIN_CREDIT: Final = 0.10
PROFIT_TARGET_PCT: Final = 50
STOP_PCT: Final = 200
TIME_STOP_DTE: Final = 21


def proposed_body(kind: StrategyType, underlying: str) -> dict[str, object]:
    """Return a body that `read_strategy` takes as it stands, with the fields that the type has."""
    entry: dict[str, object] = {"dte_min": DTE_MIN, "dte_max": DTE_MAX}
    if kind.is_sold_by_delta:
        entry["short_delta"] = SHORT_DELTA
    if kind.has_wings:
        entry["wing_width"] = WING_WIDTH
    if kind.is_credit:
        entry["min_credit"] = MIN_CREDIT
    return {
        "name": f"{underlying} {kind.replace('_', ' ')}",
        "type": kind.value,
        "underlying": underlying,
        "entry_conditions": entry,
        "exit_conditions": {
            "profit_target_pct": PROFIT_TARGET_PCT,
            "stop_pct": STOP_PCT,
            "time_stop_dte": TIME_STOP_DTE,
        },
        "sizing": {"kind": "fixed", "qty": 1},
        "max_positions": 1,
    }

"""What a newcomer finds at work: a bot with a condor on SPY and a put spread on QQQ (local.md, `--demo`)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

#: Makes one of alice's calls with a method, a path under `/api` and a body; answers the JSON.
Call = Callable[[str, str, Mapping[str, object] | None], Mapping[str, Any]]  # Any: JSON of the API

#: The builder's values (B-01, B-16: the default day).
_BUILDERS: Final[Mapping[str, object]] = {
    "entry_conditions": {
        "dte_min": 30,
        "dte_max": 60,
        "short_delta": 0.16,
        "wing_width": 5,
        "min_credit": 0.10,
    },
    "exit_conditions": {"profit_target_pct": 50, "stop_pct": 200, "time_stop_dte": 21},
    "sizing": {"kind": "fixed", "qty": 1},
    "max_positions": 3,
}
CONDOR: Final[Mapping[str, object]] = {
    "name": "SPY condor",
    "type": "iron_condor",
    "underlying": "SPY",
    **_BUILDERS,
}
PUT_SPREAD: Final[Mapping[str, object]] = {
    "name": "QQQ put spread",
    "type": "credit_put_spread",
    "underlying": "QQQ",
    **_BUILDERS,
}


def ensure_demo_desk(call: Call) -> bool:
    """Give the desk its strategies and switch its bot on, unless there are any; tell whether it did."""
    if call("GET", "/strategies", None)["items"]:
        return False
    for strategy in (CONDOR, PUT_SPREAD):
        call("POST", "/strategies", strategy)
    call("POST", "/bot/on", {})
    return True

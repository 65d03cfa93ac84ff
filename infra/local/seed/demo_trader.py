"""The AI trader that a newcomer finds at work: BTC and ETH on paper, without approval (`--demo`)."""

from collections.abc import Mapping
from typing import Final

from infra.local.seed.demo_desk import Call

#: Buys what has risen over its last candles, tightens in profit, leaves with a good one.
MODELS_RULE: Final[Mapping[str, object]] = {"rule": "demo"}


def _ema(period: int) -> dict[str, object]:
    return {"indicator": "EMA", "params": {"period": period}}


TRADER: Final[Mapping[str, object]] = {
    "name": "BTC and ETH that rise",
    "symbols": ["BTCUSDT", "ETHUSDT"],
    "timeframe": "5m",
    "filter": {"required": [{"left": _ema(9), "op": ">", "right": _ema(21)}]},
    "trading": {"enabled": True, "require_approval": False},
}


def ensure_demo_trader(call: Call) -> bool:
    """Make the trader, unless there is any; tell whether it did."""
    if call("GET", "/traders", None)["items"]:
        return False
    call("POST", "/traders", TRADER)
    return True

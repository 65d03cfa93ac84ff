"""Structures of the default day, traded by hand: chosen from the chain, entered near the natural price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra.local.day.trader import Trader

#: Beyond the natural price, so that a moving market does not leave the order behind; dollars per share.
_ROOM: Final = 0.05
Part = tuple[str, str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """A structure as its owner thinks of it: `parts` are side, right, strike over spot; `days` to expiry."""

    label: str
    ticker: str
    parts: Sequence[Part]
    days: int
    qty: int = 1


CONDOR: Final = Combination(
    label="condor",
    ticker="AAPL",
    parts=(("LONG", "PUT", 0.94), ("SHORT", "PUT", 0.97), ("SHORT", "CALL", 1.03), ("LONG", "CALL", 1.06)),
    days=14,
    qty=2,
)
#: One leg ends in the money, or none: what it comes to lies within its width.
SPREAD: Final = Combination(
    label="spread-expiring", ticker="SPY", parts=(("SHORT", "PUT", 1.0), ("LONG", "PUT", 0.98)), days=0
)
#: Deep in the money on its last day: it delivers its shares on paper.
ASSIGNED: Final = Combination(label="put-assigned", ticker="IWM", parts=(("SHORT", "PUT", 1.03),), days=0)


def place(trader: Trader, wish: Combination) -> None:
    """Choose each leg from the chain and place them as one order."""
    expiry = trader.expiry_in(wish.ticker, wish.days)
    if expiry is None:
        trader.surprise(f"no expiry for {wish.label}")
        return
    chain = trader.call("GET", f"/api/market/chain?symbol={wish.ticker}&expiry={expiry}", {200}).body
    found = [(side, _nearest(chain, right, over)) for side, right, over in wish.parts]
    natural = sum(one["ask"] if side == "LONG" else -one["bid"] for side, one in found)
    legs = [
        {"side": side, "option_type": one["option_type"], "strike": one["strike"], "expiry": expiry}
        for side, one in found
    ]
    body: dict[str, object] = {"ticker": wish.ticker, "legs": legs, "qty": wish.qty}
    body["trade_context"] = {"label": wish.label}
    if len(legs) > 1:
        body |= {"order_type": "limit", "limit_price": round(natural + _ROOM, 2)}
    else:
        body["order_type"] = "market"
    key = {"idempotency-key": f"{trader.name}-{wish.label}"}
    answer = trader.call("POST", "/api/trades", {201}, body, key)
    if answer.status == 201:
        trader.trades[wish.label] = answer.body["id"]


def _nearest(chain: Mapping[str, Any], right: str, over: float) -> Mapping[str, Any]:  # Any: JSON of the API
    options = [one for one in chain["items"] if one["option_type"] == right and one["bid"] and one["ask"]]
    return min(options, key=lambda one: abs(one["strike"] - chain["underlying_price"] * over))

"""What a trade would cost, risk and earn."""

from chalicelib.api.shapes.book_with import shape_book_with
from chalicelib.api.shapes.values import number, seen_at
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.commands.preview_trade import Preview


def shape_preview(found: Preview) -> dict[str, JsonValue]:
    """Write a preview; cash that goes out is negative, what could be lost is a size."""
    return {
        "cost": number(-found.cost),
        "loss_at_stop": number(found.at_stop),
        "structure": found.structure.value,
        "max_profit": number(found.at_expiry.max_profit),
        "max_loss": number(found.at_expiry.max_loss),
        "break_evens": [number(price) for price in found.at_expiry.break_evens],
        "payoff": [[number(price), number(result)] for price, result in found.at_expiry.points],
        "payoff_now": [[number(price), number(result)] for price, result in found.at_expiry.now],
        "pop": number(found.at_expiry.chance),
        "greeks": {name: number(getattr(found.greeks, name)) for name in ("delta", "gamma", "theta", "vega")},
        "collateral": number(found.collateral),
        "max_reward": number(found.reward),
        "risk_reward": found.risk_reward,
        "heat_after": number(found.heat_after),
        "heat_after_pct": number(found.heat_after_pct),
        "bid": number(found.bid),
        "ask": number(found.ask),
        "as_of": seen_at(found.quoted_at, found.now),
        "delayed": found.is_delayed,
        "breaks": [
            {"limit": one.limit, "value": number(one.value), "allowed": number(one.allowed)}
            for one in found.breaks
        ],
        "book": None if found.book is None else shape_book_with(found.book),
        "warnings": list(found.warnings),
    }

"""What the paper broker can do: what Tradier can, by the same rules, so that a strategy can move to it."""

from decimal import Decimal
from typing import Final

from chalicelib.brokers.interface import Capabilities

MULTIPLIER: Final = Decimal(100)
OCO_DISTANCE_MIN: Final = Decimal("0.10")


def capabilities_of(delay_seconds: int) -> Capabilities:
    """Describe a paper broker that fills on quotes of this delay."""
    return Capabilities(
        name="paper",
        oco=True,
        holds_protection=True,
        lists_today_only=True,
        min_oco_distance=OCO_DISTANCE_MIN,
        market_orders=True,
        quote_delay_seconds=delay_seconds,
    )

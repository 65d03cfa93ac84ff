"""What Tradier can do, stated and never coerced (wire, sections 6, 7 and 11)."""

from decimal import Decimal
from typing import Final

from chalicelib.brokers.interface import Capabilities
from chalicelib.brokers.tradier.environment import TradierEnvironment

#: OcoPriceDifferenceIsLessThanDelta; the value was seen in a preview (2026-09).
OCO_DISTANCE_MIN: Final = Decimal("0.10")


def capabilities_of(environment: TradierEnvironment) -> Capabilities:
    """Describe one environment."""
    return Capabilities(
        name="tradier-live" if environment.is_live else "tradier-sandbox",
        oco=True,
        holds_protection=True,
        lists_today_only=True,
        min_oco_distance=OCO_DISTANCE_MIN,
        market_orders=True,
        quote_delay_seconds=environment.delay_seconds,
    )

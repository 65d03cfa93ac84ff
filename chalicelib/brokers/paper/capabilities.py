"""What the paper broker can do: what Tradier can, by the same rules, so that a strategy can move to it."""

from decimal import Decimal
from typing import Final

from chalicelib.brokers.interface import Capabilities, Hours
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import TriggerPrecision

MULTIPLIER: Final = Decimal(100)
OCO_DISTANCE_MIN: Final = Decimal("0.10")

PAPER: Final = Capabilities(
    name="paper",
    oco=True,
    holds_protection=True,
    # Its orders meet the quotes that our own clock reads.
    trigger_precision=TriggerPrecision.SNAPSHOT,
    lists_today_only=True,
    keeps_history=False,
    min_oco_distance=OCO_DISTANCE_MIN,
    market_orders=True,
    combined_at_market=True,
    is_outside=False,
    may_be_reset=False,
    delivers_shares=False,
    combined_orders=True,
    fractional_quantities=False,
    stop_types=frozenset({OrderType.STOP}),
    hours=Hours.SESSIONS,
)

"""What Tradier can do, stated and never coerced (wire, sections 6, 7 and 11)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from chalicelib.brokers.interface import Capabilities, Hours
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import TriggerPrecision

#: OcoPriceDifferenceIsLessThanDelta; the value was seen in a preview (2026-09).
OCO_DISTANCE_MIN: Final = Decimal("0.10")


def _environment(*, is_live: bool) -> Capabilities:
    return Capabilities(
        name="tradier-live" if is_live else "tradier-sandbox",
        oco=True,
        holds_protection=True,
        trigger_precision=TriggerPrecision.BROKER_FILL,
        lists_today_only=True,
        keeps_history=is_live,
        min_oco_distance=OCO_DISTANCE_MIN,
        market_orders=True,
        combined_at_market=True,
        is_outside=True,
        may_be_reset=not is_live,
        delivers_shares=is_live,
        combined_orders=True,
        fractional_quantities=False,
        stop_types=frozenset({OrderType.STOP}),
        hours=Hours.SESSIONS,
    )


TRADIER: Final[Mapping[BrokerMode, Capabilities]] = {
    BrokerMode.TRADIER_SANDBOX: _environment(is_live=False),
    BrokerMode.TRADIER_LIVE: _environment(is_live=True),
}

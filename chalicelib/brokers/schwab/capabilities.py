"""What Schwab can do, stated and never coerced (wire/schwab.md, 6)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from chalicelib.brokers.interface import Capabilities, Hours
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.fees import Commission
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import TriggerPrecision

#: No least distance is documented; stop and target are two prices.
OCO_DISTANCE_MIN: Final = Decimal("0.01")
#: schwab.com, pricing (2026-01): 65 cents a contract, to open and to close. Exchange and regulatory fees come
#: on top, and order answers carry none of them.
COMMISSION: Final = Commission(to_open=Decimal("0.65"), to_close=Decimal("0.65"))

SCHWAB: Final[Mapping[BrokerMode, Capabilities]] = {
    BrokerMode.SCHWAB_LIVE: Capabilities(
        name="schwab-live",
        oco=True,
        holds_protection=True,
        trigger_precision=TriggerPrecision.BROKER_FILL,
        lists_today_only=True,
        keeps_history=False,
        min_oco_distance=OCO_DISTANCE_MIN,
        market_orders=True,
        combined_at_market=False,
        is_outside=True,
        may_be_reset=False,
        delivers_shares=True,
        combined_orders=True,
        fractional_quantities=False,
        stop_types=frozenset({OrderType.STOP}),
        hours=Hours.SESSIONS,
        commission=COMMISSION,
    )
}

"""What tastytrade can do, stated and never coerced (wire/tastytrade.md, 7 and 9)."""

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
#: tastytrade.com, pricing (2026-01): a dollar a contract to open, ten at most a leg, nothing to close.
#: Clearing and regulatory fees come on top, and are told only of an order before it fills.
COMMISSION: Final = Commission(to_open=Decimal("1.00"), to_close=Decimal(0), open_leg_max=Decimal(10))


def _environment(*, is_live: bool) -> Capabilities:
    return Capabilities(
        name="tastytrade-live" if is_live else "tastytrade-cert",
        oco=True,
        holds_protection=True,
        trigger_precision=TriggerPrecision.BROKER_FILL,
        lists_today_only=True,
        keeps_history=False,
        min_oco_distance=OCO_DISTANCE_MIN,
        market_orders=True,
        combined_at_market=False,
        is_outside=True,
        may_be_reset=not is_live,
        delivers_shares=is_live,
        combined_orders=True,
        fractional_quantities=False,
        stop_types=frozenset({OrderType.STOP}),
        hours=Hours.SESSIONS,
        commission=COMMISSION,
    )


TASTYTRADE: Final[Mapping[BrokerMode, Capabilities]] = {
    BrokerMode.TASTYTRADE_CERT: _environment(is_live=False),
    BrokerMode.TASTYTRADE_LIVE: _environment(is_live=True),
}

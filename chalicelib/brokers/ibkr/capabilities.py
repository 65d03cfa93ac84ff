"""What Interactive Brokers can do over its Web API, stated and never coerced (wire/ibkr.md, 10)."""

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
#: interactivebrokers.com, pricing, US options, fixed (2026-01): 0.65 a contract. The least of an order, 1.00,
#: is not booked.
COMMISSION: Final = Commission(to_open=Decimal("0.65"), to_close=Decimal("0.65"))


def _environment(*, is_live: bool) -> Capabilities:
    return Capabilities(
        name="ibkr-live" if is_live else "ibkr-paper",
        oco=True,
        holds_protection=True,
        trigger_precision=TriggerPrecision.BROKER_FILL,
        lists_today_only=True,
        keeps_history=False,
        min_oco_distance=OCO_DISTANCE_MIN,
        market_orders=True,
        combined_at_market=True,
        is_outside=True,
        may_be_reset=not is_live,
        delivers_shares=True,
        combined_orders=True,
        fractional_quantities=False,
        stop_types=frozenset({OrderType.STOP}),
        hours=Hours.SESSIONS,
        commission=COMMISSION,
        nets=True,
    )


IBKR: Final[Mapping[BrokerMode, Capabilities]] = {
    BrokerMode.IBKR_PAPER: _environment(is_live=False),
    BrokerMode.IBKR_LIVE: _environment(is_live=True),
}

"""What Binance's spot market can, stated and never coerced (wire/binance.md, 6; C-06)."""

from collections.abc import Mapping
from typing import Final

from chalicelib.brokers.interface import Capabilities, Hours
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import TriggerPrecision


def _environment(*, is_live: bool) -> Capabilities:
    return Capabilities(
        name="binance-live" if is_live else "binance-testnet",
        oco=True,
        holds_protection=True,
        trigger_precision=TriggerPrecision.BROKER_FILL,
        lists_today_only=False,
        keeps_history=False,
        min_oco_distance=ZERO,
        market_orders=True,
        combined_at_market=False,
        is_outside=True,
        may_be_reset=not is_live,
        delivers_shares=False,
        combined_orders=False,
        fractional_quantities=True,
        stop_types=frozenset({OrderType.STOP}),
        hours=Hours.ALWAYS,
    )


BINANCE: Final[Mapping[BrokerMode, Capabilities]] = {
    BrokerMode.BINANCE_TESTNET: _environment(is_live=False),
    BrokerMode.BINANCE_LIVE: _environment(is_live=True),
}

"""What the paper exchange of coins can do: what Binance's spot market can, shorts beside (C-02, C-05)."""

from typing import Final

from chalicelib.brokers.interface import Capabilities, Hours
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import TriggerPrecision

PAPER_COINS: Final = Capabilities(
    name="paper",
    oco=True,
    holds_protection=True,
    # Its orders meet the minutes that our own clock reads.
    trigger_precision=TriggerPrecision.SNAPSHOT,
    lists_today_only=True,
    keeps_history=False,
    min_oco_distance=ZERO,
    market_orders=True,
    combined_at_market=False,
    is_outside=False,
    may_be_reset=False,
    delivers_shares=False,
    combined_orders=False,
    fractional_quantities=True,
    stop_types=frozenset({OrderType.STOP}),
    hours=Hours.ALWAYS,
)

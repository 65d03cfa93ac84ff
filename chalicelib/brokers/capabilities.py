"""What the broker of each mode can do: whoever is above the adapters asks here and compares no modes.

The next broker is a row here, not a search for comparisons.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chalicelib.brokers.binance.capabilities import BINANCE
from chalicelib.brokers.ibkr.capabilities import IBKR
from chalicelib.brokers.interface import Capabilities
from chalicelib.brokers.paper.capabilities import PAPER
from chalicelib.brokers.schwab.capabilities import SCHWAB
from chalicelib.brokers.tastytrade.capabilities import TASTYTRADE
from chalicelib.brokers.tradier.capabilities import TRADIER
from chalicelib.domain.accounts import BrokerMode

CAPABILITIES: Final[Mapping[BrokerMode, Capabilities]] = MappingProxyType(
    {BrokerMode.PAPER: PAPER, **TRADIER, **TASTYTRADE, **SCHWAB, **IBKR, **BINANCE}
)

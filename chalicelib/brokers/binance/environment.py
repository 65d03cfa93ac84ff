"""One of Binance's environments: testnet or live, its host and the credentials that belong to it.

The three travel as one value, so that a key cannot meet the other environment's host (I-29).
"""

from dataclasses import dataclass, field

from chalicelib.brokers.binance.credentials import BinanceCredentials
from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.budget import token_key


@dataclass(frozen=True, slots=True, kw_only=True)
class BinanceEnvironment:
    """Where a key may be sent. Raises ValueError for a mode that is not Binance's, or what is no address."""

    mode: BrokerMode
    base_url: str
    credentials: BinanceCredentials = field(repr=False)

    def __post_init__(self) -> None:
        if self.mode not in {BrokerMode.BINANCE_TESTNET, BrokerMode.BINANCE_LIVE}:
            raise ValueError(f"{self.mode} is not an environment of Binance")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("a base URL of Binance begins with https://")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def orders_key(self) -> str:
        """Return the name under which this account's orders are counted, as the vendor does."""
        return f"{token_key(self.credentials.api_key)}:orders"

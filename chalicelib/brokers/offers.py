"""How each broker is connected to: its accounts by kind of money, and what it wants as credentials (W-03).

A broker that is named and not here cannot be connected yet. The next one is a row here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chalicelib.domain.accounts import BrokerMode, BrokerName

_TRADIER_TOKEN: Final = re.compile(r"[!-~]{4,256}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One broker: a mode for each environment that it has, and the form of each of its credentials.

    Without credentials the broker is ours, and everybody is connected to it.
    """

    modes: tuple[BrokerMode, ...]
    credentials: Mapping[str, re.Pattern[str]]

    def mode(self, environment: str) -> BrokerMode | None:
        """Return this broker's mode in an environment, None where it has none."""
        return next((mode for mode in self.modes if mode.environment == environment), None)


OFFERS: Final[Mapping[BrokerName, Offer]] = MappingProxyType(
    {
        BrokerName.PAPER: Offer(modes=(BrokerMode.PAPER,), credentials={}),
        BrokerName.TRADIER: Offer(
            modes=(BrokerMode.TRADIER_SANDBOX, BrokerMode.TRADIER_LIVE),
            credentials={"token": _TRADIER_TOKEN},
        ),
    }
)

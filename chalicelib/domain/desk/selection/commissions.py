"""What brokers charge per contract (B-04): data, for the friction that a structure must earn.

Sources: the brokers' pricing pages (tradier.com, interactivebrokers.com, schwab.com, tastytrade.com), US
options. What exchange and clearing take is known from an account's history alone and is 0 here until told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from chalicelib.domain.desk.strategies.strategy import DeskBroker

#: When this table was looked through last.
AS_OF: Final = date(2026, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """Dollars per contract to open and to close; `open_leg_max` caps what opening one leg costs."""

    to_open: float
    to_close: float
    open_leg_max: float | None = None
    exchange_fee: float = 0.0

    def round_trip(self, contracts_by_leg: Iterable[int]) -> float:
        """Return what entering and leaving legs of so many contracts costs in dollars."""
        return sum(self._of_leg(contracts) for contracts in contracts_by_leg)

    def _of_leg(self, contracts: int) -> float:
        opening = self.to_open * contracts
        if self.open_leg_max is not None:
            opening = min(opening, self.open_leg_max)
        return opening + (self.to_close + 2 * self.exchange_fee) * contracts


OTHERS: Final = Commission(to_open=0.65, to_close=0.65)
COMMISSIONS: Final[Mapping[DeskBroker, Commission]] = MappingProxyType(
    {
        DeskBroker.TRADIER: Commission(to_open=0.35, to_close=0.35),
        DeskBroker.IBKR: Commission(to_open=0.65, to_close=0.65),
        DeskBroker.SCHWAB: Commission(to_open=0.65, to_close=0.65),
        DeskBroker.TASTYTRADE: Commission(to_open=1.00, to_close=0.0, open_leg_max=10.0),
    }
)


def commission_of(broker: DeskBroker) -> Commission:
    """Return a broker's commission; any other's is 0.65 each way."""
    return COMMISSIONS.get(broker, OTHERS)

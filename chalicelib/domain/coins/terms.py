"""What an exchange tells of a symbol: steps and the least that is taken, how far orders slip (C-03, C-05)."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolFilters:
    """`tick` and `lot` are the steps of prices and quantities, `least_notional` is in the quote's money."""

    tick: Decimal
    lot: Decimal
    least_quantity: Decimal
    most_quantity: Decimal
    least_notional: Decimal

    def is_on_tick(self, price: Decimal) -> bool:
        """Say whether a price can be sent."""
        return price > 0 and price % self.tick == 0

    def is_on_lot(self, quantity: Decimal) -> bool:
        """Say whether a quantity can be sent."""
        return self.least_quantity <= quantity <= self.most_quantity and quantity % self.lot == 0

    def to_tick(self, price: Decimal, *, up: bool | None = None) -> Decimal:
        """Return the price on the step: the nearest, or the next one up or down."""
        rounding = ROUND_HALF_EVEN if up is None else ROUND_CEILING if up else ROUND_DOWN
        return (price / self.tick).to_integral_value(rounding) * self.tick

    def to_lot(self, quantity: Decimal) -> Decimal:
        """Return as much of a quantity as can be traded, 0 where that is too little."""
        cut = min((quantity / self.lot).to_integral_value(ROUND_DOWN) * self.lot, self.most_quantity)
        return cut if cut >= self.least_quantity else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinTerms:
    """What orders of a coin keep to, None: not known, and how far one at market slips, a fraction."""

    filters: SymbolFilters | None
    slippage: Decimal

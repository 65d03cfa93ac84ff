"""What brokers charge, for when the broker's own answer does not say.

Order answers carry no fees (wire/tradier.md, 14; wire/tastytrade.md, 7.3), so a broker's published
commission, which its capabilities state, is booked with each fill; account history corrects it later. Shares
are free of commission (LEAN's fee model). What exchange and clearing take of a sale is known from history
alone.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO, to_cents

COMMISSION_AS_OF: Final = date(2026, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """Dollars per contract to open and to close; `open_leg_max` caps what opening a leg of an order costs."""

    to_open: Decimal
    to_close: Decimal
    open_leg_max: Decimal | None = None

    def of_leg(self, quantity: Decimal, *, closes: bool) -> Decimal:
        """Return the dollars of so many contracts of one order's leg."""
        if closes:
            return self.to_close * quantity
        opening = self.to_open * quantity
        return opening if self.open_leg_max is None else min(opening, self.open_leg_max)


#: tradier.com, pricing: what every broker of ours without a word of its own takes.
COMMISSION_PER_CONTRACT: Final = Decimal("0.35")
STANDARD: Final = Commission(to_open=COMMISSION_PER_CONTRACT, to_close=COMMISSION_PER_CONTRACT)


def estimated_fees(
    quantity: Decimal,
    instrument: Instrument = Instrument.OPTION,
    commission: Commission = STANDARD,
    *,
    closes: bool = False,
    filled_before: Decimal = ZERO,
) -> Decimal:
    """Return the commission in dollars of one fill of so many contracts, or shares.

    `filled_before` is what its order had filled of the same leg already.
    """
    if instrument is not Instrument.OPTION:
        return ZERO
    after = commission.of_leg(filled_before + quantity, closes=closes)
    return to_cents(after - commission.of_leg(filled_before, closes=closes))

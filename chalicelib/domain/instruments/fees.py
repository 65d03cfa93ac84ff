"""What brokers charge, for when the broker's own answer does not say.

Tradier's order answers carry no fees (wire notes, section 14), so its published commission is booked with
each fill; account history corrects it later. Sources: tradier.com pricing, 0.35 $ per contract; shares are
free of commission (LEAN's fee model). What exchange and clearing take of a sale is known from history alone.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO, to_cents

COMMISSION_PER_CONTRACT: Final = Decimal("0.35")
COMMISSION_AS_OF: Final = date(2026, 1, 2)


def estimated_fees(
    quantity: Decimal,
    instrument: Instrument = Instrument.OPTION,
    commission: Decimal = COMMISSION_PER_CONTRACT,
) -> Decimal:
    """Return the commission in dollars of one fill of so many contracts, or shares."""
    return to_cents(quantity * commission) if instrument is Instrument.OPTION else ZERO

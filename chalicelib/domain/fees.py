"""What brokers charge per option contract, for when the broker's own answer does not say.

Tradier's order answers carry no fees (wire notes, section 14), so its published commission is booked with
each fill; account history corrects it later. Source: tradier.com pricing, 0.35 $ per contract.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import to_cents

COMMISSION_PER_CONTRACT: Final = Decimal("0.35")
COMMISSION_AS_OF: Final = date(2026, 1, 2)


def estimated_fees(contracts: Decimal) -> Decimal:
    """Return the commission of one fill in dollars."""
    return to_cents(contracts * COMMISSION_PER_CONTRACT)

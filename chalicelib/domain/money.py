"""Exact money: one rounding rule, one sign convention (cash into the account is positive)."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
#: Prices and quantities are NUMERIC(20,8) in the database.
PRICE_QUANTUM: Final = Decimal("0.00000001")
ZERO: Final = Decimal(0)


def to_cents(amount: Decimal) -> Decimal:
    """Round account money to the cent, half to even; the only place where money is rounded."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def to_price(value: Decimal) -> Decimal:
    """Round a computed price (an average, a mid) to what the database stores."""
    return value.quantize(PRICE_QUANTUM, ROUND_HALF_EVEN)


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return part / whole in per cent with 4 decimals, or None where it is not defined."""
    if whole == 0:
        return None
    return (part / whole * 100).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)

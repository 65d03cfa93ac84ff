"""What a structure has won or lost, was sold and bought back for, and what per cents are of (W-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO, percent, to_cents
from chalicelib.domain.structures.payoff import Bounds
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.terms import LegTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditFigures:
    """What entering brought and leaving took: per share, and in dollars for the whole quantity.

    All None for what was paid for; the exit's None while there is no exit price. A negative debit was
    brought.
    """

    entry_credit: Decimal | None = None
    entry_credit_usd: Decimal | None = None
    exit_debit: Decimal | None = None
    exit_debit_usd: Decimal | None = None


def pnl(legs: Sequence[LegTerms], entry_price: Decimal, price: Decimal, qty: Decimal) -> Decimal:
    """Return the result of `qty` structures between two of their prices, dollars before fees."""
    return structure_sign(legs) * (price - entry_price) * unit_multiplier(legs) * qty


def pnl_by_legs(
    legs: Sequence[LegTerms], entry_prices: Sequence[Decimal], prices: Sequence[Decimal], qty: Decimal
) -> Decimal:
    """Return the same from the legs' own prices, which no rounding of a net price touches."""
    moves = zip(legs, entry_prices, prices, strict=True)
    return sum((leg.units * (now - then) for leg, then, now in moves), ZERO) * qty


def is_credit(legs: Sequence[LegTerms], entry_price: Decimal) -> bool:
    """Say whether entering brought money: a condor at -1.20, a put sold at 2.10; of coins never."""
    if legs[0].instrument is Instrument.CRYPTO:
        return False
    return structure_sign(legs) * entry_price < 0


def credit_figures(
    legs: Sequence[LegTerms], entry_price: Decimal | None, exit_price: Decimal | None, qty: Decimal
) -> CreditFigures:
    """Return the figures of a credit structure; none of them for a debit or before the entry."""
    if entry_price is None or not is_credit(legs, entry_price):
        return CreditFigures()
    sign, dollars = structure_sign(legs), unit_multiplier(legs) * qty
    credit = -sign * entry_price
    debit = None if exit_price is None else -sign * exit_price
    return CreditFigures(
        entry_credit=credit,
        entry_credit_usd=to_cents(credit * dollars),
        exit_debit=debit,
        exit_debit_usd=None if debit is None else to_cents(debit * dollars),
    )


def risk_basis(
    legs: Sequence[LegTerms], entry_price: Decimal, qty: Decimal, bounds: Bounds
) -> Decimal | None:
    """Return the dollars that per cents are of: the maximum loss of a credit, else what was paid.

    None where that is unlimited. What was paid is a debit's premium and the cost of shares and coins.
    """
    if is_credit(legs, entry_price):
        return bounds.max_loss
    return to_cents(abs(entry_price) * unit_multiplier(legs) * qty)


def pnl_pct(result: Decimal, basis: Decimal | None) -> Decimal | None:
    """Return a result in per cent of its basis; None without one."""
    return None if basis is None else percent(result, basis)

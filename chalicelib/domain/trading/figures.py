"""What is shown beside a trade's price: what its per cents are of, and a credit as its owner thinks of it.

Pure; W-02. `price` is the trade's own, per share: signed for several legs.
"""

from decimal import Decimal

from chalicelib.domain.money import to_cents
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.results import credit_figures, is_credit
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.limits import risk_of_one
from chalicelib.domain.trading.trades import Trade


def risk_basis_of(trade: Trade, price: Decimal, qty: Decimal) -> Decimal:
    """Return the dollars that per cents are of: the maximum loss of a credit, else what was paid.

    What is short without a known end, shares from an exercise, counts what it was sold for. Once a leg went
    its own way it stays what it was: what is left can lose otherwise, but was never paid for.
    """
    if trade.risk_basis is not None and not trade.is_whole:
        return trade.risk_basis
    terms = [leg.terms for leg in trade.legs if leg.origin is None]
    sign, multiplier = structure_sign(terms), unit_multiplier(terms)
    paid = abs(price) * multiplier
    if not is_credit(terms, price):
        return to_cents(paid * qty)
    at_worst = risk_of_one(price, None, multiplier, sign=sign, risk_floor=trade.risk_floor)
    return to_cents((at_worst or paid) * qty)


def price_facts(
    trade: Trade, entry_price: Decimal | None, exit_price: Decimal | None, qty: Decimal
) -> TradeFacts:
    """Return what its prices make of a trade of so many structures; nothing before the entry."""
    if entry_price is None or qty == 0:
        return {}
    terms = [leg.terms for leg in trade.legs if leg.origin is None]
    figures = credit_figures(terms, entry_price, exit_price, qty)
    return {
        "risk_basis": risk_basis_of(trade, entry_price, qty),
        "entry_credit": figures.entry_credit,
        "entry_credit_usd": figures.entry_credit_usd,
        "exit_debit": figures.exit_debit,
        "exit_debit_usd": figures.exit_debit_usd,
    }

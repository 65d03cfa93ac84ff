"""What positions that are held together hold back, by the rules that structures are entered by (W-01); pure.

Premiums are left out: what was paid has left the cash, what was received is in it. So a short put holds its
strike and a credit spread its width; with the credit in the cash, buying power falls by the maximum loss.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from chalicelib.brokers.paper.capabilities import MULTIPLIER
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.structures.exposure import is_unlimited, owed_at_worst, uncovered_units
from chalicelib.domain.structures.terms import LegTerms

Quantities = Mapping[str, Decimal]
"""Contracts, or shares, by their symbols: below 0 where they are short."""

_ONE: Final = Decimal(1)


@lru_cache(maxsize=4096)
def contract_of(symbol: str) -> OptionContract | None:
    """Return the contract of a symbol, None for shares."""
    try:
        return OptionContract.parse_occ(symbol)
    except NotAnOptionSymbol:
        return None


def multiplier_of(symbol: str) -> Decimal:
    """Return the shares that one of it stands for."""
    return _ONE if contract_of(symbol) is None else MULTIPLIER


def terms_of(quantities: Quantities) -> tuple[LegTerms, ...]:
    """Return positions of one underlying as the legs of one structure, in their order."""
    return tuple(_leg(symbol, quantity) for symbol, quantity in quantities.items())


def _leg(symbol: str, quantity: Decimal) -> LegTerms:
    contract = contract_of(symbol)
    return LegTerms(
        instrument=Instrument.EQUITY if contract is None else Instrument.OPTION,
        side=LegSide.LONG if quantity > 0 else LegSide.SHORT,
        ratio=int(abs(quantity)),
        multiplier=multiplier_of(symbol),
        option_type=None if contract is None else contract.option_type,
        strike=None if contract is None else contract.strike,
        expiry=None if contract is None else contract.expiry,
    )


def worst_loss(quantities: Quantities) -> Decimal | None:
    """Return the dollars that positions of one underlying can come to owe; None where nothing bounds them."""
    return _worst_loss(tuple(quantities.items()))


@lru_cache(maxsize=1024)  # a scan asks it of every group that is held, again and again
def _worst_loss(quantities: tuple[tuple[str, Decimal], ...]) -> Decimal | None:
    legs = terms_of(dict(quantities))
    return None if is_unlimited(legs) else owed_at_worst(legs)


def shares_to_cover(quantities: Quantities) -> Decimal:
    """Return how many shares more would bound what these positions can lose; 0 where it is bounded."""
    return uncovered_units(terms_of(quantities))

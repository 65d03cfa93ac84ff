"""What expiry does to a paper account; pure but for the ledger it moves."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from chalicelib.brokers.paper.collateral import terms_of
from chalicelib.brokers.paper.groups import without
from chalicelib.brokers.paper.ledger import Ledger
from chalicelib.domain.structures.exposure import intrinsic


def settle_expired(ledger: Ledger, closes: Mapping[str, Decimal], now: datetime) -> None:
    """Take expired contracts off the books at their intrinsic value: short ones pay it.

    `closes` maps the contracts to the price of their underlying that they settle on.
    """
    for symbol, close in closes.items():
        holding = ledger.holdings.get(symbol)
        if holding is None:
            continue
        (leg,) = terms_of({symbol: holding.quantity})
        worth = leg.units * intrinsic(leg, close)
        ledger.groups = without(ledger.groups, symbol)
        ledger.move(holding, -holding.quantity, -worth, now)

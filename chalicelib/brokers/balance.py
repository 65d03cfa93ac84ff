"""What a broker says of an account's money, and of what counts in it beside money."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """What an account of coins holds of one: its pair against the account's money, and what it is worth.

    `worth` is None for what has no pair: it counts for nothing.
    """

    symbol: str
    quantity: Decimal
    worth: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The account's money in dollars, as the broker says; None where it does not.

    `assets` are what counts in it beside money, where the broker tells of both at once.
    """

    equity: Decimal | None
    cash: Decimal | None
    buying_power: Decimal | None
    assets: tuple[Asset, ...] = ()

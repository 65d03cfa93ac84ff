"""The books that a backtest trades through: the paper broker's own, as the engine asks them (B-12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.market.quotes import OptionQuote

Quotes = Mapping[str, OptionQuote]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLeg:
    """One leg of an order: `ratio` of it make a unit."""

    symbol: str
    side: OrderSide
    ratio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What filled of an order: whole units, a price for one, each leg's price per share, fees in dollars.

    The price of several legs is what is paid, below 0 for what is received.
    """

    quantity: Decimal
    price: Decimal
    leg_prices: tuple[Decimal, ...]
    fees: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHolding:
    """A holding as it is kept between two slices."""

    symbol: str
    underlying: str
    quantity: Decimal
    cost_basis: Decimal
    mark_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGroup:
    """What belongs together, as it is kept between two slices."""

    id: UUID
    underlying: str
    quantities: tuple[tuple[str, Decimal], ...]
    delivers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAccount:
    """An account between two slices; `orders` is how many it has had, which names the next."""

    cash: Decimal
    orders: int
    holdings: tuple[KeptHolding, ...] = ()
    groups: tuple[KeptGroup, ...] = ()


class Books(Protocol):
    """One paper account. Amounts are dollars."""

    def equity(self) -> Decimal:
        """Return cash and holdings at their last marks."""
        ...

    def free_cash(self) -> Decimal:
        """Return what positions leave free."""
        ...

    def shares(self, underlying: str) -> Decimal:
        """Return the shares that cover nothing."""
        ...

    def held_shares(self, underlying: str) -> Decimal:
        """Return all shares that are held."""
        ...

    def trade(
        self,
        legs: Sequence[OrderedLeg],
        quantity: Decimal,
        limit: Decimal | None,
        quotes: Quotes,
        at: datetime,
        underlying: str,
    ) -> Filled | None:
        """Send one order that fills now or never; `limit` None takes what is shown. None: nothing filled."""
        ...

    def settle(self, prices: Mapping[str, Decimal], at: datetime) -> None:
        """Take expired contracts off the books at the price of their underlying."""
        ...

    def mark(self, prices: Mapping[str, Decimal]) -> None:
        """Value what is held at these prices per share."""
        ...

    def kept(self) -> KeptAccount:
        """Return the account as it goes on from here."""
        ...

"""What the brokers themselves know, in one form for all emulated ones and for the paper broker's books."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import gcd
from typing import Final

#: What worked when its account was wiped: it never will again, and nobody cancelled it.
WIPED: Final = "wiped"
#: The classes of orders whose legs are taken together or not at all.
COMBINED: Final = frozenset({"multileg", "combo"})
WORKING: Final = frozenset({"open", "pending", "partially_filled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthOrder:
    """An order as its broker has it; an OCO has legs and no fields of its own.

    The legs of a combined order (`is_combined`) fill together: `executed` counts units of them, and the price
    of its own is the broker's, which nothing is held against.
    """

    order_id: str
    status: str
    tag: str | None
    symbol: str
    side: str
    type: str
    quantity: Decimal
    executed: Decimal
    average: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    created_at: datetime
    changed_at: datetime
    legs: tuple["TruthOrder", ...] = ()
    is_combined: bool = False

    @property
    def is_working(self) -> bool:
        """Say whether it may still fill."""
        return self.status in WORKING

    @property
    def remaining(self) -> Decimal:
        """Return what may still fill."""
        return self.quantity - self.executed if self.is_working else Decimal(0)

    def trading(self) -> tuple["TruthOrder", ...]:
        """Return what trades: the legs, or the order itself."""
        return self.legs or (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthAccount:
    """One account at its broker: every order it ever took, what it holds, its cash in dollars.

    `dividends` are dollars that came beside all orders.

    One of coins (`keeps_own`) holds what is its owner's beside ours; `fees` are what executions cost there,
    at the least and at the most, by order.

    `taken` is what went from it without an order, by contract; `by_hand` are orders that no product placed,
    `wiped` those that a wipe made the broker forget: what happened to them last nobody could hear.
    """

    mode: str
    account_id: str
    orders: tuple[TruthOrder, ...]
    positions: Mapping[str, Decimal]
    cash: Decimal
    starting_cash: Decimal
    taken: Mapping[str, Decimal] = field(default_factory=dict)
    by_hand: frozenset[str] = frozenset()
    wiped: frozenset[str] = frozenset()
    dividends: Decimal = Decimal(0)
    keeps_own: bool = False
    fees: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    _by_tag: dict[str, list[TruthOrder]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def by_tag(self) -> Mapping[str, list[TruthOrder]]:
        """Return the orders by their tags; an order without one stands under the empty text.

        Told apart once: a look asks for it trade by trade.
        """
        if not self._by_tag:
            for order in self.orders:
                self._by_tag.setdefault(order.tag or "", []).append(order)
        return self._by_tag


def outside_account(
    account_id: str,
    orders: Sequence[Mapping[str, object]],
    positions: Sequence[Mapping[str, object]],
    *,
    mode: str,
    cash: Decimal,
    starting_cash: Decimal,
    taken: Mapping[str, int],
    by_hand: Collection[int],
) -> TruthAccount:
    """Read an account from its emulator's own record, which has one form for all: Tradier's words."""
    return TruthAccount(
        mode=mode,
        account_id=account_id,
        orders=tuple(_order(order) for order in orders),
        positions={str(held["symbol"]): Decimal(str(held["quantity"])) for held in positions},
        cash=cash,
        starting_cash=starting_cash,
        taken={symbol: Decimal(quantity) for symbol, quantity in taken.items()},
        by_hand=frozenset(str(one) for one in by_hand),
    )


def _order(order: Mapping[str, object]) -> TruthOrder:
    found = order.get("leg")
    legs = tuple(_order(leg) for leg in found) if isinstance(found, list) else ()
    is_combined = order.get("class") in COMBINED
    quantity, executed = _number(order.get("quantity")), _number(order.get("exec_quantity"))
    if is_combined:  # Tradier adds its legs up
        quantity = Decimal(gcd(*(int(leg.quantity) for leg in legs)))
        executed = min(leg.executed * quantity / leg.quantity for leg in legs)
    return TruthOrder(
        order_id=str(order["id"]),
        status=str(order["status"]),
        tag=_tag(order, legs),
        symbol=str(order.get("option_symbol") or order.get("symbol") or ""),
        side=str(order.get("side", "")),
        type=str(order.get("type", "")),
        quantity=quantity or Decimal(0),
        executed=executed or Decimal(0),
        average=_number(order.get("avg_fill_price")) or Decimal(0),
        limit_price=_number(order.get("price")),
        stop_price=_number(order.get("stop_price")),
        created_at=datetime.fromisoformat(str(order["create_date"])),
        changed_at=datetime.fromisoformat(str(order["transaction_date"])),
        legs=legs,
        is_combined=is_combined,
    )


def _tag(order: Mapping[str, object], legs: Sequence[TruthOrder]) -> str | None:
    """Return an order's tag; a group without one has that of its first order."""
    if order.get("tag") is not None:
        return str(order["tag"])
    return next((leg.tag for leg in legs if leg.tag is not None), None)


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def wiped(order: Mapping[str, object]) -> Mapping[str, object]:
    """Return an order, in Tradier's words, as it is once its account was wiped."""
    legs = order.get("leg")
    shown = dict(order) | ({"status": WIPED} if order.get("status") in WORKING else {})
    return shown | {"leg": [wiped(one) for one in legs]} if isinstance(legs, list) else shown

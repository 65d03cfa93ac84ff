"""How a fill of coins is booked, and what it needs: USDT alone, without leverage (C-02, C-05).

Pure but for the ledger. What a short sale brought stays put aside with as much again, so that a short takes
of the free balance what a long of its size would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.brokers.paper.execution import book_order, follow_alternatives
from chalicelib.brokers.paper.ledger import Ledger, PaperFill, PaperOrder
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import OrderStatus

FEE_SHARE: Final = Decimal("0.001")
FEE_ASSET: Final = "USDT"
#: Fill rules, as they are stored with each fill.
AT_MARKET: Final = "last+slippage"
BY_MINUTE: Final = "minute"
BY_AMBIGUOUS_MINUTE: Final = "minute+ambiguous"
NO_BALANCE: Final = "Account has insufficient balance for requested action."
NOTHING_HELD: Final = "Nothing is held that this order could close."
OTHER_WAY_HELD: Final = "The account holds this coin the other way round."
_AMBIGUOUS: Final = "ambiguous candle: stop and target lay in one minute, the stop counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinFill:
    """A whole order's fill: `quoted_at` is of the price that it follows, `at` when it counts."""

    price: Decimal
    quoted_at: datetime
    at: datetime
    rule: str
    source: str


def needed(quantity: Decimal, price: Decimal) -> Decimal:
    """Return the USDT that opening so much takes of the free balance, its fee included."""
    return to_price(quantity * price * (1 + FEE_SHARE))


def free_balance(ledger: Ledger) -> Decimal:
    """Return the USDT that positions and working orders leave."""
    shorts = sum((-one.cost_basis for one in ledger.holdings.values() if one.quantity < 0), ZERO)
    return ledger.cash - ledger.reserved() - 2 * shorts


def is_held_the_other_way(ledger: Ledger, symbol: str, side: OrderSide) -> bool:
    """Say whether what this side opens would be netted against what is held."""
    return ledger.held(symbol) * side.sign < 0


def execute(ledger: Ledger, order: PaperOrder, fill: CoinFill, new_id: Callable[[], UUID]) -> None:
    """Book what fills; an order that balance or holdings no longer cover ends instead."""
    quantity = order.remaining
    if order.side.is_closing:
        quantity = min(quantity, max(ZERO, -order.side.sign * ledger.held(order.symbol)))
    refusal = _refusal(ledger, order, quantity, fill.price)
    if refusal is not None:
        order.end(OrderStatus.REJECTED, fill.at, refusal)
        follow_alternatives(ledger, order)
        return
    value = to_price(quantity * fill.price)
    fees = to_price(value * FEE_SHARE)
    order.fill_rule = fill.rule
    if fill.rule == BY_AMBIGUOUS_MINUTE:
        order.reason = _AMBIGUOUS
    ledger.fills.append(
        PaperFill(
            id=new_id(),
            order_id=order.id,
            symbol=order.symbol,
            is_buy=order.side.is_buy,
            quantity=quantity,
            price=fill.price,
            fees=fees,
            fill_rule=fill.rule,
            quoted_at=fill.quoted_at,
            bid=None,
            ask=None,
            source=fill.source,
            filled_at=fill.at,
            fee_asset=FEE_ASSET,
        )
    )
    ledger.cash -= fees
    ledger.realize(-fees, fill.at)
    sign = order.side.sign
    ledger.move(ledger.holding(order.symbol, order.symbol), sign * quantity, sign * value, fill.at)
    book_order(ledger, order, quantity, fill.price, [fill.price], fees, fill.at)


def _refusal(ledger: Ledger, order: PaperOrder, quantity: Decimal, price: Decimal) -> str | None:
    if order.side.is_closing:
        return None if quantity > 0 else NOTHING_HELD
    if is_held_the_other_way(ledger, order.symbol, order.side):
        return OTHER_WAY_HELD
    put_aside = order.reserve * order.remaining
    return None if needed(quantity, price) <= free_balance(ledger) + put_aside else NO_BALANCE

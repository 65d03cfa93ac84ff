"""What changes of a trade and of an order once they are stored: the facts a step may write, by name and type.

TypedDicts: what changes is worked out, compared, put together and written as one value, and what is left out
stays as it is, which a dataclass could only say by a marker in every field. A misspelt name or a value of
another type fails in mypy; at run time they are plain dicts and cost nothing more.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final, TypedDict, TypeVar, cast

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import Order, OrderLeg, OrderStatus
from chalicelib.domain.trading.trades import CloseReason, Trade, TradeStatus

_NOT_SHOWN: Final = object()


class TradeFacts(TypedDict, total=False):
    """Facts of a trade that change: units as in `Trade`, the outcome in dollars, its time in hours."""

    status: TradeStatus
    version: int
    filled_qty: Decimal
    open_qty: Decimal
    excess_qty: Decimal
    missing_qty: Decimal
    entry_price: Decimal | None
    entry_date: datetime | None
    sl_price: Decimal | None
    tp_price: Decimal | None
    trailing_pct: Decimal | None
    ai_paused: bool
    override_count: int
    close_requested_at: datetime | None
    cancel_requested_at: datetime | None
    closing_reason: CloseReason | None
    close_reason: CloseReason | None
    close_detail: str | None
    close_price: Decimal | None
    close_date: datetime | None
    realized_pnl: Decimal | None
    realized_pnl_pct: Decimal | None
    unrealized_pnl: Decimal | None
    fees: Decimal
    hold_duration_h: Decimal | None
    max_gain: Decimal | None
    max_drawdown: Decimal | None
    drawdown_from_peak: Decimal | None
    protection_failures: int
    protection_tried_at: datetime | None
    unprotected_since: datetime | None
    stops_max: int | None
    trade_context: JsonValue
    closing_limit_price: Decimal | None
    closing_qty: Decimal | None
    closing_buffer_pct: Decimal | None
    closing_hurried_at: datetime | None
    walk_ended_at: datetime | None
    risk_floor: Decimal
    risk_basis: Decimal | None
    entry_credit: Decimal | None
    entry_credit_usd: Decimal | None
    exit_debit: Decimal | None
    exit_debit_usd: Decimal | None


class OrderFacts(TypedDict, total=False):
    """Facts of an order that change: where it stands, what filled of it, and the broker's word."""

    status: OrderStatus
    filled_quantity: Decimal
    avg_fill_price: Decimal | None
    broker_order_id: str | None
    parent_broker_order_id: str | None
    reason: str | None
    submitted_at: datetime | None
    cancel_requested_at: datetime | None
    missed_at: datetime | None
    ended_at: datetime | None
    handled: bool
    legs: tuple[OrderLeg, ...]


Facts = TypeVar("Facts", TradeFacts, OrderFacts)


def differing(stored: Trade | Order, facts: Facts) -> Facts:
    """Return the facts that are not stored so; what a `Trade` does not show is always among them."""
    found = {name: value for name, value in facts.items() if getattr(stored, name, _NOT_SHOWN) != value}
    return cast(Facts, found)  # a part of them: every fact may be left out

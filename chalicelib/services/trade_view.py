"""A trade as its owner reads it: the shape of api.md, from rows."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, RowMapping, select

from chalicelib.domain.orders import UNSETTLED, Order, OrderRole
from chalicelib.domain.ports import JsonValue
from chalicelib.domain.trades import Leg
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.services.shapes import instant, number
from chalicelib.store.schema import paper_trades, trade_changes
from chalicelib.store.trades import load_legs, load_orders

_PLAIN: Final = (
    "id",
    "version",
    "originator",
    "originator_id",
    "strategy",
    "status",
    "created_at",
    "last_updated",
    "is_locked",
    "ticker",
    "option_type",
    "strike",
    "expiry",
    "qty",
    "filled_qty",
    "open_qty",
    "order_type",
    "limit_price",
    "entry_price",
    "entry_date",
    "delta_at_entry",
    "iv_at_entry",
    "sl_price",
    "tp_price",
    "override_count",
    "close_requested_at",
    "current_price",
    "mark_at",
    "delayed",
    "unrealized_pnl",
    "max_gain",
    "max_drawdown",
    "close_price",
    "close_date",
    "close_reason",
    "realized_pnl",
    "realized_pnl_pct",
    "fees",
    "hold_duration_h",
    "broker_mode",
    "trigger_precision",
    "card_score",
    "ai_score",
    "ai_verdict",
    "gate_verdict",
    "technical_score",
    "sentiment_score",
)
_DETAIL: Final = (
    "signals_snapshot",
    "signals_given",
    "market_regime",
    "order_book_state",
    "ai_reasoning_log",
    "target_pnl_15m",
    "target_pnl_1h",
    "target_mfe_pct",
    "target_mae_pct",
    "trade_context",
)
#: What a list reads: everything but the time capsule, which may be large.
LISTED_COLUMNS: Final = tuple(
    column for column in paper_trades.c if column.name not in {*_DETAIL, "idempotency_key", "closing_reason"}
)


def detail(env: Environment, username: str, trade_id: UUID) -> dict[str, JsonValue]:
    """Read one trade with its detail; raises NotFound for an unknown or foreign id."""
    return env.database.run(lambda connection: detail_in(connection, trade_id), username=username)


def detail_in(connection: Connection, trade_id: UUID) -> dict[str, JsonValue]:
    """Read one trade with its detail inside a transaction."""
    row = (
        connection.execute(select(paper_trades).where(paper_trades.c.id == trade_id)).mappings().one_or_none()
    )
    if row is None:
        raise NotFound("trade")
    (view,) = summaries(connection, [row])
    view |= {name: plain(row[name]) for name in _DETAIL}
    view["changes"] = list(changes(connection, trade_id))
    return view


def summaries(connection: Connection, rows: Sequence[RowMapping]) -> list[dict[str, JsonValue]]:
    """Shape trades for a list: legs and orders of all of them in one statement each."""
    ids = [row["id"] for row in rows]
    legs, orders = load_legs(connection, ids), load_orders(connection, ids)
    return [_view(row, legs.get(row["id"], ()), orders.get(row["id"], ())) for row in rows]


def _view(row: RowMapping, legs: Sequence[Leg], orders: Sequence[Order]) -> dict[str, JsonValue]:
    view: dict[str, JsonValue] = {name: plain(row[name]) for name in _PLAIN}
    view["settling"] = any(order.status in UNSETTLED for order in orders)
    view["legs"] = [_leg(leg) for leg in legs]
    view["targets"] = _targets(row, orders)
    view["orders"] = [_order(order) for order in orders]
    return view


def _leg(leg: Leg) -> dict[str, JsonValue]:
    names = ("symbol", "multiplier", "side", "ratio", "quantity", "option_type", "strike", "expiry")
    shaped = {name: plain(getattr(leg, name)) for name in names}
    prices = {"entry_price": plain(leg.entry_price), "close_price": plain(leg.close_price)}
    return {"instrument": plain(leg.instrument), **shaped, **prices}


def _order(order: Order) -> dict[str, JsonValue]:
    names = (
        "id",
        "role",
        "status",
        "broker_order_id",
        "type",
        "side",
        "quantity",
        "filled_quantity",
        "limit_price",
        "stop_price",
        "avg_fill_price",
        "duration",
        "submitted_at",
    )
    return {name: plain(getattr(order, name)) for name in names}


def _targets(row: RowMapping, orders: Sequence[Order]) -> list[JsonValue]:
    """System A has one target, over the whole holding."""
    if row["tp_price"] is None:
        return []
    order = next((one for one in reversed(orders) if one.role is OrderRole.TAKE_PROFIT), None)
    quantity = order.quantity if order is not None else (row["open_qty"] or row["qty"])
    return [
        {
            "id": str(order.id) if order is not None else str(row["id"]),
            "price": number(row["tp_price"]),
            "share": 1,
            "quantity": number(quantity),
            "order_id": None if order is None else str(order.id),
            "state": "WAITING" if order is None else str(order.status),
            "filled_at": instant(order.ended_at) if order is not None and order.filled_quantity else None,
        }
    ]


def changes(connection: Connection, trade_id: UUID) -> Sequence[dict[str, JsonValue]]:
    """Read a trade's changes of stop and target, oldest first, in the shape of api.md."""
    rows = connection.execute(
        select(trade_changes)
        .where(trade_changes.c.trade_id == trade_id)
        .order_by(trade_changes.c.at, trade_changes.c.id)
    ).mappings()
    names = ("id", "at", "triggered_by", "kind", "reason", "state", "error")
    return [
        {name: plain(row[name]) for name in names}
        | {"before": _prices(row["before"]), "after": _prices(row["after"])}
        for row in rows
    ]


def _prices(stored: Mapping[str, str | None]) -> dict[str, JsonValue]:
    return {name: None if price is None else number(Decimal(price)) for name, price in stored.items()}


def plain(value: object) -> Any:  # Any: whatever JSON has for it
    """Turn a column's value into JSON's: instants with Z, dates, exact decimals as numbers."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        return str(value)
    return value

"""Trades and what belongs to them: legs, orders, fills, changes, transitions, snapshots."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

from chalicelib.store.schema.columns import (
    INSTANT,
    PRICE,
    instants,
    metadata,
    parent_key,
    prices,
    stamp,
    text_column,
    trade_key,
)

paper_trades: Final = Table(
    "paper_trades",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    text_column("originator", nullable=False, server_default="PERSON"),
    text_column("originator_id"),
    text_column("strategy"),
    text_column("status", nullable=False, server_default="PENDING"),
    Column("is_locked", Boolean, Computed("status in ('CLOSED', 'EXPIRED', 'CANCELED')"), nullable=False),
    stamp("created_at"),
    stamp("last_updated"),
    text_column("idempotency_key"),
    Column("import_id", Uuid),
    text_column("ticker", nullable=False),
    text_column("option_type"),
    Column("strike", PRICE),
    Column("expiry", Date),
    Column("qty", PRICE, nullable=False),
    Column("filled_qty", PRICE, nullable=False, server_default="0"),
    Column("open_qty", PRICE, nullable=False, server_default="0"),
    Column("excess_qty", PRICE, nullable=False, server_default="0"),
    Column("missing_qty", PRICE, nullable=False, server_default="0"),
    text_column("order_type", nullable=False),
    *prices("limit_price", "asked_price", "entry_price"),
    Column("entry_date", INSTANT),
    *prices("delta_at_entry", "iv_at_entry", "sl_price", "tp_price", "trailing_pct", "initial_sl"),
    *prices("planned_exit", "best_price", "drawdown_from_peak"),
    Column("ai_paused", Boolean, nullable=False, server_default="false"),
    Column("override_count", Integer, nullable=False, server_default="0"),
    *instants("close_requested_at", "cancel_requested_at"),
    text_column("closing_reason"),
    Column("protection_failures", Integer, nullable=False, server_default="0"),
    *instants("protection_tried_at", "unprotected_since"),
    Column("stops_max", SmallInteger),
    Column("current_price", PRICE),
    Column("mark_at", INSTANT),
    Column("delayed", Boolean, nullable=False, server_default="false"),
    *prices("unrealized_pnl", "max_gain", "max_drawdown", "close_price"),
    Column("close_date", INSTANT),
    text_column("close_reason"),
    text_column("close_detail"),
    *prices("realized_pnl", "realized_pnl_pct", "closing_limit_price", "closing_qty"),
    text_column("structure"),
    Column("risk_floor", PRICE, nullable=False, server_default="0"),
    *prices("risk_basis", "entry_credit", "entry_credit_usd", "exit_debit", "exit_debit_usd"),
    Column("fees", PRICE, nullable=False, server_default="0"),
    *prices("walk_worst", "walk_step"),
    Column("walk_step_seconds", Integer),
    Column("walk_seconds", Integer),
    Column("walk_ended_at", INSTANT),
    Column("closing_buffer_pct", PRICE),
    Column("closing_hurried_at", INSTANT),
    Column("hold_duration_h", PRICE),
    text_column("broker_mode", nullable=False),
    text_column("account_id", nullable=False),
    text_column("trigger_precision", nullable=False, server_default="BROKER_FILL"),
    *prices("card_score", "ai_score"),
    text_column("ai_verdict"),
    text_column("gate_verdict"),
    *prices("technical_score", "sentiment_score"),
    Column("signals_snapshot", JSONB),
    Column("signals_given", JSONB),
    Column("market_regime", JSONB),
    Column("order_book_state", JSONB),
    Column("ai_reasoning_log", JSONB),
    *prices("target_pnl_15m", "target_pnl_1h", "target_mfe_pct", "target_mae_pct"),
    Column("pnl_attribution", JSONB),
    Column("trade_context", JSONB),
    Column("analysed_at", INSTANT),
    text_column("forensics_source"),
    Column("shadow_of", Uuid),
    parent_key("shadow_of", "paper_trades"),
    UniqueConstraint("id", "username"),
    UniqueConstraint("username", "idempotency_key"),
)
Index("paper_trades_status", paper_trades.c.username, paper_trades.c.status)
Index("paper_trades_newest", paper_trades.c.username, paper_trades.c.id.desc())
Index(
    "paper_trades_unanalysed",
    paper_trades.c.close_date,
    postgresql_where=text("is_locked and analysed_at is null and status <> 'CANCELED'"),
)
Index(
    "paper_trades_ended",
    paper_trades.c.username,
    paper_trades.c.close_date.desc(),
    paper_trades.c.id.desc(),
    postgresql_where=text("is_locked"),
)
Index("paper_trades_context", paper_trades.c.trade_context, postgresql_using="gin")
Index(
    "paper_trades_working",
    paper_trades.c.broker_mode,
    paper_trades.c.account_id,
    postgresql_where=text("not is_locked"),
)

Index(
    "paper_trades_shadows",
    paper_trades.c.shadow_of,
    unique=True,
    postgresql_where=text("shadow_of is not null"),
)

trade_legs: Final = Table(
    "trade_legs",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    Column("leg_no", SmallInteger, nullable=False),
    text_column("instrument", nullable=False),
    text_column("symbol", nullable=False),
    Column("multiplier", PRICE, nullable=False),
    text_column("side", nullable=False),
    Column("ratio", Integer, nullable=False, server_default="1"),
    Column("quantity", PRICE, nullable=False),
    text_column("option_type"),
    Column("strike", PRICE),
    Column("expiry", Date),
    *prices("entry_price", "close_price", "apart_qty"),
    Column("missing_qty", PRICE, nullable=False, server_default="0"),
    text_column("origin"),
    *prices("price_step", "quantity_step"),
    UniqueConstraint("trade_id", "leg_no"),
    trade_key(),
)
Index("trade_legs_user", trade_legs.c.username, trade_legs.c.trade_id)

orders: Final = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    text_column("role", nullable=False),
    text_column("tag", nullable=False),
    text_column("status", nullable=False, server_default="INTENT"),
    text_column("type", nullable=False),
    text_column("side", nullable=False),
    text_column("symbol", nullable=False),
    Column("quantity", PRICE, nullable=False),
    Column("filled_quantity", PRICE, nullable=False, server_default="0"),
    *prices("limit_price", "stop_price", "avg_fill_price"),
    text_column("duration", nullable=False),
    text_column("broker_order_id"),
    text_column("parent_broker_order_id"),
    text_column("reason"),
    stamp("created_at"),
    *instants("submitted_at", "cancel_requested_at", "missed_at", "ended_at"),
    Column("handled", Boolean, nullable=False, server_default="false"),
    Column("legs", JSONB, nullable=False, server_default="[]"),
    Column("target_no", SmallInteger, nullable=False, server_default="1"),
    UniqueConstraint("tag", "role"),
    UniqueConstraint("id", "username"),
    trade_key(),
)
Index("orders_user", orders.c.username, orders.c.trade_id)
Index("orders_trade", orders.c.trade_id)
Index(
    "orders_one_alive",
    orders.c.trade_id,
    orders.c.role,
    orders.c.target_no,
    unique=True,
    postgresql_where=text("status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"),
)
Index(
    "orders_outstanding",
    orders.c.username,
    postgresql_where=text("status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"),
)

fills: Final = Table(
    "fills",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    Column("order_id", Uuid),
    text_column("kind", nullable=False, server_default="FILL"),
    Column("is_buy", Boolean, nullable=False),
    Column("quantity", PRICE, nullable=False),
    Column("price", PRICE, nullable=False),
    Column("fees", PRICE, nullable=False, server_default="0"),
    text_column("fill_rule", nullable=False),
    Column("filled_at", INSTANT, nullable=False),
    stamp("created_at"),
    Column("order_filled_quantity", PRICE),
    Column("leg_no", SmallInteger, nullable=False, server_default="1"),
    UniqueConstraint("order_id", "leg_no", "order_filled_quantity"),
    UniqueConstraint("id", "username"),
    trade_key(),
    parent_key("order_id", "orders"),
)
Index("fills_user", fills.c.username, fills.c.trade_id)
Index("fills_trade", fills.c.trade_id)
Index(
    "fills_told",
    fills.c.filled_at,
    postgresql_where=fills.c.fill_rule.in_(["owner", "owner_overruled"]),
)

state_transitions: Final = Table(
    "state_transitions",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    stamp("at"),
    text_column("from_status"),
    text_column("to_status", nullable=False),
    text_column("actor", nullable=False),
    text_column("reason"),
    trade_key(),
)
Index(
    "state_transitions_user",
    state_transitions.c.username,
    state_transitions.c.trade_id,
    state_transitions.c.at,
)

trade_amendments: Final = Table(
    "trade_amendments",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    stamp("at"),
    Column("fill_id", Uuid, nullable=False),
    text_column("reason", nullable=False),
    Column("realized_pnl", PRICE),
    Column("held_qty", PRICE, nullable=False),
    trade_key(),
    parent_key("fill_id", "fills"),
)
Index("trade_amendments_user", trade_amendments.c.username, trade_amendments.c.trade_id)

price_snapshots: Final = Table(
    "price_snapshots",
    metadata,
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    Column("leg_no", SmallInteger, nullable=False, server_default="1"),
    Column("timestamp", INSTANT, nullable=False),
    text_column("kind", nullable=False),
    *prices("mark_price", "bid", "ask", "delta", "gamma", "theta", "vega", "iv", "underlying"),
    text_column("source"),
    Column("stale", Boolean, nullable=False, server_default="false"),
    Column("one_sided", Boolean, nullable=False, server_default="false"),
    Column("delayed", Boolean, nullable=False, server_default="false"),
    text_column("reason"),
    PrimaryKeyConstraint("trade_id", "timestamp", "kind", "leg_no"),
    trade_key(),
    postgresql_partition_by='RANGE ("timestamp")',
)
Index(
    "price_snapshots_user",
    price_snapshots.c.username,
    price_snapshots.c.trade_id,
    price_snapshots.c.timestamp,
)

Index(
    "paper_trades_import",
    paper_trades.c.username,
    paper_trades.c.import_id,
    postgresql_where=text("import_id is not null"),
)

trade_imports: Final = Table(
    "trade_imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    stamp("at"),
    Column("trades", Integer, nullable=False),
    Column("total_pnl", PRICE, nullable=False),
    Column("bytes", BigInteger, nullable=False, server_default="0"),
    Column("undone_at", INSTANT),
)
Index("trade_imports_user", trade_imports.c.username, trade_imports.c.id)

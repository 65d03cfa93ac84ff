"""The tables as SQLAlchemy Core sees them; migrations make them, and a test compares the two.

Constraints and indexes that only the database needs to know stand in the migration; here is what statements
are built from.
"""

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

metadata: Final = MetaData()

_PRICE: Final = Numeric(20, 8)
_INSTANT: Final = DateTime(timezone=True)
_NOW: Final = text("papertape_now()")


def _text(name: str, **options: Any) -> Column[str]:  # Any: SQLAlchemy's own column options
    return Column(name, Text, **options)


def _prices(*names: str) -> list[Column[Any]]:  # Any: a column list may mix value types
    return [Column(name, _PRICE) for name in names]


def _instants(*names: str) -> list[Column[Any]]:  # Any: as above
    return [Column(name, _INSTANT) for name in names]


def _stamp(name: str) -> Column[Any]:  # Any: as above
    return Column(name, _INSTANT, nullable=False, server_default=_NOW)


def _child_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["trade_id", "username"], ["paper_trades.id", "paper_trades.username"], ondelete="CASCADE"
    )


paper_trades: Final = Table(
    "paper_trades",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    _text("originator", nullable=False, server_default="PERSON"),
    _text("originator_id"),
    _text("strategy"),
    _text("status", nullable=False, server_default="PENDING"),
    Column("is_locked", Boolean, Computed("status in ('CLOSED', 'EXPIRED', 'CANCELED')"), nullable=False),
    _stamp("created_at"),
    _stamp("last_updated"),
    _text("idempotency_key"),
    _text("ticker", nullable=False),
    _text("option_type"),
    Column("strike", _PRICE),
    Column("expiry", Date),
    Column("qty", _PRICE, nullable=False),
    Column("filled_qty", _PRICE, nullable=False, server_default="0"),
    Column("open_qty", _PRICE, nullable=False, server_default="0"),
    Column("excess_qty", _PRICE, nullable=False, server_default="0"),
    _text("order_type", nullable=False),
    *_prices("limit_price", "asked_price", "entry_price"),
    Column("entry_date", _INSTANT),
    *_prices("delta_at_entry", "iv_at_entry", "sl_price", "tp_price"),
    Column("override_count", Integer, nullable=False, server_default="0"),
    *_instants("close_requested_at", "cancel_requested_at"),
    _text("closing_reason"),
    Column("protection_failures", Integer, nullable=False, server_default="0"),
    *_instants("protection_tried_at", "unprotected_since"),
    Column("current_price", _PRICE),
    Column("mark_at", _INSTANT),
    Column("delayed", Boolean, nullable=False, server_default="false"),
    *_prices("unrealized_pnl", "max_gain", "max_drawdown", "close_price"),
    Column("close_date", _INSTANT),
    _text("close_reason"),
    _text("close_detail"),
    *_prices("realized_pnl", "realized_pnl_pct"),
    Column("fees", _PRICE, nullable=False, server_default="0"),
    Column("hold_duration_h", _PRICE),
    _text("broker_mode", nullable=False),
    _text("account_id", nullable=False),
    _text("trigger_precision", nullable=False, server_default="BROKER_FILL"),
    *_prices("card_score", "ai_score"),
    _text("ai_verdict"),
    _text("gate_verdict"),
    *_prices("technical_score", "sentiment_score"),
    Column("signals_snapshot", JSONB),
    Column("signals_given", JSONB),
    Column("market_regime", JSONB),
    Column("order_book_state", JSONB),
    Column("ai_reasoning_log", JSONB),
    *_prices("target_pnl_15m", "target_pnl_1h", "target_mfe_pct", "target_mae_pct"),
    Column("trade_context", JSONB),
    Column("analysed_at", _INSTANT),
    _text("forensics_source"),
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

trade_legs: Final = Table(
    "trade_legs",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    Column("leg_no", SmallInteger, nullable=False),
    _text("instrument", nullable=False),
    _text("symbol", nullable=False),
    Column("multiplier", _PRICE, nullable=False),
    _text("side", nullable=False),
    Column("ratio", Integer, nullable=False, server_default="1"),
    Column("quantity", _PRICE, nullable=False),
    _text("option_type"),
    Column("strike", _PRICE),
    Column("expiry", Date),
    *_prices("entry_price", "close_price"),
    UniqueConstraint("trade_id", "leg_no"),
    _child_key(),
)
Index("trade_legs_user", trade_legs.c.username, trade_legs.c.trade_id)

orders: Final = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    _text("role", nullable=False),
    _text("tag", nullable=False),
    _text("status", nullable=False, server_default="INTENT"),
    _text("type", nullable=False),
    _text("side", nullable=False),
    _text("symbol", nullable=False),
    Column("quantity", _PRICE, nullable=False),
    Column("filled_quantity", _PRICE, nullable=False, server_default="0"),
    *_prices("limit_price", "stop_price", "avg_fill_price"),
    _text("duration", nullable=False),
    _text("broker_order_id"),
    _text("parent_broker_order_id"),
    _text("reason"),
    _stamp("created_at"),
    *_instants("submitted_at", "cancel_requested_at", "missed_at", "ended_at"),
    Column("handled", Boolean, nullable=False, server_default="false"),
    UniqueConstraint("tag", "role"),
    _child_key(),
)
Index("orders_user", orders.c.username, orders.c.trade_id)
Index("orders_trade", orders.c.trade_id)
Index(
    "orders_one_alive",
    orders.c.trade_id,
    orders.c.role,
    unique=True,
    postgresql_where=text("status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"),
)

fills: Final = Table(
    "fills",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    Column("order_id", Uuid, ForeignKey("orders.id", ondelete="CASCADE")),
    _text("kind", nullable=False, server_default="FILL"),
    Column("is_buy", Boolean, nullable=False),
    Column("quantity", _PRICE, nullable=False),
    Column("price", _PRICE, nullable=False),
    Column("fees", _PRICE, nullable=False, server_default="0"),
    _text("fill_rule", nullable=False),
    Column("filled_at", _INSTANT, nullable=False),
    _stamp("created_at"),
    Column("order_filled_quantity", _PRICE),
    UniqueConstraint("order_id", "order_filled_quantity"),
    _child_key(),
)
Index("fills_user", fills.c.username, fills.c.trade_id)
Index("fills_trade", fills.c.trade_id)

trade_changes: Final = Table(
    "trade_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    _stamp("at"),
    _text("triggered_by", nullable=False),
    _text("kind", nullable=False),
    _text("reason"),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    _text("state", nullable=False, server_default="PENDING"),
    _text("error"),
    Column("settled_at", _INSTANT),
    _child_key(),
)
Index("trade_changes_user", trade_changes.c.username, trade_changes.c.trade_id, trade_changes.c.at)
Index(
    "trade_changes_one_pending",
    trade_changes.c.trade_id,
    unique=True,
    postgresql_where=text("state = 'PENDING'"),
)

state_transitions: Final = Table(
    "state_transitions",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    _stamp("at"),
    _text("from_status"),
    _text("to_status", nullable=False),
    _text("actor", nullable=False),
    _text("reason"),
    _child_key(),
)
Index(
    "state_transitions_user",
    state_transitions.c.username,
    state_transitions.c.trade_id,
    state_transitions.c.at,
)

price_snapshots: Final = Table(
    "price_snapshots",
    metadata,
    _text("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    Column("leg_no", SmallInteger, nullable=False, server_default="1"),
    Column("timestamp", _INSTANT, nullable=False),
    _text("kind", nullable=False),
    *_prices("mark_price", "bid", "ask", "delta", "gamma", "theta", "vega", "iv", "underlying"),
    _text("source"),
    Column("stale", Boolean, nullable=False, server_default="false"),
    Column("one_sided", Boolean, nullable=False, server_default="false"),
    Column("delayed", Boolean, nullable=False, server_default="false"),
    _text("reason"),
    PrimaryKeyConstraint("trade_id", "timestamp", "kind", "leg_no"),
    _child_key(),
    postgresql_partition_by='RANGE ("timestamp")',
)
Index(
    "price_snapshots_user",
    price_snapshots.c.username,
    price_snapshots.c.trade_id,
    price_snapshots.c.timestamp,
)

user_settings: Final = Table(
    "user_settings",
    metadata,
    _text("username", primary_key=True),
    _text("sub", nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    _text("broker_mode", nullable=False, server_default="TRADIER_SANDBOX"),
    Column("live_enabled", Boolean, nullable=False, server_default="false"),
    _text("tradier_sandbox_token_sealed"),
    _text("tradier_sandbox_token_last4"),
    _text("tradier_live_token_sealed"),
    _text("tradier_live_token_last4"),
    _text("tradier_sandbox_account_id"),
    _text("tradier_live_account_id"),
    Column("account_balance", _PRICE, nullable=False, server_default="5000"),
    Column("max_positions", Integer, nullable=False, server_default="5"),
    Column("daily_loss_limit", _PRICE, nullable=False, server_default="150"),
    Column("heat_limit_pct", _PRICE, nullable=False, server_default="6"),
    Column("allow_market_live", Boolean, nullable=False, server_default="false"),
    Column("close_before_expiry", Boolean, nullable=False, server_default="true"),
    Column("auto_refresh", Boolean, nullable=False, server_default="true"),
    Column("sounds", Boolean, nullable=False, server_default="true"),
    Column("alert_channels", JSONB, nullable=False, server_default="[]"),
    Column("refreshed_at", _INSTANT),
    _stamp("created_at"),
    _stamp("updated_at"),
)

broker_accounts: Final = Table(
    "broker_accounts",
    metadata,
    _text("username", primary_key=True),
    _text("broker_mode", primary_key=True),
    _text("account_id", primary_key=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("empty_since", _INSTANT),
)

access_tokens: Final = Table(
    "access_tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, ForeignKey("user_settings.username", ondelete="CASCADE"), nullable=False),
    _text("name", nullable=False),
    _text("scope", nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _text("last4", nullable=False),
    _stamp("created_at"),
    *_instants("expires_at", "last_used_at"),
)
Index("access_tokens_user", access_tokens.c.username, access_tokens.c.id)

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    _text("username", primary_key=True),
    _text("key", primary_key=True),
    _text("fingerprint", nullable=False),
    _text("state", nullable=False, server_default="RUNNING"),
    Column("status", Integer),
    Column("body", JSONB),
    _text("location"),
    Column("trade_id", Uuid),
    _stamp("created_at"),
    Column("running_until", _INSTANT, nullable=False),
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    _stamp("at"),
    _text("severity", nullable=False),
    _text("kind", nullable=False),
    Column("trade_id", Uuid),
    _text("text", nullable=False),
    _text("question"),
    Column("accepted", Boolean),
    _text("dedupe_key"),
    *_instants("resolved_at", "acked_at"),
    _child_key(),
)
Index("alerts_user", alerts.c.username, alerts.c.at.desc(), alerts.c.id.desc())
Index(
    "alerts_one_open",
    alerts.c.username,
    alerts.c.dedupe_key,
    unique=True,
    postgresql_where=text("resolved_at is null"),
)

alert_deliveries: Final = Table(
    "alert_deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("alert_id", Uuid, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    _text("channel", nullable=False),
    _text("target", nullable=False),
    _text("state", nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    _text("error"),
    _stamp("at"),
    Column("retry_at", _INSTANT),
    UniqueConstraint("alert_id", "channel", "target"),
)
Index("alert_deliveries_user", alert_deliveries.c.username, alert_deliveries.c.alert_id)

tool_calls: Final = Table(
    "tool_calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("username", nullable=False),
    Column("token_id", Uuid),
    _stamp("at"),
    _text("tool", nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("ok", Boolean, nullable=False),
    _text("error"),
    Column("items", Integer),
    Column("seconds", _PRICE, nullable=False),
)
Index("tool_calls_user", tool_calls.c.username, tool_calls.c.at.desc())

portfolio_revisions: Final = Table(
    "portfolio_revisions",
    metadata,
    _text("username", primary_key=True),
    Column("revision", BigInteger, nullable=False, server_default="1"),
)

request_counters: Final = Table(
    "request_counters",
    metadata,
    _text("username", primary_key=True),
    Column("minute", _INSTANT, primary_key=True),
    Column("requests", Integer, nullable=False),
)

job_runs: Final = Table(
    "job_runs",
    metadata,
    _text("job", primary_key=True),
    Column("due_at", _INSTANT, primary_key=True),
    _text("scope", primary_key=True, server_default=""),
    Column("claimed_at", _INSTANT, nullable=False, server_default=text("clock_timestamp()")),
    _stamp("started_at"),
    Column("finished_at", _INSTANT),
    Column("late_seconds", _PRICE, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("ok", Boolean),
    Column("result", JSONB),
)
Index("job_runs_latest", job_runs.c.job, job_runs.c.due_at.desc())

leases: Final = Table(
    "leases",
    metadata,
    _text("resource", primary_key=True),
    _text("holder", nullable=False),
    Column("until", _INSTANT, nullable=False),
    Column("fencing", BigInteger, nullable=False, server_default="1"),
)

rate_budgets: Final = Table(
    "rate_budgets",
    metadata,
    _text("token_key", primary_key=True),
    Column("called_at", ARRAY(_INSTANT), nullable=False, server_default="{}"),
)

vendor_usage: Final = Table(
    "vendor_usage",
    metadata,
    _text("vendor", primary_key=True),
    Column("month", Date, primary_key=True),
    Column("calls", BigInteger, nullable=False, server_default="0"),
)

market_closures: Final = Table(
    "market_closures",
    metadata,
    Column("day", Date, primary_key=True),
    Column("closes", Time),
    _text("reason", nullable=False),
)

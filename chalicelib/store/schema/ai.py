"""The AI trader: traders, signals, decisions, what they cost and how far they fell (C-01 to C-09)."""

from typing import Final

from sqlalchemy import ARRAY, Boolean, Column, Date, Index, Integer, Table, Text, UniqueConstraint, or_, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

from chalicelib.store.schema.columns import INSTANT, PRICE, metadata, owner, parent_key, stamp, trade_key

traders: Final = Table(
    "traders",
    metadata,
    Column("id", Uuid, primary_key=True),
    owner(),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("name", Text, nullable=False),
    Column("symbols", ARRAY(Text), nullable=False),
    Column("timeframe", Text, nullable=False),
    # Without one it is NULL, which no close looks for.
    Column("filter", JSONB(none_as_null=True)),
    Column("analysis", JSONB, nullable=False),
    Column("trading", JSONB, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("paused_at", INSTANT),
    Column("locked_at", INSTANT),
    Column("live_enabled", Boolean, nullable=False, server_default="false"),
    Column("disclaimer_at", INSTANT),
    Column("secret_sealed", Text),
    stamp("created_at"),
    stamp("updated_at"),
    Column("removed_at", INSTANT),
    Column("closing_all_at", INSTANT),
    Column("live_cap_lifted_at", INSTANT),
    UniqueConstraint("id", "username"),
)
Index("traders_user", traders.c.username, traders.c.created_at)
Index(
    "traders_closing",
    traders.c.username,
    traders.c.id,
    postgresql_where=or_(traders.c.locked_at.is_not(None), traders.c.closing_all_at.is_not(None)),
)
silenced_symbols: Final = Table(
    "silenced_symbols",
    metadata,
    Column("trader_id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    Column("symbol", Text, primary_key=True),
    stamp("since"),
    parent_key("trader_id", "traders"),
)
Index("silenced_symbols_user", silenced_symbols.c.username)
signals: Final = Table(
    "signals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    Column("trader_id", Uuid, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("setup_score", PRICE, nullable=False),
    Column("candle", INSTANT, nullable=False),
    Column("external_id", Text),
    Column("signature", Text),
    Column("told", JSONB, nullable=False, server_default="{}"),
    stamp("at"),
    UniqueConstraint("id", "username"),
    parent_key("trader_id", "traders"),
)
Index("signals_user", signals.c.username, signals.c.at.desc(), signals.c.id.desc())
Index("signals_at", signals.c.at)
Index(
    "signals_one_a_candle",
    signals.c.trader_id,
    signals.c.symbol,
    signals.c.candle,
    unique=True,
    postgresql_where=text("source = 'FILTER'"),
)
Index(
    "signals_one_an_id",
    signals.c.trader_id,
    signals.c.external_id,
    unique=True,
    postgresql_where=text("external_id is not null"),
)
Index(
    "signals_one_a_signature",
    signals.c.trader_id,
    signals.c.signature,
    unique=True,
    postgresql_where=text("signature is not null"),
)
decisions: Final = Table(
    "decisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    Column("trader_id", Uuid, nullable=False),
    Column("trader_version", Integer, nullable=False),
    Column("signal_id", Uuid),
    Column("trade_id", Uuid),
    Column("symbol", Text, nullable=False),
    Column("candle", INSTANT, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("source", Text, nullable=False),
    Column("model", Text),
    Column("prompt_version", Text),
    Column("latency_ms", Integer),
    Column("tokens", JSONB),
    Column("cost_usd", PRICE),
    Column("context_hash", Text),
    Column("context", JSONB),
    Column("raw_answer", Text),
    Column("decision", Text, nullable=False),
    Column("confidence", PRICE, nullable=False),
    Column("reasoning", Text, nullable=False),
    Column("fields", JSONB, nullable=False, server_default="{}"),
    Column("outcome", Text, nullable=False),
    Column("validation", JSONB),
    Column("facts", JSONB),
    Column("expires_at", INSTANT),
    Column("price_then", PRICE),
    Column("settled_at", INSTANT),
    UniqueConstraint("id", "username"),
    parent_key("trader_id", "traders"),
    parent_key("signal_id", "signals"),
    trade_key(),
)
Index("decisions_user", decisions.c.username, decisions.c.at.desc(), decisions.c.id.desc())
Index("decisions_trader", decisions.c.username, decisions.c.trader_id, decisions.c.at.desc())
Index("decisions_trade", decisions.c.trade_id, postgresql_where=text("trade_id is not null"))
Index(
    "decisions_waiting",
    decisions.c.username,
    decisions.c.outcome,
    decisions.c.expires_at,
    postgresql_where=text("outcome in ('AWAITING_APPROVAL', 'QUEUED')"),
)
Index(
    "decisions_one_a_signal",
    decisions.c.signal_id,
    unique=True,
    postgresql_where=text("signal_id is not null"),
)
Index(
    "decisions_one_a_candle",
    decisions.c.trade_id,
    decisions.c.candle,
    unique=True,
    postgresql_where=text("trade_id is not null and signal_id is null"),
)
ai_costs: Final = Table(
    "ai_costs",
    metadata,
    owner(is_key=True),
    Column("trader_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reserved_usd", PRICE, nullable=False, server_default="0"),
    Column("spent_usd", PRICE, nullable=False, server_default="0"),
    Column("calls", Integer, nullable=False, server_default="0"),
    parent_key("trader_id", "traders"),
)
ai_falls: Final = Table(
    "ai_falls",
    metadata,
    Column("id", Uuid, primary_key=True),
    owner(),
    Column("mode", Text, nullable=False),
    Column("trader_id", Uuid),
    Column("day", Date, nullable=False),
    Column("at_midnight", PRICE, nullable=False),
    Column("portfolio_at_midnight", PRICE, nullable=False),
    Column("peak", PRICE),
    Column("portfolio_at_start", PRICE, nullable=False),
    Column("lowest", PRICE),
    UniqueConstraint("username", "mode", "trader_id", postgresql_nulls_not_distinct=True),
    parent_key("trader_id", "traders"),
)
ai_paper_starts: Final = Table(
    "ai_paper_starts",
    metadata,
    Column("id", Uuid, primary_key=True),
    owner(),
    Column("at", INSTANT, nullable=False),
    Column("equity", PRICE, nullable=False),
    Column("start_equity", PRICE, nullable=False),
)
Index("ai_paper_starts_user", ai_paper_starts.c.username, ai_paper_starts.c.at)
ai_daily_rows: Final = Table(
    "ai_daily_rows",
    metadata,
    owner(is_key=True),
    Column("trader_id", Uuid, primary_key=True),
    Column("mode", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("pnl", PRICE, nullable=False),
    Column("equity", PRICE, nullable=False),
    Column("trades", Integer, nullable=False),
    parent_key("trader_id", "traders"),
)
ai_replays: Final = Table(
    "ai_replays",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    Column("trader_id", Uuid, nullable=False),
    Column("request", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("progress", Integer, nullable=False, server_default="0"),
    Column("result", JSONB),
    stamp("created_at"),
    parent_key("trader_id", "traders"),
)
Index("ai_replays_user", ai_replays.c.username, ai_replays.c.created_at.desc())
ai_switches: Final = Table(
    "ai_switches",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("set_by", Text, nullable=False),
    stamp("set_at"),
)
crypto_symbols: Final = Table(
    "crypto_symbols",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("last_minute", INSTANT),
    Column("price", PRICE),
    Column("price_at", INSTANT),
    Column("filters", JSONB),
    Column("filters_at", INSTANT),
    Column("looked_at", INSTANT),
    Column("slippage", PRICE),
    Column("slippage_at", INSTANT),
)

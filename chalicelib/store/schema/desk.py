"""The options desk: strategies, the switch, what was decided, and the market's own facts (B-01 to B-08)."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.types import Uuid

from chalicelib.store.schema.columns import (
    INSTANT,
    PRICE,
    metadata,
    owner,
    parent_key,
    prices,
    stamp,
    text_column,
    trade_key,
)


def _document(name: str, default: str | None = None) -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=default)


strategies: Final = Table(
    "strategies",
    metadata,
    Column("id", Uuid, primary_key=True),
    owner(),
    Column("version", Integer, nullable=False, server_default="1"),
    *(text_column(name, nullable=False) for name in ("name", "type", "underlying")),
    Column("enabled", Boolean, nullable=False),
    text_column("mode", nullable=False),
    text_column("preferred_broker", nullable=False),
    _document("entry_conditions"),
    _document("exit_conditions"),
    _document("sizing"),
    Column("max_positions", Integer, nullable=False),
    stamp("created_at"),
    stamp("updated_at"),
    Column("removed_at", INSTANT),
    UniqueConstraint("id", "username"),
)
Index("strategies_user", strategies.c.username, strategies.c.created_at)

desk_settings: Final = Table(
    "desk_settings",
    metadata,
    owner(is_key=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("max_positions", Integer, nullable=False),
    Column("max_condors_per_expiry", Integer, nullable=False),
    Column("max_daily_loss", PRICE, nullable=False),
    Column("max_bid_ask_spread_percent", PRICE, nullable=False),
    Column("fill_price_buffer_pct", PRICE, nullable=False),
    Column("zero_dte_close_buffer_minutes", Integer, nullable=False),
    *prices("portfolio_max_abs_delta_shares", "portfolio_max_abs_gamma", "portfolio_max_abs_vega"),
    Column("bot_on", Boolean, nullable=False, server_default="false"),
    Column("bot_since", INSTANT),
    stamp("updated_at"),
)

desk_watches: Final = Table(
    "desk_watches",
    metadata,
    owner(is_key=True),
    _document("switch_watch", "{}"),
    _document("vix_watch", "{}"),
    Column("last_scan_at", INSTANT),
    Column("last_exits_at", INSTANT),
    _document("last_scan", "{}"),
)

desk_configs: Final = Table(
    "desk_configs",
    metadata,
    Column("id", Uuid, primary_key=True),
    owner(),
    Column("strategy_id", Uuid, nullable=False),
    Column("strategy_version", Integer, nullable=False),
    Column("desk_version", Integer, nullable=False),
    _document("config"),
    UniqueConstraint("username", "strategy_id", "strategy_version", "desk_version"),
    UniqueConstraint("id", "username"),
    parent_key("strategy_id", "strategies"),
)

strategy_evaluations: Final = Table(
    "strategy_evaluations",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("strategy_id", Uuid, nullable=False),
    Column("config_id", Uuid),
    Column("scan_id", Uuid, nullable=False),
    *(text_column(name, nullable=False) for name in ("event", "decision", "reason")),
    text_column("ended_by"),
    Column("is_missing", Boolean, nullable=False, server_default="false"),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("first_at", INSTANT, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("scans", Integer),
    Column("inputs", JSON),
    Column("gates", JSON, nullable=False, server_default="[]"),
    Column("proposed_order", JSON),
    Column("trade_id", Uuid),
    parent_key("strategy_id", "strategies"),
    ForeignKeyConstraint(["config_id", "username"], ["desk_configs.id", "desk_configs.username"]),
    trade_key(),
)
_seen = strategy_evaluations.c
Index("strategy_evaluations_user", _seen.username, _seen.at.desc(), _seen.id.desc())
Index("strategy_evaluations_age", _seen.at, postgresql_using="brin")
Index("strategy_evaluations_strategy", _seen.username, _seen.strategy_id, _seen.at.desc())
Index("strategy_evaluations_trade", _seen.trade_id, postgresql_where=_seen.trade_id.is_not(None))
Index(
    "strategy_evaluations_one_entry",
    _seen.trade_id,
    unique=True,
    postgresql_where=(_seen.event == "ENTRY_SCAN") & _seen.trade_id.is_not(None),
)

Index(
    "strategy_evaluations_one_scan",
    *(_seen.strategy_id, _seen.scan_id),
    unique=True,
    postgresql_where=_seen.event == "ENTRY_SCAN",
)
Index(
    "strategy_evaluations_one_block",
    *(_seen.strategy_id, _seen.scan_id, _seen.ended_by),
    unique=True,
    postgresql_where=_seen.event == "BLOCKED",
)
Index(
    "strategy_evaluations_one_exit",
    *(_seen.trade_id, _seen.ended_by),
    unique=True,
    postgresql_where=_seen.event == "EXIT",
)

kill_switch_rows: Final = Table(
    "kill_switch_rows",
    metadata,
    Column("id", Uuid, primary_key=True),
    owner(),
    *(text_column(name, nullable=False) for name in ("scope", "mode", "cause", "detail", "set_by")),
    Column("set_at", INSTANT, nullable=False),
    Column("clear_since", INSTANT),
    Column("clean_scans", Integer, nullable=False, server_default="0"),
    Column("ended_at", INSTANT),
    text_column("ended_by"),
    text_column("ended_reason"),
)
_rows = kill_switch_rows.c
Index("kill_switch_rows_user", _rows.username, _rows.set_at.desc())
Index(
    "kill_switch_rows_in_force",
    *(_rows.username, _rows.scope, _rows.cause, _rows.mode),
    unique=True,
    postgresql_where=_rows.ended_at.is_(None),
)

global_kill_switch: Final = Table(
    "global_kill_switch",
    metadata,
    Column("id", Uuid, primary_key=True),
    *(text_column(name, nullable=False) for name in ("mode", "detail", "set_by")),
    Column("set_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
    text_column("ended_by"),
    text_column("ended_reason"),
)
Index(
    "global_kill_switch_in_force",
    global_kill_switch.c.mode,
    unique=True,
    postgresql_where=global_kill_switch.c.ended_at.is_(None),
)

exit_states: Final = Table(
    "exit_states",
    metadata,
    Column("trade_id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    _document("state"),
    stamp("updated_at"),
    trade_key(),
)
Index("exit_states_user", exit_states.c.username)

desk_assignments: Final = Table(
    "desk_assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("strategy_id", Uuid, nullable=False),
    Column("trade_id", Uuid, nullable=False),
    text_column("symbol", nullable=False),
    Column("shares", PRICE, nullable=False),
    Column("cost", PRICE, nullable=False),
    stamp("recorded_at"),
    UniqueConstraint("trade_id", "symbol"),
    parent_key("strategy_id", "strategies"),
    trade_key(),
)
Index("desk_assignments_user", desk_assignments.c.username, desk_assignments.c.strategy_id)

macro_windows: Final = Table(
    "macro_windows",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("name", nullable=False),
    Column("starts_at", INSTANT, nullable=False),
    Column("ends_at", INSTANT, nullable=False),
    text_column("source", nullable=False),
    stamp("loaded_at"),
)
Index("macro_windows_start", macro_windows.c.starts_at)

risk_snapshots: Final = Table(
    "risk_snapshots",
    metadata,
    owner(is_key=True),
    text_column("broker_mode", primary_key=True),
    Column("at", INSTANT, primary_key=True),
    Column("figures", JSONB, nullable=False),
)
Index("risk_snapshots_age", risk_snapshots.c.at, postgresql_using="brin")

iv_history: Final = Table(
    "iv_history",
    metadata,
    text_column("symbol", primary_key=True),
    Column("day", Date, primary_key=True),
    Column("iv", PRICE, nullable=False),
    text_column("source", nullable=False),
    stamp("loaded_at"),
)

index_closes: Final = Table(
    "index_closes",
    metadata,
    text_column("symbol", primary_key=True),
    Column("day", Date, primary_key=True),
    Column("close", PRICE, nullable=False),
    text_column("source", nullable=False),
    stamp("loaded_at"),
)

underlying_facts: Final = Table(
    "underlying_facts",
    metadata,
    text_column("symbol", primary_key=True),
    text_column("kind", primary_key=True),
    Column("day", Date, nullable=False),
    Column("known", Boolean, nullable=False),
    _document("facts"),
    text_column("source", nullable=False),
    stamp("read_at"),
)

regime_changes: Final = Table(
    "regime_changes",
    metadata,
    text_column("symbol", primary_key=True),
    Column("at", INSTANT, primary_key=True),
    text_column("regime", nullable=False),
    text_column("cause", nullable=False),
)

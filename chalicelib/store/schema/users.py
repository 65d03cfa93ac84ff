"""What is a user's besides trades: settings, accounts, tokens, alerts, kept answers, audit."""

from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
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

user_settings: Final = Table(
    "user_settings",
    metadata,
    text_column("username", primary_key=True),
    text_column("sub", nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    text_column("broker_mode", nullable=False, server_default="TRADIER_SANDBOX"),
    Column("live_enabled", Boolean, nullable=False, server_default="false"),
    # What `connections` holds, for the release before it: triggers keep them in step, nobody reads them.
    text_column("tradier_sandbox_token_sealed"),
    text_column("tradier_sandbox_token_last4"),
    text_column("tradier_live_token_sealed"),
    text_column("tradier_live_token_last4"),
    text_column("tradier_sandbox_account_id"),
    text_column("tradier_live_account_id"),
    Column("account_balance", PRICE, nullable=False, server_default="5000"),
    Column("max_positions", Integer, nullable=False, server_default="5"),
    Column("daily_loss_limit", PRICE, nullable=False, server_default="150"),
    Column("heat_limit_pct", PRICE, nullable=False, server_default="6"),
    Column("allow_market_live", Boolean, nullable=False, server_default="false"),
    Column("close_before_expiry", Boolean, nullable=False, server_default="true"),
    Column("auto_refresh", Boolean, nullable=False, server_default="true"),
    Column("sounds", Boolean, nullable=False, server_default="true"),
    Column("alert_channels", JSONB, nullable=False, server_default="[]"),
    Column("refreshed_at", INSTANT),
    text_column("state", nullable=False, server_default="ACTIVE"),
    Column("sessions_from", INSTANT),
    *(text_column(name) for name in ("kept_session", "factor_sealed", "factor_pending_sealed")),
    Column("factor_step", BigInteger, nullable=False, server_default="0"),
    text_column("tier"),
    Column("tier_told_at", INSTANT),
    Column("erase_at", INSTANT),
    Column("alerts_off", ARRAY(Text), nullable=False, server_default="{}"),
    stamp("created_at"),
    stamp("updated_at"),
)
Index("user_settings_name", func.split_part(user_settings.c.username, " ", 1))

for _environment in ("sandbox", "live"):
    Index(
        f"user_settings_one_owner_{_environment}",
        user_settings.c[f"tradier_{_environment}_account_id"],
        unique=True,
        postgresql_where=user_settings.c[f"tradier_{_environment}_token_sealed"].is_not(None),
    )

connections: Final = Table(
    "connections",
    metadata,
    Column("username", Text, ForeignKey("user_settings.username", ondelete="CASCADE"), primary_key=True),
    text_column("broker_mode", primary_key=True),
    *(text_column(name) for name in ("account_id", "sealed", "last4")),
    stamp("created_at"),
    stamp("updated_at"),
    text_column("answer"),
    *instants("answered_at", "last_ok_at"),
    text_column("reason"),
    text_column("access_sealed"),
    *instants("access_until", "access_refused_until"),
    Column("live_enabled", Boolean, nullable=False, server_default="false"),
    *instants("login_until"),
    text_column("login_state"),
    *instants("login_asked_at"),
)
Index(
    "connections_one_owner",
    connections.c.broker_mode,
    connections.c.account_id,
    unique=True,
    postgresql_where=connections.c.sealed.is_not(None),
)

broker_accounts: Final = Table(
    "broker_accounts",
    metadata,
    text_column("username", primary_key=True),
    text_column("broker_mode", primary_key=True),
    text_column("account_id", primary_key=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("empty_since", INSTANT),
    Column("positions_at", INSTANT),
    Column("differences", JSONB, nullable=False, server_default="{}"),
    Column("drift", JSONB, nullable=False, server_default="{}"),
    Column("own_coins", JSONB(none_as_null=True)),
)

account_readings: Final = Table(
    "account_readings",
    metadata,
    text_column("username", primary_key=True),
    text_column("broker_mode", primary_key=True),
    text_column("account_id", primary_key=True),
    Column("read_at", INSTANT, nullable=False),
    *prices("equity", "cash", "buying_power"),
)

access_tokens: Final = Table(
    "access_tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, ForeignKey("user_settings.username", ondelete="CASCADE"), nullable=False),
    text_column("name", nullable=False),
    text_column("scope", nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    text_column("last4", nullable=False),
    stamp("created_at"),
    *instants("expires_at", "last_used_at"),
)
Index("access_tokens_user", access_tokens.c.username, access_tokens.c.id)

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    text_column("username", primary_key=True),
    text_column("key", primary_key=True),
    text_column("fingerprint", nullable=False),
    text_column("state", nullable=False, server_default="RUNNING"),
    Column("status", Integer),
    Column("body", JSONB),
    text_column("location"),
    Column("trade_id", Uuid),
    stamp("created_at"),
    Column("running_until", INSTANT, nullable=False),
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    stamp("at"),
    text_column("severity", nullable=False),
    text_column("kind", nullable=False),
    Column("trade_id", Uuid),
    text_column("text", nullable=False),
    text_column("question"),
    Column("accepted", Boolean),
    text_column("dedupe_key"),
    *instants("resolved_at", "acked_at"),
    UniqueConstraint("id", "username"),
    trade_key(),
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
    text_column("username", nullable=False),
    Column("alert_id", Uuid, nullable=False),
    text_column("channel", nullable=False),
    text_column("target", nullable=False),
    text_column("state", nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    text_column("error"),
    stamp("at"),
    Column("retry_at", INSTANT),
    UniqueConstraint("alert_id", "channel", "target"),
    parent_key("alert_id", "alerts"),
)
Index("alert_deliveries_user", alert_deliveries.c.username, alert_deliveries.c.alert_id)

tool_calls: Final = Table(
    "tool_calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("token_id", Uuid),
    stamp("at"),
    text_column("tool", nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("ok", Boolean, nullable=False),
    text_column("error"),
    Column("items", Integer),
    Column("seconds", PRICE, nullable=False),
)
Index("tool_calls_user", tool_calls.c.username, tool_calls.c.at.desc())

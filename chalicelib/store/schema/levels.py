"""Stop and targets of trades, and what was changed of them, by whom (W-03, C-04)."""

from typing import Final

from sqlalchemy import Boolean, Column, Index, SmallInteger, Table, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

from chalicelib.store.schema.columns import INSTANT, PRICE, metadata, stamp, text_column, trade_key

trade_targets: Final = Table(
    "trade_targets",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    Column("no", SmallInteger, nullable=False),
    Column("price", PRICE, nullable=False),
    Column("share", PRICE, nullable=False),
    stamp("created_at"),
    Column("replaced_at", INSTANT),
    UniqueConstraint("trade_id", "no"),
    trade_key(),
)
Index("trade_targets_user", trade_targets.c.username, trade_targets.c.trade_id)

trade_changes: Final = Table(
    "trade_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("trade_id", Uuid, nullable=False),
    stamp("at"),
    text_column("triggered_by", nullable=False),
    text_column("kind", nullable=False),
    text_column("reason"),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    text_column("state", nullable=False, server_default="PENDING"),
    text_column("error"),
    Column("settled_at", INSTANT),
    Column("apply_at", INSTANT),
    Column("decision_id", Uuid),
    Column("validation", JSONB),
    Column("waits", Boolean, nullable=False, server_default="false"),
    Column("asked", JSONB),
    Column("expires_at", INSTANT),
    Column("price_then", PRICE),
    trade_key(),
)
Index("trade_changes_user", trade_changes.c.username, trade_changes.c.trade_id, trade_changes.c.at)
Index(
    "trade_changes_one_pending",
    trade_changes.c.trade_id,
    unique=True,
    postgresql_where=text("state = 'PENDING' and not waits"),
)
Index(
    "trade_changes_one_waiting",
    trade_changes.c.trade_id,
    unique=True,
    postgresql_where=text("state = 'PENDING' and waits"),
)
Index(
    "trade_changes_due",
    func.coalesce(trade_changes.c.apply_at, trade_changes.c.expires_at),
    postgresql_where=text("state = 'PENDING' and waits"),
)

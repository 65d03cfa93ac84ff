"""Backtests and their parts (B-12)."""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

from chalicelib.store.schema.columns import metadata, owner, parent_key, stamp, text_column

backtests: Final = Table(
    "backtests",
    metadata,
    Column("id", Uuid, primary_key=True),
    owner(),
    Column("request", JSONB, nullable=False),
    Column("desk", JSONB, nullable=False),
    text_column("status", nullable=False),
    Column("result", JSONB(none_as_null=True)),
    stamp("created_at"),
    stamp("moved_at"),
    UniqueConstraint("id", "username"),
)
Index("backtests_user", backtests.c.username, backtests.c.id.desc())

backtest_parts: Final = Table(
    "backtest_parts",
    metadata,
    Column("backtest_id", Uuid, primary_key=True),
    text_column("username", nullable=False),
    Column("part", Integer, primary_key=True),
    Column("days", Integer, nullable=False),
    Column("days_done", Integer, nullable=False, server_default="0"),
    Column("state", JSONB(none_as_null=True)),
    Column("outcome", JSONB(none_as_null=True)),
    parent_key("backtest_id", "backtests"),
)
Index("backtest_parts_user", backtest_parts.c.username)

"""What the product keeps to run: revisions, counters, runs, leases, budgets, closings."""

from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    Table,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chalicelib.store.schema.columns import INSTANT, PRICE, metadata, stamp, text_column

portfolio_revisions: Final = Table(
    "portfolio_revisions",
    metadata,
    text_column("username", primary_key=True),
    Column("revision", BigInteger, nullable=False, server_default="1"),
    Column("stored_trades", Integer, nullable=False, server_default="0"),
    Column("stored_bytes", BigInteger, nullable=False, server_default="0"),
)

request_counters: Final = Table(
    "request_counters",
    metadata,
    text_column("username", primary_key=True),
    Column("minute", INSTANT, primary_key=True),
    Column("requests", Integer, nullable=False),
    Column("apart", JSONB, nullable=False, server_default="{}"),
)

job_runs: Final = Table(
    "job_runs",
    metadata,
    text_column("job", primary_key=True),
    Column("due_at", INSTANT, primary_key=True),
    text_column("scope", primary_key=True, server_default=""),
    Column("claimed_at", INSTANT, nullable=False, server_default=text("clock_timestamp()")),
    stamp("started_at"),
    Column("finished_at", INSTANT),
    Column("late_seconds", PRICE, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("ok", Boolean),
    Column("result", JSONB),
)
Index("job_runs_latest", job_runs.c.job, job_runs.c.due_at.desc())

leases: Final = Table(
    "leases",
    metadata,
    text_column("resource", primary_key=True),
    text_column("holder", nullable=False),
    Column("until", INSTANT, nullable=False),
    Column("fencing", BigInteger, nullable=False, server_default="1"),
    text_column("username", server_default=text("nullif(current_setting('app.current_user', true), '')")),
)
Index("leases_user", leases.c.username)

rate_budgets: Final = Table(
    "rate_budgets",
    metadata,
    text_column("token_key", primary_key=True),
    Column("called_at", ARRAY(INSTANT), nullable=False, server_default="{}"),
    Column("closed_until", INSTANT),
)

contract_ids: Final = Table(
    "contract_ids",
    metadata,
    text_column("symbol", primary_key=True),
    Column("conid", BigInteger, nullable=False, unique=True),
)

vendor_usage: Final = Table(
    "vendor_usage",
    metadata,
    text_column("vendor", primary_key=True),
    Column("month", Date, primary_key=True),
    Column("calls", BigInteger, nullable=False, server_default="0"),
    Column("cadence_seconds", SmallInteger),
)

deployment: Final = Table(
    "deployment",
    metadata,
    Column("only_one", Boolean, primary_key=True, server_default="true"),
    text_column("id", nullable=False),
)

opening_settlements: Final = Table(
    "opening_settlements",
    metadata,
    text_column("symbol", primary_key=True),
    Column("day", Date, primary_key=True),
    Column("value", PRICE, nullable=False),
    text_column("source", nullable=False),
)

market_closures: Final = Table(
    "market_closures",
    metadata,
    Column("day", Date, primary_key=True),
    Column("closes", Time),
    text_column("reason", nullable=False),
)

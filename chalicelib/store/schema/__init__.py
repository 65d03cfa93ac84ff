"""The tables as SQLAlchemy Core sees them; migrations make them, and a test compares the two.

Constraints and indexes that only the database needs to know stand in the migration; here is what statements
are built from.
"""

from chalicelib.store.schema.columns import metadata
from chalicelib.store.schema.operations import (
    deployment,
    job_runs,
    leases,
    market_closures,
    opening_settlements,
    portfolio_revisions,
    rate_budgets,
    request_counters,
    vendor_usage,
)
from chalicelib.store.schema.trades import (
    fills,
    orders,
    paper_trades,
    price_snapshots,
    state_transitions,
    trade_amendments,
    trade_changes,
    trade_imports,
    trade_legs,
    trade_targets,
)
from chalicelib.store.schema.users import (
    access_tokens,
    account_readings,
    alert_deliveries,
    alerts,
    broker_accounts,
    connections,
    idempotency_keys,
    tool_calls,
    user_settings,
)

__all__ = [
    "access_tokens",
    "account_readings",
    "alert_deliveries",
    "alerts",
    "broker_accounts",
    "connections",
    "deployment",
    "fills",
    "idempotency_keys",
    "job_runs",
    "leases",
    "market_closures",
    "metadata",
    "opening_settlements",
    "orders",
    "paper_trades",
    "portfolio_revisions",
    "price_snapshots",
    "rate_budgets",
    "request_counters",
    "state_transitions",
    "tool_calls",
    "trade_amendments",
    "trade_changes",
    "trade_imports",
    "trade_legs",
    "trade_targets",
    "user_settings",
    "vendor_usage",
]

"""Rows that nobody will ask for any more, deleted in bounded batches (A-01, A-12)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, TextClause, text

#: How many rows one statement deletes at most: a fraction of a second, and no long lock.
BATCH_ROWS_MAX: Final = 5_000


def _older(table: str, condition: str) -> TextClause:
    """Build the deletion of a batch; table and condition are this module's own words."""
    return text(
        f"delete from {table} where ctid = any(array("  # noqa: S608
        f"select ctid from {table} where {condition} limit {BATCH_ROWS_MAX}))"
    )


#: What the desk decided takes so much of a user and month at most (B-13); no month of fewer rows comes near.
_DESK_BYTES_MAX: Final = 50 * 1024**2
_DESK_ROWS_MIN: Final = 15_000


def decisions_beyond(bytes_max: int, rows_min: int) -> TextClause:
    """Build the deletion of a batch of the oldest decisions of a user's month beyond so many bytes.

    Of months that began since `:before` or hold it. What made or ended a trade stays.
    """
    return text(
        f"""
        with large as (
            select username, date_trunc('month', at, 'UTC') as month from strategy_evaluations
            where at >= date_trunc('month', cast(:before as timestamptz), 'UTC')
            group by 1, 2 having count(*) > {rows_min}
        ), sized as (
            select e.ctid, e.trade_id, sum(pg_column_size(e.*)) over (
                partition by e.username, l.month order by e.at desc, e.id desc
            ) as bytes
            from large l join strategy_evaluations e
            on e.username = l.username and e.at >= l.month and e.at < l.month + interval '1 month'
        )
        delete from strategy_evaluations where ctid = any(array(
            select ctid from sized where bytes > {bytes_max} and trade_id is null limit {BATCH_ROWS_MAX}
        ))
        """  # noqa: S608 - numbers of this module's own
    )


#: What is pruned, and how long it is kept. The parts of fanned-out ticks are many and soon without interest.
KEPT: Final[Mapping[str, tuple[timedelta, TextClause]]] = MappingProxyType(
    {
        # A repeated request is answered for 24 hours (api.md); an hour more hurts nobody.
        "idempotency_keys": (
            timedelta(hours=25),
            _older("idempotency_keys", "created_at < :before and running_until < clock_timestamp()"),
        ),
        # By the machine's time, as they were counted.
        "request_counters": (
            timedelta(hours=1),
            _older("request_counters", "minute < clock_timestamp() - interval '1 hour'"),
        ),
        "parts of job_runs": (
            timedelta(days=1),
            _older("job_runs", "due_at < :before and scope <> '' and ok is not false"),
        ),
        "job_runs": (timedelta(days=30), _older("job_runs", "due_at < :before")),
        # Nothing older than the last minute counts; a token that is called again makes its row anew.
        "rate_budgets": (
            timedelta(days=1),
            _older(
                "rate_budgets",
                "greatest(called_at[cardinality(called_at)], closed_until, '-infinity') < :before",
            ),
        ),
        "exit_states": (
            timedelta(days=1),
            _older(
                "exit_states",
                "updated_at < :before and exists ("
                "select from paper_trades t where t.id = exit_states.trade_id and t.is_locked)",
            ),
        ),
        # Those in force stay, however old.
        "kill_switch_rows": (timedelta(days=90), _older("kill_switch_rows", "ended_at < :before")),
        "tool_calls": (timedelta(days=90), _older("tool_calls", "at < :before")),
        "alert_deliveries": (timedelta(days=90), _older("alert_deliveries", "at < :before")),
        # A trade is told with what made and what ended it as long as it is kept.
        "strategy_evaluations": (
            timedelta(days=90),
            _older("strategy_evaluations", "at < :before and trade_id is null"),
        ),
        "strategy_evaluations beyond a month's room": (
            timedelta(days=31),
            decisions_beyond(_DESK_BYTES_MAX, _DESK_ROWS_MIN),
        ),
    }
)


def prune_batch(connection: Connection, what: str, now: datetime) -> int:
    """Delete one batch of what `KEPT` names; returns how many rows went."""
    kept_for, delete = KEPT[what]
    return connection.execute(delete, {"before": now - kept_for} if ":before" in delete.text else {}).rowcount

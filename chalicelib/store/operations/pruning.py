"""Rows that nobody will ask for any more, deleted in bounded batches (A-01, A-12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, TextClause, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long rows stay, and what deletes a batch of those that are older than `:before`."""

    age: timedelta
    delete: TextClause


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedRow:
    """A row that went: its owner, its id, and the whole of it as JSON."""

    username: str
    id: str
    document: str


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
KEPT: Final[Mapping[str, Kept]] = MappingProxyType(
    {
        # A repeated request is answered for 24 hours (api.md); an hour more hurts nobody.
        "idempotency_keys": Kept(
            age=timedelta(hours=25),
            delete=_older("idempotency_keys", "created_at < :before and running_until < clock_timestamp()"),
        ),
        # By the machine's time, as they were counted.
        "request_counters": Kept(
            age=timedelta(hours=1),
            delete=_older("request_counters", "minute < clock_timestamp() - interval '1 hour'"),
        ),
        "parts of job_runs": Kept(
            age=timedelta(days=1),
            delete=_older("job_runs", "due_at < :before and scope <> '' and ok is not false"),
        ),
        "job_runs": Kept(age=timedelta(days=30), delete=_older("job_runs", "due_at < :before")),
        # Nothing older than the last minute counts; a token that is called again makes its row anew.
        "rate_budgets": Kept(
            age=timedelta(days=1),
            delete=_older(
                "rate_budgets",
                "greatest(called_at[cardinality(called_at)], closed_until, '-infinity') < :before",
            ),
        ),
        "exit_states": Kept(
            age=timedelta(days=1),
            delete=_older(
                "exit_states",
                "updated_at < :before and exists ("
                "select from paper_trades t where t.id = exit_states.trade_id and t.is_locked)",
            ),
        ),
        # Those in force stay, however old.
        "kill_switch_rows": Kept(
            age=timedelta(days=90), delete=_older("kill_switch_rows", "ended_at < :before")
        ),
        "risk_snapshots": Kept(age=timedelta(days=90), delete=_older("risk_snapshots", "at < :before")),
        "tool_calls": Kept(age=timedelta(days=90), delete=_older("tool_calls", "at < :before")),
        "alert_deliveries": Kept(age=timedelta(days=90), delete=_older("alert_deliveries", "at < :before")),
        # What came to nothing (C-09); what was executed stays with its trade.
        "decisions": Kept(
            age=timedelta(days=30), delete=_older("decisions", "at < :before and outcome <> 'EXECUTED'")
        ),
        "signals": Kept(
            age=timedelta(days=30),
            delete=_older(
                "signals",
                "at < :before and not exists (select from decisions d where d.signal_id = signals.id)",
            ),
        ),
        "ai_daily_rows": Kept(
            age=timedelta(days=730),
            delete=_older("ai_daily_rows", "day < cast(:before as timestamptz) at time zone 'UTC'"),
        ),
        "ai_replays": Kept(age=timedelta(days=90), delete=_older("ai_replays", "created_at < :before")),
        "backtests": Kept(age=timedelta(days=90), delete=_older("backtests", "created_at < :before")),
    }
)
#: What goes into files as it goes (B-13). A trade is told with what made and ended it as long as it is kept.
FILED: Final[Mapping[str, Kept]] = MappingProxyType(
    {
        "strategy_evaluations": Kept(
            age=timedelta(days=90),
            delete=_older("strategy_evaluations", "at < :before and trade_id is null"),
        ),
        "strategy_evaluations beyond a month's room": Kept(
            age=timedelta(days=31),
            delete=decisions_beyond(_DESK_BYTES_MAX, _DESK_ROWS_MIN),
        ),
    }
)
#: Closed positions on paper of the tier Free (C-09).
FREE_KEPT: Final = timedelta(days=90)
_FREE: Final = text("select forget_free_positions(:before, :most)")


def forget_free_positions(connection: Connection, now: datetime) -> int:
    """Delete a batch of what traders of the tier Free closed on paper; returns how many trades went."""
    asked = {"before": now - FREE_KEPT, "most": BATCH_ROWS_MAX}
    return int(connection.execute(_FREE, asked).scalar_one())


def prune_batch(connection: Connection, kept: Kept, now: datetime) -> int:
    """Delete one batch of rows; returns how many went."""
    return connection.execute(kept.delete, _bound(kept, now)).rowcount


def prune_and_tell(connection: Connection, kept: Kept, now: datetime) -> list[PrunedRow]:
    """Delete one batch of rows of `FILED`; returns them, in the order of their owners and ids."""
    told = text(f"{kept.delete.text} returning username, id::text, to_jsonb(strategy_evaluations)::text")
    rows = connection.execute(told, _bound(kept, now))
    found = [PrunedRow(username=name, id=number, document=document) for name, number, document in rows]
    return sorted(found, key=lambda row: (row.username, row.id))


def _bound(kept: Kept, now: datetime) -> dict[str, datetime]:
    return {"before": now - kept.age} if ":before" in kept.delete.text else {}

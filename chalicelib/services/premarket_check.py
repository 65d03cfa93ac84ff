"""Before the open: what expires today, what is unprotected, what has not been seen for long (A-06)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.calendar import Session
from chalicelib.services.alerting import Severity, raise_alert
from chalicelib.services.environment import Environment

#: A mark older than the last session says that a trade was not watched.
_STALE_AFTER: Final = timedelta(days=4)
_FINDINGS: Final = text(
    """
    select t.username, t.id, t.ticker, l.expiry = :today as expires_today,
           t.unprotected_since is not null as unprotected,
           coalesce(t.mark_at, t.entry_date) < :stale_before as stale
    from paper_trades t join trade_legs l on l.trade_id = t.id
    where not t.is_locked and t.open_qty > 0
      and (l.expiry = :today or t.unprotected_since is not null
           or coalesce(t.mark_at, t.entry_date) < :stale_before)
    order by t.username, t.id
    """
)
_WORDS: Final[Mapping[str, tuple[Severity, str]]] = {
    "expires_today": (Severity.INFO, "expires today"),
    "unprotected": (Severity.CRITICAL, "is held without a working stop or target"),
    "stale": (Severity.WARNING, "has had no usable mark for days"),
}


def check_before_open(env: Environment, session: Session) -> dict[str, int]:
    """Raise an alert for each finding; returns the counts by kind."""
    counts = dict.fromkeys(_WORDS, 0)

    def read(connection: Connection) -> list[dict[str, object]]:
        rows = connection.execute(
            _FINDINGS, {"today": session.day, "stale_before": session.opens_at - _STALE_AFTER}
        )
        return [dict(row) for row in rows.mappings()]

    for row in env.database.run(read, username=None):
        for kind in (name for name in _WORDS if row[name]):
            counts[kind] += 1
            _tell(env, row, kind)
    return counts


def _tell(env: Environment, row: Mapping[str, object], kind: str) -> None:
    severity, words = _WORDS[kind]
    username = str(row["username"])
    env.database.run(
        lambda connection: raise_alert(
            env,
            connection,
            username,
            severity=severity,
            kind=kind,
            trade_id=row["id"],  # type: ignore[arg-type] # a uuid column
            message=f"{row['ticker']} {words}.",
            lasting=True,
        ),
        username=username,
    )

"""What each user's desk did on one day, and what kept it from entering, in one round trip over all users."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.money import ZERO
from chalicelib.store.ahead import read_ahead

#: As many gates are named: what stands behind them is in the desk's own counts.
GATES_TOLD: Final = 3
_TRADES: Final = text(
    """
    select username,
           count(*) filter (where entry_date >= :midnight and filled_qty > 0) as opened,
           count(*) filter (where ended) as closed,
           coalesce(sum(realized_pnl) filter (where ended), 0) as realized,
           count(*) filter (where not is_locked and open_qty > 0) as held,
           coalesce(sum(unrealized_pnl) filter (where not is_locked and open_qty > 0), 0) as unrealized
    from (select *, is_locked and filled_qty > 0 and close_date >= :midnight
                    and close_reason <> 'BROKER_RESET' as ended
          from paper_trades where originator = 'DESK' and shadow_of is null) t
    where ended or not is_locked or entry_date >= :midnight
    group by username
    """
)
_STOPPED: Final = text(
    """
    select username, ended_by, sum(count) as times from strategy_evaluations
    where event = 'ENTRY_SCAN' and decision = 'REJECT' and at >= :midnight and ended_by is not null
    group by username, ended_by order by username, times desc, ended_by
    """
)
#: One cause's row goes on while the cause stands: from the open to the close it was in the way.
_BLOCKED: Final = text(
    """
    select username, min(ended_by) as cause from strategy_evaluations
    where event = 'BLOCKED' and first_at <= :opened and at >= :closing
    group by username
    """
)


@dataclass(slots=True, kw_only=True)
class DeskDay:
    """One user's day: dollars net of fees; `stopped` are gates with how often, the most frequent first.

    `blocked_by` is a cause that kept the desk from entering all session.
    """

    opened: int = 0
    closed: int = 0
    realized: Decimal = ZERO
    held: int = 0
    unrealized: Decimal = ZERO
    stopped: list[tuple[str, int]] = field(default_factory=list)
    blocked_by: str | None = None


def read_desk_days(
    connection: Connection, *, midnight: datetime, opened: datetime, closing: datetime
) -> Mapping[str, DeskDay]:
    """Read the day that began at `midnight`, by user; blocked is what was from `opened` to `closing`."""
    since = {"midnight": midnight}
    session = {"opened": opened, "closing": closing}
    read_ahead(connection, _TRADES, since)
    read_ahead(connection, _STOPPED, since)
    blocked = connection.execute(_BLOCKED, session).all()
    found: dict[str, DeskDay] = {}
    for row in connection.execute(_TRADES, since):
        found[row.username] = DeskDay(
            opened=row.opened,
            closed=row.closed,
            realized=row.realized,
            held=row.held,
            unrealized=row.unrealized,
        )
    for row in connection.execute(_STOPPED, since):
        stopped = found.setdefault(row.username, DeskDay()).stopped
        if len(stopped) < GATES_TOLD:
            stopped.append((row.ended_by, int(row.times)))
    for row in blocked:
        found.setdefault(row.username, DeskDay()).blocked_by = row.cause
    return found

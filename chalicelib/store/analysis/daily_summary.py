"""What each user's trades did on one day, in one statement over all users."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

#: Positions that a reset or an import ended are no result of the day.
_DAYS: Final = text(
    """
    select username,
           count(*) filter (where entry_date >= :midnight and filled_qty > 0) as opened,
           count(*) filter (where ended) as closed,
           count(*) filter (where ended and realized_pnl > 0) as wins,
           count(*) filter (where ended and realized_pnl < 0) as losses,
           coalesce(sum(realized_pnl) filter (where ended), 0) as realized,
           count(*) filter (where not is_locked and open_qty > 0) as held,
           count(*) filter (where not is_locked and open_qty = 0) as waiting,
           count(*) filter (where not is_locked and unprotected_since is not null) as unprotected,
           count(*) filter (where not is_locked and open_qty > 0
                            and coalesce(mark_at, entry_date) < :stale_before) as stale,
           array_agg(structure) filter (where not is_locked and open_qty > 0) as structures
    from (select *, is_locked and status in ('CLOSED', 'EXPIRED') and close_date >= :midnight
                    and close_reason <> 'BROKER_RESET' as ended
          from paper_trades where broker_mode <> 'IMPORTED' and shadow_of is null) t
    where ended or not is_locked or entry_date >= :midnight
    group by username order by username
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one user's trades did on one day; `realized` in dollars, net of fees.

    `structures` are what the trades held are called, each its own, None where nobody named it.
    """

    opened: int
    closed: int
    wins: int
    losses: int
    realized: Decimal
    held: int
    waiting: int
    unprotected: int
    stale: int
    structures: Sequence[str | None] = ()


def read_days(connection: Connection, *, midnight: datetime, stale_before: datetime) -> dict[str, Day]:
    """Read the day that began at `midnight`, by user; marks before `stale_before` count as stale."""
    rows = connection.execute(_DAYS, {"midnight": midnight, "stale_before": stale_before})
    return {
        row.username: Day(
            opened=row.opened,
            closed=row.closed,
            wins=row.wins,
            losses=row.losses,
            realized=row.realized,
            held=row.held,
            waiting=row.waiting,
            unprotected=row.unprotected,
            stale=row.stale,
            structures=row.structures or (),
        )
        for row in rows
    }

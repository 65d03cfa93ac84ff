"""The day in one alert a user, fifteen minutes after the close: what was done, what is held, what is amiss.

Told once a day and user however often the job runs: the alert's topic is the day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.calendar import Session, new_york_midnight
from chalicelib.domain.limits import Exposure
from chalicelib.domain.money import percent, to_cents
from chalicelib.services.alerting import Severity, raise_alert
from chalicelib.services.environment import Environment
from chalicelib.services.settings import require
from chalicelib.store.exposure import exposure

#: Snapshots come every 40 s at best and every 120 s at worst: a mark this much older than the close is stale.
_STALE_BEFORE_CLOSE: Final = timedelta(minutes=5)
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
                            and coalesce(mark_at, entry_date) < :stale_before) as stale
    from (select *, is_locked and status in ('CLOSED', 'EXPIRED') and close_date >= :midnight
                    and close_reason <> 'BROKER_RESET' as ended
          from paper_trades where broker_mode <> 'IMPORTED') t
    where ended or not is_locked or entry_date >= :midnight
    group by username order by username
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one user's trades did on one day; `realized` in dollars, net of fees."""

    opened: int
    closed: int
    wins: int
    losses: int
    realized: Decimal
    held: int
    waiting: int
    unprotected: int
    stale: int


def summarise_day(env: Environment, session: Session) -> int:
    """Tell every user with something to tell; returns how many were told now."""

    def read(connection: Connection) -> dict[str, Day]:
        rows = connection.execute(
            _DAYS,
            {
                "midnight": new_york_midnight(session.day),
                "stale_before": session.closes_at - _STALE_BEFORE_CLOSE,
            },
        )
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
            )
            for row in rows
        }

    days = env.database.run(read, username=None)
    return sum(_tell(env, username, session.day, day) for username, day in days.items())


def _tell(env: Environment, username: str, on: date, day: Day) -> bool:
    def work(connection: Connection) -> bool:
        rules = require(connection, username)
        at_risk = exposure(connection, username, rules.effective_mode, env.clock.now())
        return raise_alert(
            env,
            connection,
            username,
            severity=Severity.INFO,
            kind="day_summary",
            topic=on.isoformat(),
            lasting=True,
            message=words(on, day, at_risk, rules.account_balance),
        )

    return env.database.run(work, username=username)


def words(on: date, day: Day, at_risk: Exposure, balance: Decimal) -> str:
    """Say it in one paragraph; money in dollars, heat also in per cent of the balance."""
    parts = [f"{on.isoformat()}: {_count(day.opened, 'trade')} opened, {day.closed} closed"]
    if day.closed:
        parts.append(
            f"{_count(day.wins, 'win')}, {_count(day.losses, 'loss', 'losses')}, "
            f"realised {_signed(day.realized)} $"
        )
    held = _count(day.held, "open position")
    if day.held or day.waiting:
        share = percent(at_risk.heat, balance)
        held += f", heat {to_cents(at_risk.heat)} $"
        held += "" if share is None else f" ({share:.1f} % of the balance)"
    parts.append(held)
    if day.waiting:
        parts.append(f"{_count(day.waiting, 'entry', 'entries')} not filled yet")
    if day.unprotected:
        parts.append(f"{day.unprotected} WITHOUT a working stop or target")
    if day.stale:
        parts.append(f"{day.stale} without a mark of the last minutes")
    return "; ".join(parts) + "."


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _signed(amount: Decimal) -> str:
    return f"{to_cents(amount):+}"

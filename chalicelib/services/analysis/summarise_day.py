"""The day in one alert a user, fifteen minutes after the close: what was done, what is held, what is amiss.

Told once a day and user however often the job runs: the alert's topic is the day.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_midnight
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.money import ZERO, percent
from chalicelib.domain.spelling import as_day, as_result, in_dollars, in_per_cent
from chalicelib.domain.structures.shapes import called
from chalicelib.domain.trading.limits import Exposure
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.users.settings import require
from chalicelib.store.accounts.at_work import read_accounts_at_work
from chalicelib.store.analysis.daily_summary import Day, read_days
from chalicelib.store.trades.exposure import exposure

#: Snapshots come every 40 s at best and every 120 s at worst: a mark this much older than the close is stale.
_STALE_BEFORE_CLOSE: Final = timedelta(minutes=5)


def summarise_day(env: Environment, session: Session) -> int:
    """Tell every user with something to tell; returns how many were told now."""
    days = env.database.run(
        lambda connection: read_days(
            connection,
            midnight=new_york_midnight(session.day),
            stale_before=session.closes_at - _STALE_BEFORE_CLOSE,
        ),
        username=None,
    )
    return sum(_tell(env, username, session.day, day) for username, day in days.items())


def _tell(env: Environment, username: str, on: date, day: Day) -> bool:
    def work(connection: Connection) -> bool:
        rules = require(connection, username)
        at_risk = _at_risk(env, connection, username)
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


def _at_risk(env: Environment, connection: Connection, username: str) -> Exposure:
    """Add up what is at risk in every kind of money: the positions that are told of are of all of them."""
    modes = {account.mode for account in read_accounts_at_work(connection, username)}
    each = [exposure(connection, username, mode, env.clock.now()) for mode in sorted(modes)]
    return Exposure(
        open_positions=sum(one.open_positions for one in each),
        heat=sum((one.heat for one in each), ZERO),
        realized_today=sum((one.realized_today for one in each), ZERO),
    )


def words(on: date, day: Day, at_risk: Exposure, balance: Decimal) -> str:
    """Say it in one paragraph; money in dollars, heat also in per cent of the balance."""
    parts = [f"{as_day(on)}: {_count(day.opened, 'trade')} opened, {day.closed} closed"]
    if day.closed:
        parts.append(
            f"{_count(day.wins, 'win')}, {_count(day.losses, 'loss', 'losses')}, "
            f"realized {as_result(day.realized)}"
        )
    held = _count(day.held, "open position") + _structures(day.structures)
    if day.held or day.waiting:
        share = percent(at_risk.heat, balance)
        held += f", heat {in_dollars(at_risk.heat)}"
        held += "" if share is None else f" ({in_per_cent(share)} of the balance)"
    parts.append(held)
    if day.waiting:
        parts.append(f"{_count(day.waiting, 'entry', 'entries')} not filled yet")
    if day.unprotected:
        parts.append(f"{day.unprotected} WITHOUT a working stop or target")
    if day.stale:
        parts.append(f"{day.stale} without a mark of the last minutes")
    return "; ".join(parts) + "."


def _structures(held: Sequence[str | None]) -> str:
    """Name the structures of several legs among what is held; nothing without any."""
    counted = Counter(called("", shape).strip() for shape in held)
    several = [name if count == 1 else f"{count} × {name}" for name, count in sorted(counted.items()) if name]
    return f" ({', '.join(several)})" if several else ""


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
